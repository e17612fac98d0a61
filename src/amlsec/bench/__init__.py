"""Attacks against defenses on several data sets, as one table."""
