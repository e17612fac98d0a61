"""A filter that weighs words: the fewest words to add are known."""

import numpy as np


class WordList:
    """Malicious where the weights of a text's distinct words sum to more than 0; unknown words weigh nothing."""

    def __init__(self, weights):
        self.weights = dict(weights)

    def labels(self, X):
        return (self.scores(X) > 0).astype(np.int64)

    def scores(self, X):
        return np.array([sum(self.weights.get(word, 0.0) for word in set(row.split())) for row in X])

    def fewest(self, text, words):
        """How many of these words it takes to pass, by adding the best ones first; infinity where all are too few."""
        new = sorted(self.weights.get(word, 0.0) for word in set(words) - set(text.split()))
        sums = self.scores([text])[0] + np.concatenate([[0.0], np.cumsum(new)])
        return float(np.argmax(sums <= 0)) if (sums <= 0).any() else np.inf
