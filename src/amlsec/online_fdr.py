"""The false discovery rate over batches that arrive for years."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from amlsec.errors import InvalidInput
from amlsec.statistics import check_p, most_rejected

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OnlineFDR:
    """Where a stream of batches stands: all that must be kept between two of them, or over a restart.

    Of all rows rejected in a period of batches, at most a share `fdr` is expected to be good, whenever one stops to look.
    The rule is Batch-PRDS (Zrnic, Jiang, Ramdas and Jordan 2020) with the period's budget spread evenly: batch t, of n_t
    rows, goes through Benjamini and Hochberg's procedure at the level

        alpha_t = fdr / period * (n_t + R) / n_t        (at most fdr)

    where R rows were rejected earlier in the period; with one row a batch it is LOND (Javanmard and Montanari 2015).
    It holds for p-values that are independent or positively dependent (PRDS), over all batches of the period: a null row's
    threshold is at most fdr / (period n_t) times all rejections so far, which only grow as p-values shrink. Conformal
    p-values of one shared calibration set are PRDS (Bates et al. 2023, theorem 2), and this is why it is the rule here:
    LORD++, SAFFRON and ADDIS promise a rate for p-values that are valid given the past, which these are not.

    Nothing is promised across periods: the rate is of each. And no rule can find anything below the resolution of its
    p-values: of n_t rows, r can be rejected only if they reach `level(n_t) * r / n_t`, which n calibration rows allow
    from n >= n_t / (r * level(n_t)) on. Large batches with rare attacks call for p-values of groups, which go lower.

    Attributes
    ----------
    fdr : false discovery rate of every period, in (0, 1)
    period : batches (>= 1) after which the count starts anew, a week of nightly ones; a longer one promises more and
        finds less
    batches, rejected : batches judged, and rows rejected, since this period began

    Raises InvalidInput where a number is out of its range.

    >>> stream = OnlineFDR(fdr=0.1, period=10)
    >>> rejected, stream = stream.judge(np.array([0.001, 0.004, 0.5, 0.9]))
    >>> rejected, stream
    (array([ True,  True, False, False]), OnlineFDR(fdr=0.1, period=10, batches=1, rejected=2))

    To keep it as JSON, and to go on:

    >>> import dataclasses, json
    >>> OnlineFDR(**json.loads(json.dumps(dataclasses.asdict(stream)))) == stream
    True
    """

    fdr: float = 0.05
    period: int = 7
    batches: int = 0
    rejected: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.fdr < 1:
            raise InvalidInput("fdr", self.fdr, "must lie strictly between 0 and 1")
        if self.period < 1 or self.period % 1:
            raise InvalidInput("period", self.period, "must be a whole number of batches, at least 1")
        if not 0 <= self.batches < self.period:
            raise InvalidInput("batches", self.batches, f"must lie in 0..{self.period - 1}")
        if self.rejected < 0:
            raise InvalidInput("rejected", self.rejected, "must be at least 0")

    def level(self, rows: int) -> float:
        """The level at which a next batch of so many rows (>= 1) is judged."""
        return min(self.fdr, self.fdr / self.period * (rows + self.rejected) / rows)

    def judge(self, p: Floats) -> tuple[NDArray[np.bool_], OnlineFDR]:
        """Which rows of the next batch to reject (n,), given their p-values (n,), and where the stream stands then.

        A batch without rows does not count.

        Raises InvalidInput where a p-value is outside [0, 1].
        """
        check_p(p)
        most, after = self.judge_counted(*np.unique(p, return_counts=True))
        return np.asarray(p <= most), after

    def judge_counted(self, values: Floats, times: NDArray[np.int64]) -> tuple[float, OnlineFDR]:
        """The same of a batch too large to hold: up to which p-value to reject, -inf where none is.

        `values` (m,) are its different p-values, ascending, and `times` (m,) say how many rows have each.
        """
        if not len(values):
            return float("-inf"), self
        most = most_rejected(values, times, self.level(int(times.sum())))
        if self.batches + 1 == self.period:
            return most, OnlineFDR(self.fdr, self.period)
        return most, replace(self, batches=self.batches + 1, rejected=self.rejected + int(times[values <= most].sum()))
