"""Who may do what at a gate: people who sign in, and programs with tokens."""
