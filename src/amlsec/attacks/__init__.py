"""Attacks, one file each, found by discovery."""
