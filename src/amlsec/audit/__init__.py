"""The audit: plan, run, report."""
