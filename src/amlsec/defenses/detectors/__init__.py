"""Outlier detectors that withstand poison."""
