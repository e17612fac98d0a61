"""Screens judge offered training rows."""
