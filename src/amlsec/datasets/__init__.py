"""Real data by name."""
