"""Defenses, one file each, found by discovery."""
