"""How far an attacker who owns a share of the rows can drag a centre: closed forms, an operator's certificate.

A sphere of radius 1 about a centre accepts what lies inside, and the centre follows what is accepted. The attacker puts
each of his rows on the edge, on his target's side: no accepted row moves the centre further towards it (Kloft and Laskov
2010, 2012). Each row is his with the chance `share`. Innocent rows are independent of each other, lie in the sphere as it
was at first, and have its centre as their mean: along the attack's direction their coordinate x has mean 0 and is at least
-1. Where the centre is at D, an innocent row changes it by (x - D) / n if it is accepted, by 0 if not. As D is never below
-1, a chance of at most `false_alarms` of being rejected bounds the expected pull by

    E[(x - D) 1(accepted)] = -D + E[(D - x) 1(rejected)] <= -D + false_alarms (D + 1),

so that with `drive = share + (1 - share) false_alarms` and `pull = (1 - share)(1 - false_alarms)`

    E[D'] <= E[D] + (drive - pull E[D]) / n,

which the closed forms below solve from D = 0. Without false alarms they are exact, and the ceiling is share / (1 - share).
"""

from __future__ import annotations

import math

from amlsec.errors import InvalidInput

_FAINT = 1e-6
"""Of so faint a pull the beta functions' quotient keeps fewer digits than its first order."""


def max_displacement(share: float, window: int, rows: float = math.inf, *, false_alarms: float = 0.0) -> float:
    """How many radii, at most and in expectation, an attacker moves a centre whose every new row counts 1 / `window`.

    The rule is average-out, `amlsec.centroid.memory.average_out`. Kloft and Laskov 2012 bound the same two cases, limited
    control and a limited rate of false alarms; the formulas are derived in this module's description.

    Parameters
    ----------
    share : chance of each row to be the attacker's, in [0, 1]
    window : n, how many rows the centre rests on, at least 1 and finite
    rows : how many rows arrive, his and others', at least 0; infinity gives the ceiling, which no patience passes
    false_alarms : the most of the innocent rows that are rejected, in [0, 1), at all times. The operator has to see to that,
        and stop learning where it is exceeded: without such a limit, there is no ceiling

    Raises InvalidInput where a value is out of range.

    >>> max_displacement(0.2, 100), round(max_displacement(0.2, 100, 100), 3)
    (0.25, 0.138)
    >>> round(max_displacement(0.2, 100, false_alarms=0.05), 3), max_displacement(1, 100, 1000)
    (0.316, 10.0)
    """
    drive, pull = _forces(share, window, rows, false_alarms)
    if not drive or not rows:
        return 0.0
    if not pull:
        return rows / window
    log_left = math.log1p(-pull / window) if pull < window else -math.inf
    return drive / pull * -math.expm1(rows * log_left)


def max_displacement_of_a_mean(share: float, window: int, rows: float = math.inf) -> float:
    """The same of a centre that is the mean of all rows it ever learned, `window` of them before the attack.

    The rule is `amlsec.centroid.memory.infinite_horizon`: the k-th new row counts 1 / (window + k). With all rows the
    attacker's, D is the sum of these, at most ln(1 + rows / window): effort grows exponentially with the way. Else it is
    the ceiling times one minus the product of the 1 - (1 - share) / (window + k), a quotient of beta functions. No innocent
    row may be rejected; with false alarms the ceiling is that of `max_displacement`. Raises InvalidInput where a value is
    out of range.

    >>> round(max_displacement_of_a_mean(1, 100, 1000), 3), max_displacement_of_a_mean(0.2, 100)
    (2.393, 0.25)
    """
    drive, pull = _forces(share, window, rows, 0.0)
    if not drive or not rows:
        return 0.0
    if math.isinf(rows):
        return drive / pull if pull else math.inf
    log_left = _log_product(pull, window, rows)
    return drive * -math.expm1(log_left) / pull if pull else -log_left


def share_needed(displacement: float, *, false_alarms: float = 0.0) -> float:
    """The least share of the rows that an attacker must own to move a centre by so many radii, however long he tries.

    The inverse of both forms' ceiling; 0 where false alarms alone may do as much.
    Raises InvalidInput unless `displacement` is at least 0 and `false_alarms` lies in [0, 1).

    >>> share_needed(1.0), round(share_needed(1.0, false_alarms=0.05), 3)
    (0.5, 0.474)
    """
    if not 0 <= displacement < math.inf:
        raise InvalidInput("displacement", displacement, "must be at least 0 and finite, in radii")
    _check_share("false_alarms", false_alarms, false_alarms < 1)
    return max(0.0, (displacement - false_alarms / (1 - false_alarms)) / (1 + displacement))


def _forces(share: float, window: int, rows: float, false_alarms: float) -> tuple[float, float]:
    """What drives the centre away, and what pulls it back at one radius, a row."""
    _check_share("share", share, share <= 1)
    _check_share("false_alarms", false_alarms, false_alarms < 1)
    if not 1 <= window < math.inf:
        raise InvalidInput("window", window, "must be at least 1 and finite")
    if not rows >= 0:
        raise InvalidInput("rows", rows, "must be at least 0")
    return share + (1 - share) * false_alarms, (1 - share) * (1 - false_alarms)


def _log_product(pull: float, window: int, rows: float) -> float:
    """The logarithm of the product of 1 - pull / (window + k) over k = 1..rows; for no pull, its derivative there."""
    from scipy.special import betaln, digamma

    if pull > _FAINT:
        return float(betaln(window + rows + 1 - pull, pull) - betaln(window + 1 - pull, pull))
    return float(digamma(window + 1) - digamma(window + rows + 1)) * (pull or 1.0)


def _check_share(name: str, value: float, below: bool) -> None:
    if not (value >= 0 and below):
        raise InvalidInput(name, value, "must lie in [0, 1)" if name == "false_alarms" else "must lie in [0, 1]")
