"""Canaries: rows planted in the training data to see whether the model gives them away."""
