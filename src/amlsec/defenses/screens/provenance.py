"""Provenance: rows of a source that is probably compromised are held back."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from amlsec.agreement import WORTH, Suspicion, reference, source_names, suspicions
from amlsec.catalogue import screen
from amlsec.data import Batch
from amlsec.errors import InvalidInput
from amlsec.evidence import Decision, Verdicts
from amlsec.register import Register
from amlsec.threat import Influence, ThreatModel, Violation
from amlsec.usual import usual


@screen(
    threats=(
        ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY),
        ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY),
    ),
    references=("barreno2010security", "baracaldo2018detecting"),
)
class Provenance(BaseEstimator):  # type: ignore[misc]
    """Judges a row by the source it came from: all rows of a source share its fate, whatever their order.

    The likelihood that a source is compromised starts from the register (docs/sources.md) and is updated by how often a
    model of the trusted rows disagrees with the source's labels, against how often it errs on trusted rows it has not
    seen, label by label. The source is quarantined where the likelihood exceeds the limit, rejected where the lower end
    of its 95 % interval does. A source that is not registered, or a batch without sources, is judged as open to anyone.

    Parameters
    ----------
    register : what is known of the sources; None knows nothing
    estimator : the model of the trusted rows; None takes logistic regression, of TF-IDF for texts
    limit : the likelihood above which rows are not accepted, in (0, 1)
    worth : a source's disagreements count as those of at most so many rows of each label, above 0: a model's verdict is
        worth less than a person's, and a source may be harder than the trusted rows
    random_state : seed of the parts that the trusted rows are split into

    Attributes
    ----------
    reference_ : the fitted model and its errors; None where the trusted rows are too few or of one label, and agreement
        is not weighed

    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 400)
    >>> rows = Batch(rng.normal(4.0 * y - 2)[:, None], y)
    >>> liar = rows.rows(slice(200, 230)).relabelled(1 - y[200:230]).from_source("liar")
    >>> offered = rows.rows(slice(230, 400)).from_source("honest") + liar
    >>> verdicts = Provenance().fit(rows.rows(slice(0, 200))).judge(offered)
    >>> bool(verdicts.accepted[:170].all()), bool(verdicts.accepted[170:].any())
    (True, False)
    """

    def __init__(
        self,
        *,
        register: Register | None = None,
        estimator: Any = None,
        limit: float = 0.5,
        worth: float = WORTH,
        random_state: int | None = 0,
    ) -> None:
        self.register = register
        self.estimator = estimator
        self.limit = limit
        self.worth = worth
        self.random_state = random_state

    def fit(self, trusted: Batch, /) -> Self:
        """Learn what rows look like, and how often that errs, from trusted rows; InvalidInput where a setting is wrong."""
        if not 0 < self.limit < 1:
            raise InvalidInput("limit", self.limit, "must lie in (0, 1)")
        if not self.worth > 0:
            raise InvalidInput("worth", self.worth, "must be above 0")
        estimator = usual(trusted) if self.estimator is None else self.estimator
        self.reference_ = reference(trusted, estimator, np.random.default_rng(self.random_state))
        return self

    def judge(self, offered: Batch, /) -> Verdicts:
        """One verdict for each row, by its source; its reason names the source, the likelihood and the limit."""
        check_is_fitted(self)
        register = Register() if self.register is None else self.register
        found = suspicions(offered, register, self.reference_, self.worth)
        names = source_names(offered).tolist()
        said = {name: self._reason(name, suspicion) for name, suspicion in found.items()}
        return Verdicts(
            np.array([self._decision(found[name]) for name in names], dtype=np.int8),
            np.array([found[name].likelihood.value for name in names], dtype=np.float64),
            self.limit,
            [said[name] for name in names],
        )

    def _decision(self, found: Suspicion) -> Decision:
        if found.likelihood.low > self.limit:
            return Decision.REJECT
        return Decision.QUARANTINE if found.likelihood.value > self.limit else Decision.ACCEPT

    def _reason(self, name: str, found: Suspicion) -> str:
        source = f"source {name!r}" if name else "a row without a source"
        judged = f"{source} is compromised with likelihood {found.likelihood}, limit {self.limit:.0%}"
        if found.counts is None:
            return f"{judged}; the trusted rows are too few to compare"
        rows, disagree = (sum(count[k] for count in found.counts.values()) for k in (0, 1))
        return f"{judged}; a model of the trusted rows disagrees with {disagree:.0f} of its {rows:.0f} labels"
