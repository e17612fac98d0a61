"""What a sender of campaigns sees of the filter in his way: clicks, late and noisy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amlsec.errors import InvalidInput

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Channel:
    """How the copies of a mail are clicked, and when the sender sees it; a copy counts once.

    Attributes
    ----------
    rate : the share of delivered copies that people click, in (0, 1)
    scanners : the share of copies, delivered or not, whose link some machine opens, in [0, 1)
    spread : how uneven campaigns are: each has a rate of its own, drawn from a beta distribution whose mean is `rate` and
        whose variance is `spread * rate * (1 - rate)`; in [0, 1), 0 makes them alike
    delay : how many rounds pass until a click is seen, on average, at least 1; each click waits a geometric number

    Raises
    ------
    InvalidInput : a value is out of its range

    >>> channel = Channel(rate=0.02, scanners=0.002, delay=2)
    >>> float(channel.seen(1)), float(channel.seen(2))
    (0.5, 0.75)
    """

    rate: float = 0.02
    scanners: float = 0.002
    spread: float = 0.005
    delay: float = 2.0

    def __post_init__(self) -> None:
        if not 0 < self.rate < 1:
            raise InvalidInput("rate", self.rate, "must lie in (0, 1)")
        for name in ("scanners", "spread"):
            if not 0 <= getattr(self, name) < 1:
                raise InvalidInput(name, getattr(self, name), "must lie in [0, 1)")
        if not 1 <= self.delay < np.inf:
            raise InvalidInput("delay", self.delay, "must be at least 1, and finite")

    def seen(self, rounds: int | Counts) -> NDArray[np.float64]:
        """The share of clicks that are seen after so many rounds."""
        return np.asarray(1 - (1 - 1 / self.delay) ** np.asarray(rounds))

    def clicked(self, rates: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """The chance that a delivered copy counts, where people click it with this chance; machines click too."""
        return np.asarray(1 - (1 - np.asarray(rates)) * (1 - self.scanners))

    @property
    def beta(self) -> tuple[float, float]:
        """The parameters of the beta distribution of campaigns' rates; `spread` must be above 0."""
        size = 1 / self.spread - 1
        return self.rate * size, (1 - self.rate) * size


class Campaigns:
    """Campaigns under way, numbered from 0: how many clicks have been seen, and how many will be.

    >>> campaigns = Campaigns(Channel(rate=0.5, scanners=0, spread=0, delay=1), np.random.default_rng(0))
    >>> campaigns.send(np.array([1000, 0]), np.array([1000, 1000]))
    array([0, 1])
    >>> campaigns.wait()
    >>> campaigns.clicks()
    array([521,   0])
    """

    def __init__(self, channel: Channel, rng: np.random.Generator) -> None:
        self.channel, self._rng = channel, rng
        self._seen: Counts = np.zeros(0, dtype=np.int64)
        self._coming: Counts = np.zeros(0, dtype=np.int64)

    def send(self, delivered: Counts, copies: Counts, /) -> NDArray[np.intp]:
        """Sends new campaigns of so many copies (n,), of which so many are delivered; a round passes. Their numbers (n,)."""
        self.wait()
        chance = self.channel.clicked(self._rates(len(copies)))
        clicks = self._rng.binomial(delivered, chance) + self._rng.binomial(copies - delivered, self.channel.scanners)
        first = len(self._seen)
        self._seen = np.concatenate([self._seen, np.zeros_like(clicks)])
        self._coming = np.concatenate([self._coming, clicks])
        return np.arange(first, len(self._seen))

    def wait(self, rounds: int = 1) -> None:
        """Lets rounds pass."""
        arrived = self._rng.binomial(self._coming, self.channel.seen(rounds))
        self._seen, self._coming = self._seen + arrived, self._coming - arrived

    def clicks(self) -> Counts:
        """How many clicks have been seen of each campaign so far; a copy."""
        return self._seen.copy()

    def _rates(self, many: int) -> NDArray[np.float64]:
        channel = self.channel
        return self._rng.beta(*channel.beta, many) if channel.spread else np.full(many, channel.rate)
