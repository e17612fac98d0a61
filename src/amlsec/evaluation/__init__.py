"""How attacks and defenses are measured."""
