"""Guards decide at prediction time."""
