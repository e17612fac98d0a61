"""What a column holds, guessed from a row's other columns: what the data alone give away, no model asked."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Batch
from amlsec.space.column import Column, Kind

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
FEW, MOST, CELLS, FOLDS, TRIED = 20, 100, 10, 3, 2000
"""Up to so many numbers are told apart, and so many names; other numbers fall into so many cells. Learners are compared
in so many folds of at most so many rows."""

DOUBT = 0.01
"""What every imputation leaves to chance, spread over all levels."""

LABEL = Column("label", Kind.INTEGER, 0, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """The values between which a guess at a column is made, and how near a guess must come.

    Attributes
    ----------
    values : (m,), ascending, one at least
    counts : how many rows (m,) were seen with each
    tolerance : a guess is right within so much, in the column's unit; 0 where values are told apart
    """

    values: Floats
    counts: NDArray[np.int64]
    tolerance: float = 0.0

    @property
    def commonest(self) -> float:
        """The value seen most often."""
        return float(self.values[self.counts.argmax()])

    @property
    def shares(self) -> Floats:
        """How often each value (m,) was seen, in all 1."""
        return np.asarray(self.counts / self.counts.sum())

    def places(self, held: Floats) -> NDArray[np.intp]:
        """The level (n,) nearest to each value."""
        return np.asarray(np.abs(held[:, None] - self.values).argmin(axis=1))

    def right(self, guesses: Floats, held: Floats) -> NDArray[np.bool_]:
        """Whether each guess (n,) is near enough to what the row holds."""
        return np.asarray(np.abs(guesses - held) <= self.tolerance * (1 + 1e-9))

    def best(self, chances: Floats) -> Floats:
        """The guess (n,) that is right with the greatest chance, where each level has its chance (n, m).

        A number lies anywhere in its level's cell, which is as wide as the tolerance.
        """
        apart = np.abs(self.values[:, None] - self.values)
        covered = np.clip(1.5 - apart / self.tolerance, 0, 1) if self.tolerance else apart == 0
        return np.asarray(self.values[(chances @ covered).argmax(axis=1)])


def levels(column: Column, seen: Floats, most: int = MOST) -> Levels:
    """The `most` commonest levels of a column of which these values (s,) were seen.

    Names and a few values that repeat are levels themselves. Other numbers fall into ten cells between their 5 % and 95 %
    quantiles, each stood for by the median of its values; a guess is right within the width of a cell. Where none
    was seen, the levels lie evenly between the column's bounds.

    >>> levels(Column("age", Kind.INTEGER, 0, 99), np.arange(100.0)).values[:3]
    array([ 6.5, 18. , 27. ])
    >>> levels(Column("sex", Kind.CATEGORY, 0, 1), np.array([0.0, 1.0, 1.0])).commonest
    1.0
    """
    if not len(seen):
        return _commonest(_possible(column), 0.0, most)
    few = len(np.unique(seen)) <= max(1, min(FEW, len(seen) / 2))
    if column.kind.is_named or few:
        return _commonest(seen, 0.0, most)
    low, high = np.quantile(seen, (0.05, 0.95))
    if low == high:
        low, high = seen.min(), seen.max()
    width = float(high - low) / CELLS
    cell = np.clip(np.floor((seen - low) / width), 0, CELLS - 1)
    medians = {c: np.median(seen[cell == c]) for c in np.unique(cell)}
    return _commonest(np.array([medians[c] for c in cell]), width, most)


def _possible(column: Column) -> Floats:
    values = np.linspace(column.low, column.high, CELLS)
    return np.asarray(np.unique(values if column.is_fluid else values.round()))


def _commonest(held: Floats, tolerance: float, most: int) -> Levels:
    values, counts = np.unique(held, return_counts=True)
    kept = np.sort(np.argsort(-counts, kind="stable")[: max(most, 1)])
    return Levels(values[kept], counts[kept], tolerance)


def known_of(
    columns: Sequence[Column], rows: Batch, hidden: NDArray[np.intp], *, label: bool
) -> tuple[list[Column], Floats]:
    """The columns (d - k) that are not hidden, and the rows in them; with the label as one more where it is asked for."""
    shown = np.setdiff1d(np.arange(len(columns)), hidden)
    named, X = [columns[j] for j in shown], rows.X[:, shown]
    return ([*named, LABEL], np.column_stack([X, rows.y])) if label else (named, X)


def chances(columns: Sequence[Column], X: Floats, seen: Floats, asked: Floats, among: Levels) -> Floats:
    """How likely each level is (n, m) in rows (n, d), learnt from rows X (s, d) that hold `seen` (s,).

    The learner is the one whose chances of what held-out rows hold are greatest.
    """
    X, seen = _told_apart(X, seen, among)
    places = among.places(seen)

    def held_out(learner: Any, fit: Places, out: Places) -> float:
        found = _chances(learner, X[fit], places[fit], X[out], among)
        return float(np.log(found[np.arange(len(out)), places[out]]).mean())

    return _chances(_best(_classifiers(columns), held_out, len(X)), X, places, asked, among)


def imputed(columns: Sequence[Column], X: Floats, seen: Floats, asked: Floats, among: Levels) -> Floats:
    """A guess (n,) at what rows (n, d) hold, learnt from rows X (s, d) that hold `seen` (s,).

    The learner is the one of `imputations` that is right most often on held-out rows.
    """
    X, seen = _told_apart(X, seen, among)

    def held_out(learner: Any, fit: Places, out: Places) -> float:
        return float(among.right(_guesses(learner, X[fit], seen[fit], X[out], among), seen[out]).mean())

    return _guesses(_best(_learners(columns, among), held_out, len(X)), X, seen, asked, among)


def imputations(columns: Sequence[Column], X: Floats, seen: Floats, asked: Floats, among: Levels) -> list[Floats]:
    """Guesses (n,) of several learners at what rows (n, d) hold, learnt from rows X (s, d) that hold `seen` (s,).

    Classifiers over the levels and, for numbers, regressions: who claims that a model gives something away must beat the
    best of what the data give.
    """
    X, seen = _told_apart(X, seen, among)
    return [_guesses(learner, X, seen, asked, among) for learner in _learners(columns, among)]


def _told_apart(X: Floats, seen: Floats, among: Levels) -> tuple[Floats, Floats]:
    """The rows that hold one of the levels, where levels are told apart."""
    held = np.isin(seen, among.values) | (among.tolerance > 0)
    return X[held], seen[held]


def _best(learners: Sequence[Any], held_out: Callable[[Any, Places, Places], float], rows: int) -> Any:
    """The learner with the highest mean score over folds; the first of equals, or where rows are too few for folds."""
    order = np.random.default_rng(0).permutation(rows)[:TRIED]
    folds = np.array_split(order, FOLDS) if rows >= 2 * FOLDS else []
    return max(learners, key=lambda learner: sum(held_out(learner, np.setdiff1d(order, out), out) for out in folds))


def _guesses(learner: Any, X: Floats, seen: Floats, asked: Floats, among: Levels) -> Floats:
    from sklearn.base import clone, is_regressor

    if is_regressor(learner) and len(X) and len(asked):
        return np.asarray(clone(learner).fit(X, seen).predict(asked), dtype=np.float64)
    return among.best(_chances(learner, X, among.places(seen), asked, among))


def _chances(learner: Any, X: Floats, places: Places, asked: Floats, among: Levels) -> Floats:
    """The chances (n, m) of a learner trained on these rows; the shares where there is nothing to learn from."""
    from sklearn.base import clone

    found = np.zeros((len(asked), len(among.values)))
    if len(np.unique(places)) < 2 or not X.shape[1] or not len(asked):
        found += np.bincount(places, minlength=len(among.values)) / len(places) if len(places) else among.shares
    else:
        model = _fitted(clone(learner), X, places)
        found[:, model.classes_] = model.predict_proba(asked)
    return (1 - DOUBT) * found + DOUBT / len(among.values)


def _fitted(model: Any, X: Floats, places: Places) -> Any:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The number of unique classes")  # many names, few rows: it is no regression
        return model.fit(X, places)


def _learners(columns: Sequence[Column], among: Levels) -> list[Any]:
    return [*_classifiers(columns), *(_regressions(columns) if among.tolerance else ())]


def _classifiers(columns: Sequence[Column]) -> list[Any]:
    """Shares alone, logistic regression, a forest, boosted trees."""
    from sklearn.dummy import DummyClassifier
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    learners = (
        LogisticRegression(max_iter=2000),
        RandomForestClassifier(100, min_samples_leaf=2, random_state=0),
        HistGradientBoostingClassifier(max_iter=30, learning_rate=0.2, early_stopping=False, random_state=0),
    )
    return [DummyClassifier(), *(make_pipeline(_encoder(columns), learner) for learner in learners)]


def _regressions(columns: Sequence[Column]) -> list[Any]:
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline

    learners = (LinearRegression(), RandomForestRegressor(100, min_samples_leaf=2, random_state=0))
    return [make_pipeline(_encoder(columns), learner) for learner in learners]


def _encoder(columns: Sequence[Column]) -> Any:
    """Categories one-hot, all else at mean 0 and standard deviation 1."""
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    named = [j for j, column in enumerate(columns) if column.kind == Kind.CATEGORY]
    one_hot = OneHotEncoder(sparse_output=False, max_categories=50, handle_unknown="infrequent_if_exist")
    return ColumnTransformer([("names", one_hot, named)], remainder=StandardScaler())
