"""What an attacker sees of a model, counted."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS, Rows
from amlsec.errors import AccessDenied, InvalidInput, ModelFailed, QueriesSpent
from amlsec.outcomes import Campaigns, Channel
from amlsec.sessions import Session, copied, session
from amlsec.threat import Access


class Model(Protocol):
    """A fitted model as the games see it."""

    def labels(self, X: Rows, /) -> NDArray[np.int64]:
        """Verdicts (n,): 0 lets the row pass, 1 stops it."""

    def scores(self, X: Rows, /) -> NDArray[np.float64]:
        """Evidence (n,) that each row is malicious; larger is surer."""


class Alarms:
    """A fitted scikit-learn outlier detector as a Model: an alarm, -1, is the verdict 1.

    Scores are minus the decision function. Raises ModelFailed where the detector raises, or answers with anything else.
    """

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def labels(self, X: Rows, /) -> NDArray[np.int64]:
        return np.where(among((-1, 1), _answered(self.estimator.predict, X)) == -1, 1, 0)

    def scores(self, X: Rows, /) -> NDArray[np.float64]:
        return -_answered(self.estimator.decision_function, X)


class Classifier:
    """A fitted scikit-learn classifier as a Model.

    Scores are the malicious class's probability where there is one, else the decision function, else the label.
    Raises ModelFailed where the classifier raises, or answers with other labels, NaN, or not once for each row.
    """

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def labels(self, X: Rows, /) -> NDArray[np.int64]:
        return among((BENIGN, MALICIOUS), _answered(self.estimator.predict, X))

    def scores(self, X: Rows, /) -> NDArray[np.float64]:
        if hasattr(self.estimator, "predict_proba"):
            column = list(self.estimator.classes_).index(MALICIOUS) if MALICIOUS in self.estimator.classes_ else None
            return np.zeros(len(X)) if column is None else _answered(self.estimator.predict_proba, X)[:, column]
        if hasattr(self.estimator, "decision_function"):
            return _answered(self.estimator.decision_function, X)
        return self.labels(X).astype(np.float64)


def fitted(estimator: Any) -> Model:
    """A fitted classifier or outlier detector as a Model."""
    from sklearn.base import is_outlier_detector

    return Alarms(estimator) if is_outlier_detector(estimator) else Classifier(estimator)


def one_each(answer: Any, rows: int, *, who: str = "the model") -> NDArray[np.float64]:
    """The answer as numbers, one for each row or one row of numbers; raises ModelFailed where it is none, or not finite.

    >>> one_each([0.5, float("nan")], 2)
    Traceback (most recent call last):
        ...
    amlsec.errors.ModelFailed: the model answered NaN or infinity for 2 rows
    """
    numbers = np.asarray(answer, dtype=np.float64)
    if not numbers.ndim or len(numbers) != rows:
        raise ModelFailed(f"{who} answered with shape {numbers.shape} for {rows} rows")
    if not np.isfinite(numbers).all():
        raise ModelFailed(f"{who} answered NaN or infinity for {rows} rows")
    return numbers


def among(known: tuple[int, int], answer: NDArray[np.float64]) -> NDArray[np.int64]:
    """The answer as labels (n,); raises ModelFailed where one is none of the known."""
    if answer.ndim != 1 or not np.isin(answer, known).all():
        shown = f"shape {answer.shape}" if answer.ndim != 1 else f"labels {np.setdiff1d(answer, known)[:5].tolist()}"
        raise ModelFailed(f"the model's labels are {known[0]} and {known[1]}, it answered with {shown}")
    return answer.astype(np.int64)


def _answered(method: Any, X: Rows) -> NDArray[np.float64]:
    if not len(X):
        return np.zeros((0, 2)) if method.__name__ == "predict_proba" else np.zeros(0)
    try:
        answer = np.asarray(method(X), dtype=np.float64)
    except ModelFailed:
        raise
    except Exception as error:
        raise ModelFailed(f"the model's {method.__name__} raised {type(error).__name__}: {error}") from error
    return one_each(answer, len(X), who=f"the model's {method.__name__}")


class Oracle:
    """Answers an attacker's queries up to his access and budget, counted for each attacked row.

    Parameters
    ----------
    model : the fitted model under attack
    access : the most he may ask for
    rows : how many rows he attacks
    queries : how many answers he gets for each of them
    wanted : the verdict he is after; 0 for evasion, 1 for false alarms
    campaigns : what he sends, where outcomes are all that he sees; None begins some over the usual channel
    met : the session in which he meets the model; None opens one

    >>> class Stump:
    ...     def labels(self, X): return (X[:, 0] > 0).astype(np.int64)
    ...     def scores(self, X): return X[:, 0]
    >>> oracle = Oracle(Stump(), access=Access.LABELS, rows=1, queries=2)
    >>> oracle.labels(np.array([[1.0], [-1.0]]), of=np.array([0, 0]))
    array([1, 0])
    >>> oracle.left(np.array([0]))
    array([0])
    """

    def __init__(
        self,
        model: Model,
        *,
        access: Access,
        rows: int,
        queries: int,
        wanted: int = BENIGN,
        campaigns: Campaigns | None = None,
        met: Session | None = None,
    ) -> None:
        self._model, self._access, self.wanted = model, access, wanted
        self._session = met or session(model)
        self._queries = queries
        self._campaigns = campaigns or Campaigns(Channel(), np.random.default_rng(0))
        self._spent = np.zeros(rows, dtype=np.int64)
        self._judged: dict[str | bytes, int] = {}

    @property
    def access(self) -> Access:
        """The most the attacker may ask for."""
        return self._access

    @property
    def spent(self) -> NDArray[np.int64]:
        """How many answers each attacked row (n,) has got; a copy."""
        return self._spent.copy()

    def left(self, of: NDArray[np.intp]) -> NDArray[np.int64]:
        """How many answers each of these attacked rows may still get."""
        return self._queries - self._spent[of]

    @property
    def channel(self) -> Channel:
        """How clicks come back: a sender knows it from what he sent before."""
        return self._campaigns.channel

    def send(self, X: Rows, copies: NDArray[np.int64], /, *, of: NDArray[np.intp]) -> NDArray[np.intp]:
        """Sends so many copies (n,) of each row in place of the attacked rows `of` (n,); each copy costs one query.

        A round passes. Returns the numbers (n,) of the new campaigns. Raises InvalidInput where copies are fewer than 0.
        """
        if (copies < 0).any():
            raise InvalidInput("copies", int(copies.min()), "must be at least 0")
        self._charge(Access.OUTCOMES, X, of, copies)
        return self._campaigns.send(self._passed(X, copies, of), copies)

    def clicks(self) -> NDArray[np.int64]:
        """How many clicks have been seen so far of each campaign, in the order of their numbers."""
        self._require(Access.OUTCOMES)
        return self._campaigns.clicks()

    def wait(self, rounds: int = 1) -> None:
        """Lets rounds pass and sends nothing."""
        self._require(Access.OUTCOMES)
        self._campaigns.wait(rounds)

    def labels(self, X: Rows, /, *, of: NDArray[np.intp]) -> NDArray[np.int64]:
        """Verdicts (n,) on rows tried in place of the attacked rows `of` (n,); each costs one query."""
        self._charge(Access.LABELS, X, of)
        return self._session.labels(X, of)

    def scores(self, X: Rows, /, *, of: NDArray[np.intp]) -> NDArray[np.float64]:
        """Evidence of malice (n,), larger is surer; each costs one query."""
        self._charge(Access.SCORES, X, of)
        return self._session.scores(X, of)

    def parameters(self) -> Model:
        """The model itself, as who holds a copy asks it: what he asks is seen and remembered by nobody."""
        self._require(Access.PARAMETERS)
        held: Model = copied(self._model)
        return held

    def _charge(self, needed: Access, X: Rows, of: NDArray[np.intp], copies: NDArray[np.int64] | None = None) -> None:
        self._require(needed)
        asked = np.bincount(of, copies, len(self._spent)).astype(np.int64)
        if len(of) != len(X) or len(asked) != len(self._spent):
            raise AccessDenied(f"{len(X)} rows asked about, charged to {len(of)} of {len(self._spent)} attacked rows")
        if (self._spent + asked > self._queries).any():
            raise QueriesSpent(f"{int((self._spent + asked).max())} queries for one row, {self._queries} are granted")
        self._spent += asked

    def _require(self, needed: Access) -> None:
        if not self._access.includes(needed):
            raise AccessDenied(f"asked for {needed.value}, the access is {self._access.value}")

    def _passed(self, X: Rows, copies: NDArray[np.int64], of: NDArray[np.intp]) -> NDArray[np.int64]:
        """How many copies of each row the model lets pass.

        It is asked about a row once; where it remembers or draws lots, as its attribute `every_copy` says, about each copy.
        """
        if not getattr(self._model, "every_copy", False):
            return np.where(self._known(X, of) == BENIGN, copies, 0)
        each = np.repeat(np.arange(len(X)), copies)
        passing = self._session.labels(X[each], of[each]) == BENIGN
        return np.bincount(each[passing], minlength=len(X))

    def _known(self, X: Rows, of: NDArray[np.intp]) -> NDArray[np.int64]:
        """Verdicts (n,) on campaigns; the model is asked about those that nobody sent before."""
        keys = [row if isinstance(row, str) else row.tobytes() for row in X]
        new = {key: i for i, key in enumerate(keys) if key not in self._judged}
        if new:
            asked = list(new.values())
            self._judged |= dict(zip(new, self._session.labels(X[asked], of[asked]).tolist(), strict=True))
        return np.array([self._judged[key] for key in keys], dtype=np.int64)
