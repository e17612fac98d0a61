"""The papers behind attacks and defenses."""
