"""What is inside a fitted model, for who may see it: weights, trees, a slope."""
