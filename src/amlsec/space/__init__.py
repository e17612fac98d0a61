"""What an attacker can change in a row, and what it costs him."""
