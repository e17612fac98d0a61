"""What models that an attacker trains on random halves of his rows say of rows they were and were not trained on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from amlsec.attacks.log_odds import SUREST
from amlsec.attacks.one_more_row import with_each
from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.errors import InvalidInput
from amlsec.impact.contract import Labelled
from amlsec.impact.refit import evidence, log_odds, seeded
from amlsec.shadow import Shadow

Floats = NDArray[np.float64]
Positions = NDArray[np.intp]
Mask = NDArray[np.bool_]


class Told(NamedTuple):
    """Log-odds of their own labels that shadow models give n rows, one model a line, NaN where there is none.

    Attributes
    ----------
    inside : by models trained on the row (models, n)
    outside : by models that never saw it (models, n)
    """

    inside: Floats
    outside: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Rows to train shadow models on, and rows to ask them about.

    Attributes
    ----------
    learner : the unfitted classifier
    X, y : all rows, as the learner takes them, and their labels (n,)
    group : where each content (n,) first stands: equal rows fall into the same half
    free : positions of the rows that fall into one half or the other
    always : positions of the rows in every training set
    asked : positions of the rows asked about
    """

    learner: Any
    X: Any
    y: NDArray[np.int64]
    group: Positions
    free: Positions
    always: Positions
    asked: Positions

    def own_label(self, malice: Floats) -> Floats:
        """Log-odds of malice of the rows asked about (n,) as those of their own labels, cut at `SUREST`."""
        kept = np.clip(malice, -SUREST, SUREST)
        return np.asarray(np.where(self.y[self.asked] == MALICIOUS, kept, -kept))

    def halves(self, rng: np.random.Generator) -> Iterator[Mask]:
        """Whether a row (n,) is trained on: a random half of the contents of each label, then the other half; and again."""
        content, first, group = np.unique(self.group[self.free], return_index=True, return_inverse=True)
        label = self.y[self.free[first]]
        while True:
            chosen = np.zeros(len(content), dtype=bool)
            for at in (np.flatnonzero(label == BENIGN), np.flatnonzero(label == MALICIOUS)):
                chosen[rng.choice(at, len(at) // 2, replace=False)] = True
            for half in (chosen, ~chosen):
                trained_on = np.zeros(len(self.y), dtype=bool)
                trained_on[self.free], trained_on[self.always] = half[group], True
                yield trained_on


def beside(shadow: Shadow, rows: Batch) -> Pool | None:
    """Halves of the shadow's rows, which the rows asked about are never in; None where a label has fewer than two contents.

    A content that stands under both labels counts for that under which it stands first, so that each half has both labels.
    Without a learner it is logistic regression, on standardised columns or hashed words. What was planted is always in.
    """
    own = np.arange(len(shadow.rows))
    return _pool(shadow, rows, own, len(own) + np.arange(len(rows)))


def among(shadow: Shadow, rows: Batch) -> Pool | None:
    """Halves of the shadow's rows and the rows asked about, of which equal ones are one, else as `beside`."""
    labelled = np.char.add(rows.content(), rows.y.astype("S1"))
    first, again = np.unique(labelled, return_index=True, return_inverse=True)[1:]
    asked = len(shadow.rows) + first[again]
    return _pool(shadow, rows, np.union1d(np.arange(len(shadow.rows)), asked), asked)


def own(shadow: Shadow) -> Pool | None:
    """Halves of the shadow's rows, which are asked about themselves, else as `beside`."""
    every = np.arange(len(shadow.rows))
    return _pool(shadow, shadow.rows.rows([]), every, every)


def check_models(models: int) -> None:
    """Raises InvalidInput where there are fewer than 2 models."""
    if models < 2:
        raise InvalidInput("models", models, "must be at least 2")


def models_of(pool: Pool, many: int, rng: np.random.Generator) -> Iterator[tuple[Mask, Any]]:
    """So many fitted shadow models, and which rows (n,) each was trained on: each two a half and the other half."""
    for trained_on in islice(pool.halves(rng), many):
        model = seeded(pool.learner, int(rng.integers(2**31)))
        yield trained_on, model.fit(pool.X[trained_on], pool.y[trained_on])


def trained(pool: Pool, models: int, rng: np.random.Generator) -> Told:
    """What so many shadow models say of the rows asked about."""
    return _lines(_said(pool, *model) for model in models_of(pool, models, rng))


def told(pool: Pool, models: int, rng: np.random.Generator) -> Told:
    """The same; of rows outside also what the model would say had it seen them, where that follows without training."""
    return _lines(_with_outsiders(pool, *model) for model in models_of(pool, models, rng))


def _lines(said: Iterable[Told]) -> Told:
    return Told(*(np.array(lines) for lines in zip(*said, strict=True)))


def _said(pool: Pool, trained_on: Mask, model: Any) -> Told:
    """What one model says (n,)."""
    said, seen = pool.own_label(_malice(model, pool.X[pool.asked])), trained_on[pool.asked]
    return Told(np.where(seen, said, np.nan), np.where(seen, np.nan, said))


def _with_outsiders(pool: Pool, trained_on: Mask, model: Any) -> Told:
    said, new = _said(pool, trained_on, model), pool.asked[~trained_on[pool.asked]]
    base, rows = (Labelled(pool.X[at], pool.y[at]) for at in (np.flatnonzero(trained_on), new))
    added = with_each(model, base, rows) if len(new) else None
    if added is None:
        return said
    every = np.full(len(pool.y), np.nan)
    every[new] = added
    return said._replace(inside=np.where(np.isnan(said.inside), pool.own_label(every[pool.asked]), said.inside))


def _malice(model: Any, X: Any) -> Floats:
    """Log-odds (n,) of the probability where there is one, as the attacked model is read."""
    return log_odds(model.predict_proba(X)[:, 1]) if hasattr(model, "predict_proba") else evidence(model, X)


def _pool(shadow: Shadow, rows: Batch, free: Positions, asked: Positions) -> Pool | None:
    every = shadow.rows + rows
    first, content = np.unique(every.content(), return_index=True, return_inverse=True)[1:]
    group = first[content]
    if np.bincount(every.y[np.unique(group[free])], minlength=2).min() < 2:
        return None
    planted = every.rows([]) if shadow.planted is None else shadow.planted
    always = len(every) + np.arange(len(planted))
    every, group = every + planted, np.concatenate([group, always])
    learner, X = (shadow.learner, every.X) if shadow.learner is not None else _mapped(every, free)
    return Pool(learner, X, every.y, group, free, always, asked)


def usual(is_text: bool) -> Any:
    """What an attacker who does not know the learner trains: logistic regression on hashed words or standardised columns."""
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if is_text:
        return make_pipeline(HashingVectorizer(n_features=2**16), LogisticRegression(C=10, max_iter=1000))
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def _mapped(every: Batch, free: Positions) -> tuple[Any, Any]:
    """The usual learner's last step, and the vectors it takes: rows are mapped once for all shadow models."""
    mapping, learner = usual(every.is_text)
    X = mapping.fit(every.X[free]).transform(every.X)
    used = np.union1d(X[free].indices, [0]) if every.is_text else slice(None)  # words that no such row holds get no weight
    return learner, X[:, used]
