"""One file a family of models: what of them is linear, made of trees, or differentiable."""
