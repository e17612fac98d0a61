"""Learners are models that withstand poison or evasion."""
