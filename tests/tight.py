"""The optimum of penalised linear models, to rounding, solved plainly; what training to it says of units."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.linear_model import LogisticRegression

from amlsec.impact.contract import Labelled, Question
from amlsec.impact.measure import by_algebra
from amlsec.impact.units import Units


def optimum(estimator: Any, rows: Labelled) -> Any:
    """The evidence, as a function of rows, of the estimator's own objective at its minimum, by its gradient of nought."""
    logistic = isinstance(estimator, LogisticRegression)
    penalised = not logistic or estimator.solver == "liblinear"
    scaling = estimator.intercept_scaling if penalised else 1.0
    full = lambda X: np.column_stack([X, np.full(len(X), scaling * estimator.fit_intercept)])  # noqa: E731
    penalty = np.ones(rows.X.shape[1] + 1)
    penalty[-1] = float(penalised or not estimator.fit_intercept)
    sign = np.where(rows.y == 1, 1.0, -1.0)
    by_class = np.array([(estimator.class_weight or {}).get(label, 1.0) for label in rows.y])
    weight, signed = estimator.C * by_class * rows.weights, full(rows.X) * sign[:, None]

    def objective(w: Any) -> float:
        margin = signed @ w
        loss = np.logaddexp(0, -margin) if logistic else np.maximum(0, 1 - margin) ** 2
        return float(0.5 * (penalty * w) @ w + weight @ loss)

    def gradient(w: Any) -> Any:
        margin = signed @ w
        slope = -1 / (1 + np.exp(np.minimum(margin, 700.0))) if logistic else -2 * np.maximum(0, 1 - margin)
        return penalty * w + signed.T @ (weight * slope)

    def hessian(w: Any) -> Any:
        margin = np.minimum(signed @ w, 700.0)
        curvature = np.exp(margin) / (1 + np.exp(margin)) ** 2 if logistic else 2.0 * (margin < 1)
        return np.diag(penalty) + (signed.T * (weight * curvature)) @ signed

    w = np.zeros(len(penalty))
    for _ in range(60):
        step, now, share = np.linalg.solve(hessian(w), gradient(w)), objective(w), 1.0
        while objective(w - share * step) > now + 1e-12 * abs(now) and share > 1e-9:
            share /= 2
        w = w - share * step
        if np.abs(step).max() <= 1e-14 * (1 + np.abs(w).max()):
            break
    assert np.abs(gradient(w)).max() <= 1e-10 * (1 + np.abs(signed).sum() * weight.max())
    return lambda X: full(X) @ w


class Truth(NamedTuple):
    """What training to the optimum says: evidence before (m,) and after (k, m), counts and margins (k, 2)."""

    before: Any
    after: Any
    helped: Any
    hurt: Any
    margin: Any


def truth(estimator: Any, base: Any, offered: Any, quiz: Any, units: Any) -> Truth:
    """With each unit of offered rows; without each unit of the base's where nothing is offered."""
    base, quiz = plain(base), plain(quiz)
    before = optimum(estimator, base)(quiz.X)
    after = np.array([optimum(estimator, _with(base, offered, unit))(quiz.X) for unit in units]).reshape(-1, len(quiz.y))
    sign = np.where(quiz.y == 1, 1.0, -1.0)
    was, now = (before > 0) == quiz.y, (after > 0) == quiz.y
    by_class = [np.array([flags[:, quiz.y == c].sum(axis=1) for c in (0, 1)]).T for flags in (now & ~was, was & ~now)]
    margin = np.array([(sign * (after - before))[:, quiz.y == c].mean(axis=1) for c in (0, 1)]).T
    return Truth(before, after, *by_class, margin)


def _with(base: Labelled, offered: Any, unit: Any) -> Labelled:
    if offered is None:
        return Labelled(*(np.delete(column, unit, axis=0) for column in (base.X, base.y, base.weights)))
    more = plain(offered)
    X, y = np.concatenate([base.X, more.X[unit]]), np.concatenate([base.y, more.y[unit]])
    return Labelled(X, y, np.concatenate([base.weights, more.weights[unit]]))


def plain(rows: Any) -> Labelled:
    X = rows.X.toarray() if issparse(rows.X) else rows.X
    return Labelled(np.asarray(X, dtype=float), rows.y, getattr(rows, "weight", None))


def model_of(estimator: Any, base: Any, offered: Any, quiz: Any) -> Any:
    """The certified model of a question; a removal where nothing is offered."""
    parts = [Labelled(rows.X, rows.y, getattr(rows, "weight", None)) for rows in (base, offered or base, quiz)]
    if offered is None:
        parts[1] = parts[1]._replace(weight=-parts[0].weights)
    return by_algebra(estimator, Question(*parts, removing=offered is None))


def check_certified(estimator: Any, base: Any, offered: Any, quiz: Any, units: Any = None) -> Any:
    """Every verdict, count, margin and bound against the optimum; ties to rounding aside, where no sign is right.

    Returns what decided each unit.
    """
    units = Units.single(len(offered.y)) if units is None else units
    model, true = model_of(estimator, base, offered, quiz), truth(estimator, base, offered, quiz, units)
    tally, answer = model.tally(units), model.after(units)
    far = np.abs(true.after) > 1e-8
    assert not (tally.open | answer.open)[far.all(axis=1)].any()
    np.testing.assert_allclose(model.before, true.before, atol=1e-7, rtol=1e-9)
    np.testing.assert_array_equal(answer.verdicts[far], true.after[far] > 0)
    assert (np.abs(answer.evidence - true.after) <= answer.error[:, None] + 1e-8).all()
    assert (np.abs(tally.margin - true.margin) <= tally.error[:, None] + 1e-8).all()
    if (np.abs(true.before) > 1e-8).all():
        sure = far.all(axis=1)
        np.testing.assert_array_equal(tally.helped[sure], true.helped[sure])
        np.testing.assert_array_equal(tally.hurt[sure], true.hurt[sure])
    margins, unknown = model.margins(units)
    assert not unknown.any()
    assert (np.abs(margins - true.margin) <= model.tally(units).error[:, None] + 0.1).all()
    return model.decided_by(units)


def standardised_spambase() -> list[Labelled]:
    """Base, quiz and offered rows."""
    import pandas

    (folder,) = find_spec("dmba").submodule_search_locations  # type: ignore[union-attr,misc]
    table = pandas.read_csv(Path(folder) / "csvFiles/Spambase.csv.gz").drop_duplicates().to_numpy(float)
    X, y = table[:, :-1], table[:, -1].astype(np.int64)
    X, order = (X - X.mean(axis=0)) / X.std(axis=0), np.random.default_rng(0).permutation(len(y))
    return [Labelled(X[part], y[part]) for part in np.split(order, [1000, 1500])]
