"""Changes of the tables, oldest first; each only goes forward."""
