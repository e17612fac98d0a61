"""The training-data firewall: nothing becomes training data without a verdict, and everything can be taken back."""
