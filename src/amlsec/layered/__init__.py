"""Defenses in layers: screens, learners and guards joined with & and |, so that no single one has to hold."""
