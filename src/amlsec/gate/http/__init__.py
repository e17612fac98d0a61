"""The gate over HTTP: every verb of `Gate` under /api/v1, guarded, and the review pages."""
