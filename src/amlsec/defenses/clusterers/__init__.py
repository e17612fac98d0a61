"""Clusterers that withstand poison."""
