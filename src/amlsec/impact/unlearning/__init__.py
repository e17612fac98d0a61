"""Taking rows back out of a model without training it again, where it depends on them by sums alone."""
