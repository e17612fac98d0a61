"""Naive Bayes on counts, from the counts of each label."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.naive_bayes import BernoulliNB, ComplementNB, MultinomialNB
from sklearn.preprocessing import binarize

from amlsec.data import BENIGN, MALICIOUS
from amlsec.errors import InvalidInput
from amlsec.impact.contract import Floats, Labelled
from amlsec.impact.unlearning.recipe import Recipe, Totals, by_label, product, recipe


@recipe.register(MultinomialNB)
@recipe.register(ComplementNB)
class Counts(Recipe):
    """Multinomial and complement naive Bayes: the weight (2,) and the counts (2, d) of each label, exact for integers."""

    def measure(self, rows: Labelled, origin: Floats) -> dict[str, Floats]:
        weight = by_label(rows)
        return {"weight": weight.sum(axis=1), "counts": product(weight, self._counted(rows.X))}

    def nonnegative(self, totals: Totals) -> tuple[Floats, Floats]:
        return totals["counts"], totals["counts"].sum(axis=1, keepdims=True)

    def fitted(self, totals: Totals, origin: Floats) -> Any:
        """By fitting one row a label, of its counts, and taking the prior from one of its weight."""
        counts = np.maximum(totals["counts"], 0.0)
        model, prior = self._fit(counts, None), self._fit(counts, totals["weight"])
        model.class_count_, model.class_log_prior_ = prior.class_count_, prior.class_log_prior_
        return model

    def _counted(self, X: Any) -> Any:
        least = X.min() if X.shape[0] else 0
        if least < 0:
            raise InvalidInput("rows.X", least, "must hold counts, at least 0")
        return X

    def _fit(self, X: Floats, weight: Floats | None) -> Any:
        return clone(self.estimator).fit(X, [BENIGN, MALICIOUS], sample_weight=weight)


@recipe.register(BernoulliNB)
class Presence(Counts):
    """Bernoulli naive Bayes: how often each column is present."""

    def fitted(self, totals: Totals, origin: Floats) -> Any:
        """By fitting one row a label, of its shares of presence and its weight."""
        threshold, counts = self.estimator.binarize, np.maximum(totals["counts"], 0.0)
        ready = clone(self.estimator).set_params(binarize=None)
        ready.fit(counts / totals["weight"][:, None], [BENIGN, MALICIOUS], sample_weight=totals["weight"])
        ready.feature_count_ = counts
        return ready.set_params(binarize=threshold)

    def _counted(self, X: Any) -> Any:
        threshold = self.estimator.binarize
        return X if threshold is None else binarize(X, threshold=threshold)
