"""A partition ensemble by source: models trained on the rows of a few sources each, and a proof that counts sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from amlsec.catalogue import learner
from amlsec.defenses.learners.parts import contents, dealt, digests, is_missing, labelled_rows, members
from amlsec.defenses.learners.voters import Voting, borne, trained
from amlsec.errors import InvalidInput
from amlsec.threat import Influence, ThreatModel, Violation


@learner(
    threats=(
        ThreatModel(Influence.CAUSATIVE, Violation.INTEGRITY),
        ThreatModel(Influence.CAUSATIVE, Violation.AVAILABILITY),
    ),
    references=("levine2021deep", "barreno2010security"),
)
class SourceEnsemble(Voting):
    """Let models vote that were each trained on the rows of their own sources, and prove how many sources may lie.

    Deep Partition Aggregation (Levine and Feizi 2021) with a keyed hash of the source's name in the place of the row's
    content. All rows of a source are in one part, so a source that lies in every one of them changes one vote:
    `certify_sources` reads "safe while at most k of the `n_sources_` sources lie". Who is known to own a source must not be
    able to write under the name of another: the proof rests on names that are checked. An attacker who may open new sources
    counts once for each.

    A row without a source is a source of its own, by its content, as in PartitionEnsemble. The price on clean rows is that
    of unlike parts: a model that knows one source alone knows little of what the others send, and few sources bear few lies.

    `X` is texts (n,), a table (n, d), or a sparse matrix (n, d). See PartitionEnsemble for what may stand before it.

    Parameters
    ----------
    estimator : classifier of every part; None: as in PartitionEnsemble
    partitions : number of parts, at least 1; far more than there are sources gives each a part of its own
    key : 1 to 64 bytes that key the hash

    Attributes
    ----------
    classes_ : labels seen, in ascending order; of equally voted ones the smaller wins
    estimators_ : the fitted models; a part with one class votes for it, a part without rows has no model and abstains
    n_sources_ : how many sources the rows came from

    Raises InvalidInput where `partitions` or `key` is out of range, or `y` or `source` does not match `X`.

    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(200) % 2
    >>> X, source = rng.normal(4.0 * y[:, None], 1.0, (200, 2)), np.repeat([f"feed {i}" for i in range(10)], 20)
    >>> ensemble = SourceEnsemble(partitions=1000).fit(X, y, source=source)
    >>> ensemble.predict(np.array([[0.0, 0.0], [4.0, 4.0]])), ensemble.certify_sources(np.array([[0.0, 0.0], [4.0, 4.0]]))
    (array([0, 1]), array([4, 4]))
    """

    def __init__(self, estimator: Any = None, *, partitions: int = 50, key: bytes = b"amlsec") -> None:
        self.estimator = estimator
        self.partitions = partitions
        self.key = key

    def fit(self, X: Any, y: NDArray[Any], /, *, source: Any = None) -> Self:
        """Train one model on each part; `source` (n,) names where each came from; "", None or NaN: nobody noted it."""
        rows, labels = labelled_rows(X, y)
        names = np.full(len(labels), None) if source is None else np.asarray(source, dtype=object)
        if names.shape != labels.shape:
            raise InvalidInput("source", f"of shape {names.shape}", f"must have one name for each of {len(labels)} rows")
        content = list(contents(rows))
        origins = digests(_origins(names, content), self.key)
        order = np.lexsort((labels, digests(content, self.key)))
        self.n_sources_ = len(np.unique(origins))
        self._keep(trained(self.estimator, rows, labels, members(dealt(origins, self.partitions), order)))
        return self

    def certify_sources(self, X: Any) -> NDArray[np.int64]:
        """How many sources may lie in all their rows, appear or vanish, with no effect on each prediction (n,).

        floor((n_c - max over c' != c of (n_c' + [c' < c])) / 2), with n_c votes for the winner c. 0: no proof for even one
        source. It says nothing of whether the prediction is right. Lies may have labels that were never seen.
        """
        return borne(self.votes(X))

    def certify(self, X: Any) -> NDArray[np.int64]:
        """How many training rows may be added or removed, in sum, with no effect on each prediction (n,).

        As many as sources may lie, since each row is of one. A row edited under its own source counts once, one without a
        source twice.
        """
        return self.certify_sources(X)


def _origins(names: NDArray[Any], content: list[bytes]) -> Iterator[bytes]:
    """What tells a row's source from all others; of a row without one, its content."""
    for name, own in zip(names.tolist(), content, strict=True):
        noted = "" if is_missing(name) else str(name)
        yield b"source " + noted.encode("utf-8", "surrogatepass") if noted else b"row " + own
