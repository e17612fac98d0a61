"""Privacy: what a model gives away of its training data."""
