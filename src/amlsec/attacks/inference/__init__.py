"""Inference: what a model gives away of values that its rows do not show."""
