"""A screen as a sampler of imbalanced-learn."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, ClassVar

from sklearn.base import BaseEstimator

from amlsec.sanitize.given import batches, taken
from amlsec.sanitize.weights import judgement

with suppress(ImportError):
    import imblearn.base  # noqa: F401  it adds fit_resample to the methods that scikit-learn routes metadata to


class SanitizingSampler(BaseEstimator):  # type: ignore[misc]
    """Drops the rows that a screen does not accept, as a step of imbalanced-learn's Pipeline, which works at fit only.

    With metadata routing on, `source` and `time` are requested by default. With it off, imbalanced-learn's Pipeline
    gives a sampler neither, whatever is asked.

    The trusted rows must look as the rows this step is given: let it be the first.

    Parameters
    ----------
    screen : any screen; a clone of it is fitted
    trusted : rows the screen learns from: a Batch, or a pair (X, y); None where the screen is fitted already, and stays
        so when cloned, as `sklearn.frozen.FrozenEstimator(screen)` does
    malicious : the malicious label; None: 1 of numbers or booleans, else the one of two known by its name, as "spam"

    Attributes
    ----------
    screen_ : the fitted screen
    verdicts_ : what it said of each row offered last
    sample_indices_ : the positions of rows kept

    >>> import numpy as np
    >>> from amlsec.defenses.screens.provenance import Provenance
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 300)
    >>> X = rng.normal(4.0 * y - 2)[:, None]
    >>> source, said = np.repeat(["honest", "liar"], [70, 30]), np.append(y[200:270], 1 - y[270:])
    >>> sampler = SanitizingSampler(Provenance(), trusted=(X[:200], y[:200]))
    >>> kept, labels = sampler.fit_resample(X[200:], said, source=source)
    >>> kept.shape, int(sampler.sample_indices_.max())
    ((70, 1), 69)
    """

    _estimator_type = "sampler"
    __metadata_request__fit_resample: ClassVar[dict[str, bool]] = {"source": True, "time": True}

    def __init__(self, screen: Any, *, trusted: Any = None, malicious: Any = None) -> None:
        self.screen = screen
        self.trusted = trusted
        self.malicious = malicious

    def fit_resample(self, X: Any, y: Any, *, source: Any = None, time: Any = None) -> tuple[Any, Any]:
        """The accepted rows and their labels, each in the type given: arrays, lists, frames.

        Raises InvalidInput where an argument breaks a rule, or nothing of a label is accepted.
        """
        given = {"trusted": self.trusted, "malicious": self.malicious}
        judged = judgement(self.screen, *batches(X, y, source=source, time=time, **given))
        self.screen_, self.verdicts_, self.sample_indices_ = judged.screen, judged.verdicts, judged.kept
        return taken(X, judged.kept), taken(y, judged.kept)
