"""What clicks say of a campaign: whether the filter lets it pass."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, xlog1py, xlogy
from scipy.stats import beta

from amlsec.outcomes import Channel

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
_RATES = 64


def log_ratio(channel: Channel, clicks: Counts, copies: Counts, ages: Counts) -> Floats:
    """The log of how much likelier a campaign's clicks (n,) are if it passes than if it is stopped.

    A copy that counts with chance p is seen to by age a with chance p F(a), and when it is seen hangs on the delay alone. So
    with c of m copies seen the likelihood is p^c (1 - p F(a))^(m - c) up to a factor that both sides share. What passes has
    its own rate, which is integrated over the channel's beta distribution by 64 quantiles: a mixture as in Robbins (1970).
    The ratio of all that was seen up to now is a martingale where the campaign is stopped, however often one looks.

    >>> channel = Channel(rate=0.02, scanners=0.002, spread=0, delay=1)
    >>> log_ratio(channel, np.array([0, 3]), np.array([100, 100]), np.array([1, 1])).round(2).tolist()
    [-2.02, 5.23]
    """
    seen = clicks, copies, ages
    shape = tuple(int(each.max(initial=0)) + 1 for each in seen)
    kinds, kind = np.unique(np.ravel_multi_index(seen, shape), return_inverse=True)
    return _log_ratio(channel, *np.unravel_index(kinds, shape))[kind]


def _log_ratio(channel: Channel, clicks: Counts, copies: Counts, ages: Counts) -> Floats:
    """The same for different campaigns."""
    seen = channel.seen(ages)
    passing = channel.clicked(_rates(channel))
    likelihood = xlogy(clicks[:, None], passing) + xlog1py((copies - clicks)[:, None], -passing * seen[:, None])
    stopped = xlogy(clicks, channel.scanners) + xlog1py(copies - clicks, -channel.scanners * seen)
    ratio: Floats = logsumexp(likelihood, axis=1) - np.log(len(passing)) - stopped
    return ratio


def _rates(channel: Channel) -> Floats:
    """Equally likely rates of campaigns."""
    if not channel.spread:
        return np.array([channel.rate])
    rates: Floats = beta.ppf((np.arange(_RATES) + 0.5) / _RATES, *channel.beta)
    return rates
