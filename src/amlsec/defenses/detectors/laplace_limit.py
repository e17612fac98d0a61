"""A limit that half of the rows can do little about."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amlsec.errors import InvalidInput


def laplace_limit(values: NDArray[np.float64], rate: float) -> float:
    """What a Laplace variable exceeds at this rate, in (0, 0.5], fitted by the values' median and median absolute deviation.

    `median - MAD / ln 2 x ln(2 rate)`: a Laplace variable of scale b has the deviation b ln 2 (Rubinstein et al. 2009,
    section 5.2). Raises InvalidInput where more than half of the values are equal, for then they have no such deviation.

    >>> round(laplace_limit(np.arange(101.0), 0.05), 2)  # 50 + 25 x ln 10 / ln 2
    133.05
    """
    middle = float(np.median(values))
    deviation = float(np.median(np.abs(values - middle)))
    if not deviation > 0:
        rule = "must differ in more than half of the rows, or no limit can be had from them; drop repeated rows"
        raise InvalidInput("squared errors", f"{middle:.6g} in half of the rows", rule)
    return middle - deviation / float(np.log(2)) * float(np.log(2 * rate))
