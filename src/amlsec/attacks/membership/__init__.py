"""Membership: which rows a model was trained on."""
