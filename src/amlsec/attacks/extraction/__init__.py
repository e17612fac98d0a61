"""Extraction: copies of a model, made by asking it."""
