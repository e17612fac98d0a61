"""Poisoning: rows added to, or edited in, the training data."""
