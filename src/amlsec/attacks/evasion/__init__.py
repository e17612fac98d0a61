"""Evasion: rows changed at prediction time."""
