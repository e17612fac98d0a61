"""What a model must remember of its training rows so that any of them can be taken out again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.lib.npyio import NpzFile

from amlsec.data import Batch
from amlsec.errors import InvalidInput
from amlsec.impact.checks import labelled
from amlsec.impact.contract import CLASSES, Floats, Labelled
from amlsec.impact.unlearning import counts, moments
from amlsec.impact.unlearning.compensated import Compensated
from amlsec.impact.unlearning.recipe import Recipe, Totals, recipe

BUILT_IN = (counts, moments)
"""The files whose estimators are registered."""

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sufficient statistics of training rows: `+ rows` and `- rows` give new sums, `fitted()` the model of what is in.

    The statistical-query form of machine unlearning (Cao and Yang 2015): it costs one pass over the rows that come or go,
    and what it leaves is not near the model that never saw them, but that model, to rounding. Totals are kept to twice the
    usual precision, so that years of coming and going do not add up to an error.

    Raises InvalidInput where rows are not like those before, or rows are taken out that cannot have been in.

    Attributes
    ----------
    recipe : what is added up
    origin : where rows are measured from (d,): near the first ones
    kept : each sum
    largest : how large the numbers in the check of what is taken out have ever been
    """

    recipe: Recipe
    origin: Floats = field(default_factory=lambda: np.zeros(0))
    kept: Mapping[str, Compensated] = field(default_factory=dict)
    largest: Floats = field(default_factory=lambda: np.zeros(()))

    def __add__(self, rows: Batch | Labelled) -> Sums:
        """With these rows in."""
        return self._changed(rows, 1.0)

    def __sub__(self, rows: Batch | Labelled) -> Sums:
        """With these rows out, which must be in, with the same labels and weights."""
        left = self._changed(rows, -1.0)
        if left.rows.min() < 0:
            raise InvalidInput(
                "rows", f"{len(rows.y)} rows", f"must be in: there are {self.rows.tolist()} of the labels 0, 1"
            )
        if (left.recipe.nonnegative(left.totals)[0] < -_ROUNDING * left.largest).any():
            raise InvalidInput("rows", f"{len(rows.y)} rows", "must be in: without them, more than there was would be gone")
        return left

    @property
    def totals(self) -> Totals:
        """Each sum."""
        return {name: total.value for name, total in self.kept.items()}

    @property
    def rows(self) -> Floats:
        """How many rows (2,) of each label are in."""
        return self.kept["rows"].value if self.kept else np.zeros(len(CLASSES))

    def fitted(self) -> Any:
        """A new estimator, as `fit` on the rows that are in would leave it.

        Raises InvalidInput where a label has no rows, or none of weight.
        """
        if not self.rows.all() or not (self.totals["weight"] > 0).all():
            raise InvalidInput("rows", f"{self.rows.tolist()} of the labels 0, 1", "must hold both labels, with weight")
        return self.recipe.fitted(self.totals, self.origin)

    def save(self, path: Path) -> None:
        """Write them as an .npz file."""
        arrays: dict[str, Any] = {
            "estimator": np.array(repr(self.recipe.estimator)),
            "origin": self.origin,
            "largest": self.largest,
        }
        for name, total in self.kept.items():
            arrays |= {f"{name}.{part}": values for part, values in total._asdict().items()}
        with path.open("wb") as file:
            np.savez(file, **arrays)

    def _changed(self, rows: Batch | Labelled, sign: float) -> Sums:
        part = labelled(rows)
        if part.X.dtype == object:
            raise InvalidInput("rows.X", "texts", "must be numbers: transform texts first")
        origin = self.origin if self.kept else self.recipe.origin(part)
        if part.X.shape[1] != len(origin):
            raise InvalidInput("rows.X", f"{part.X.shape[1]} columns", f"must have {len(origin)}, as those before")
        measured = self.recipe.measure(part, origin)
        measured["rows"] = np.array([(part.y == c).sum() for c in CLASSES], dtype=np.float64)
        kept = self.kept or {name: Compensated.of(np.zeros_like(value)) for name, value in measured.items()}
        now = replace(self, origin=origin, kept={name: kept[name].plus(sign * value) for name, value in measured.items()})
        return replace(now, largest=np.maximum(self.largest, self.recipe.nonnegative(now.totals)[1]))


def sums(estimator: Any) -> Sums:
    """The sums of no rows, for an unfitted estimator.

    Of multinomial, complement, Bernoulli and Gaussian naive Bayes, nearest centroid, RidgeClassifier (direct solvers) and
    linear discriminant analysis (solver="lsqr"); others can be registered with `recipe`. Labels are 0 and 1, weights those
    of `Labelled`.

    Raises InvalidInput for other estimators, and for settings under which sums do not suffice.

    >>> from sklearn.naive_bayes import MultinomialNB
    >>> good = Labelled(np.array([[3.0, 1.0], [1.0, 3.0]]), np.array([0, 1]))
    >>> poison = Labelled(np.array([[0.0, 90.0]]), np.array([0]))
    >>> within = sums(MultinomialNB()) + good + poison
    >>> rows = np.array([[0.0, 2.0]])
    >>> within.fitted().predict(rows), (within - poison).fitted().predict(rows)
    (array([0]), array([1]))
    """
    if type(estimator) not in recipe.registry:
        return Sums(recipe.dispatch(object)(estimator))
    return Sums(recipe(estimator))


def load(path: Path, estimator: Any) -> Sums:
    """The sums saved of this estimator; runs no code from the file.

    Raises InvalidInput where they are of another estimator or other settings, or the file holds no sums.
    """
    try:
        with path.open("rb") as file:
            arrays = dict(NpzFile(file, allow_pickle=False))
        named, origin, largest = str(arrays.pop("estimator")), arrays.pop("origin"), arrays.pop("largest")
        names = {name.rpartition(".")[0] for name in arrays}
        kept = {name: Compensated(arrays[f"{name}.high"], arrays[f"{name}.low"]) for name in names}
    except (ValueError, KeyError, BadZipFile) as problem:
        raise InvalidInput("path", str(path), f"must hold sums: {problem}") from problem
    if named != repr(estimator):
        raise InvalidInput("path", str(path), f"must hold sums of {estimator!r}, not of {named}")
    return replace(sums(estimator), origin=origin, kept=kept, largest=largest)
