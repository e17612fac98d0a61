"""Centres that follow their rows: how they are updated, and how far an attacker can drag them."""
