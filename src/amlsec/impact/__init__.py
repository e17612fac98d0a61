"""What one more row does to a model, exactly and fast: one file a model family."""
