"""Chaff against ANTIDOTE and plain PCA (Rubinstein et al. 2009) on Abilene, one training week.

Trained on one week with chaff on one flow, tested on the next without, four components. To measure, a flood is added to
the flow in each bin of the test week. Its volume is set on the clean PCA detector at 5 % false alarms: that which it
misses in 3.67 % of the bins, on each flow ("equally hidden") or, one volume for all, on average. All 132 flows between
different places for the first pair of weeks, every fourth for the others and for uninformed chaff (--small: six of
one pair).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _abilene import NAMES, Floats, loads, network
from _abilene import NEEDS as NEEDS
from _claims import Claim, conclude, main, note, save
from numpy.typing import NDArray
from scipy.optimize import bisect
from scipy.stats import norm

from amlsec.budget import PoisonBudget
from amlsec.catalogue import named
from amlsec.data import Batch
from amlsec.defenses.detectors.antidote import Antidote
from amlsec.defenses.detectors.doubts import DoubtfulFit
from amlsec.defenses.detectors.pca_residual import PCAResidual
from amlsec.frame import poison
from amlsec.scene import Scene, contaminate

K, FALSE_ALARMS, MISSED = 4, 0.05, 0.0367
DETECTORS = {"PCA": PCAResidual, "ANTIDOTE": Antidote}
PAIRS = (("X13", "X14"), ("X20", "X21"), ("X01", "X02"))
SHARES = (0.0, 0.1, 0.2)
LOCAL, BLIND = "locally-informed-chaff", "uninformed-chaff"

EQUAL, ONE = "equally hidden floods", "floods of one volume"
ASKED = {"X13": 3.0}
"""Points of area that ANTIDOTE must gain, by week trained on; elsewhere the order is asked."""

Setting = tuple[str, str, str, float, str]
"""Week trained on, floods, attack, share of chaff, detector."""
Figures = dict[Setting, Floats]
"""For each flow the share of floods missed at 5 % false alarms, and the area under the ROC curve (flows, 2)."""


def fit(detector: Any, X: Floats) -> Any:
    """Its own limit, which it may warn of, plays no role where detectors are compared at equal false alarms."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DoubtfulFit)
        return detector(n_components=K).fit(X)


def chaffed(train: Batch, flow: int, attack: str, share: float) -> Floats:
    """The training loads with the chaff on this flow that the budget pays for."""
    scene = Scene(train, len(train), network().space(flow, train.X.mean(axis=0)))
    dose = poison(named(attack), scene, budget=PoisonBudget(share), rng=np.random.default_rng(flow))
    return np.asarray(contaminate(train, np.arange(len(train)), dose).X)


def told(model: Any, test: Floats, flow: int, size: float) -> tuple[float, float]:
    """Floods missed at 5 % false alarms, and the area under the ROC curve."""
    from sklearn.metrics import roc_auc_score

    calm, flooded = model.squared_error(test), model.squared_error(test + size * network().routing[:, flow])
    missed = float((flooded <= np.quantile(calm, 1 - FALSE_ALARMS)).mean())
    is_flood = np.repeat([0, 1], len(test))
    return missed, float(roc_auc_score(is_flood, np.concatenate([calm, flooded])))


def flood(model: Any, test: Floats, flows: NDArray[np.intp]) -> float:
    """The volume in Mbit/s that this model misses in 3.67 % of bins and flows."""
    limit = np.quantile(model.squared_error(test), 1 - FALSE_ALARMS)

    def missed(size: float) -> float:
        errors = [model.squared_error(test + size * network().routing[:, flow]) for flow in flows]
        return float(np.mean(np.array(errors) <= limit)) - MISSED

    return float(bisect(missed, 1.0, 1e6, xtol=0.1))


def floods(model: Any, test: Floats, flows: NDArray[np.intp]) -> dict[str, list[float]]:
    """The volume of each flow's flood in Mbit/s: so large that 3.67 % are missed of each, or of all together."""
    return {
        EQUAL: [flood(model, test, flows[[k]]) for k in range(len(flows))],
        ONE: [flood(model, test, flows)] * len(flows),
    }


def measured(weeks: tuple[str, str], flows: NDArray[np.intp], plan: Sequence[tuple[str, float]]) -> Figures:
    """Both detectors under each attack and share, trained on the first week and tested on the second."""
    train, test = loads(weeks[0]), loads(weeks[1]).X
    clean = {name: fit(detector, train.X) for name, detector in DETECTORS.items()}
    sizes = floods(clean["PCA"], test, flows)
    note(f"{weeks[0]} -> {weeks[1]}: floods of {np.median(sizes[EQUAL]):.0f} (median) and {sizes[ONE][0]:.0f} Mbit/s")
    found: Figures = {}
    for attack, share in plan:
        rows = [chaffed(train, flow, attack, share) for flow in flows] if share else []
        for name, detector in DETECTORS.items():
            models = [fit(detector, X) for X in rows] or [clean[name]] * len(flows)
            for kind, volume in sizes.items():
                each = [told(*case) for case in zip(models, [test] * len(flows), flows, volume, strict=True)]
                found[weeks[0], kind, attack, share, name] = np.array(each)
        note(f"{weeks[0]}: {share:.0%} {attack} done")
    return found


def bursts(week: str, rng: np.random.Generator) -> Floats:
    """A week's loads with bursts of 300 Mbit/s on average, exponential, on five flows in 2 % of the bins: heavy tails."""
    X, flows = loads(week).X, rng.choice(network().crossing, 5, replace=False)
    volume = rng.exponential(300.0, (len(X), 5)) * (rng.random((len(X), 5)) < 0.02)
    return np.asarray(X + volume @ network().routing[:, flows].T)


def at_its_word(X: Floats, rate: float = 0.001) -> tuple[float, float]:
    """Jackson and Mudholkar's h, and the share of these training rows above their limit Q as the formula gives it."""
    centred = X - X.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(centred.T))
    one, two, three = (float((values[:-K] ** power).sum()) for power in (1, 2, 3))
    h, z = 1 - 2 * one * three / (3 * two**2), norm.isf(rate)
    limit = one * (z * np.sqrt(2 * two * h**2) / one + 1 + two * h * (h - 1) / one**2) ** (1 / h)
    errors = ((centred @ vectors[:, :-K]) ** 2).sum(axis=1)
    return h, float((errors > limit).mean())


def limit_claims(weeks: Mapping[str, Floats]) -> list[Claim]:
    """What the limit Q does on weeks with h <= 0, and what the guarded one does."""
    models = {name: fit(PCAResidual, X) for name, X in weeks.items()}
    broken = {name: X for name, X in weeks.items() if models[name].heavy_tailed_}
    kept = [float((models[name].predict(X) == -1).mean()) for name, X in broken.items()]
    note(f"h <= 0: {', '.join(broken)}")
    return [
        Claim("weeks with h <= 0", [float(len(broken))], 3, len(weeks), unit=f"of {len(weeks)}"),
        Claim("their own bins above Q at 0.1 %, taken at its word", [at_its_word(X)[1] for X in broken.values()], 0.5, 1),
        Claim("the same, guarded (Box's limit)", kept, 0, 0.05),
    ]


def area(found: Figures, week: str, kind: str, attack: str, share: float, name: str) -> Floats:
    """The areas of the flows, in points of 100."""
    return np.asarray(100 * found[week, kind, attack, share, name][:, 1])


def gain(found: Figures, week: str, kind: str, attack: str, share: float) -> list[float]:
    """By how many points each flow's area is larger under ANTIDOTE than under PCA."""
    ours, plain = (area(found, week, kind, attack, share, name) for name in ("ANTIDOTE", "PCA"))
    return list(ours - plain)


def show(found: Figures) -> None:
    """Print what each detector misses and its area, means over flows, as a table."""
    print(
        "\n| week | floods | attack | chaff | detector | missed at 5 % false alarms | area |\n|---|---|---|---|---|---|---|"
    )
    for (week, kind, attack, share, name), each in found.items():
        missed, points = each.mean(axis=0)
        print(f"| {week} | {kind} | {attack} | {share:.0%} | {name} | {missed:.1%} | {points:.1%} |")


def claims(found: Figures) -> list[Claim]:
    """One value a flow, in points of area: the price without chaff on the first pair of weeks, and the order on all."""
    settings = dict.fromkeys((week, kind) for week, kind, *_ in found)
    first = next(iter(settings))[0]
    price = [(week, kind, [-points for points in gain(found, week, kind, LOCAL, 0.0)]) for week, kind in settings]
    local = [(week, kind, gain(found, week, kind, LOCAL, 0.2)) for week, kind in settings]
    blind = [setting[:4] for setting in found if setting[2] == BLIND and setting[3] and setting[4] == "PCA"]
    return [
        *[_points(f"{w}, {kind}: lost by ANTIDOTE, no chaff", lost, high=2.5) for w, kind, lost in price if w == first],
        *[_points(f"{w}, {kind}: gained, 20 % {LOCAL}", won, low=ASKED.get(w, 0.0)) for w, kind, won in local],
        *[
            _points(f"{w}, {kind}: gained, {share:.0%} {a}", gain(found, w, kind, a, share), high=0.0)
            for w, kind, a, share in blind
        ],
    ]


def _points(what: str, values: Sequence[float], *, low: float = -100.0, high: float = 100.0) -> Claim:
    return Claim(what, values, low, high, unit="points")


def draw_areas(found: Figures, out: Path) -> None:
    """The area under the ROC curve against chaff, one plot a week."""
    from matplotlib.figure import Figure

    weeks = list(dict.fromkeys(week for week, *_ in found))
    figure = Figure(figsize=(3.6 * len(weeks), 4))
    for axes, week in zip(np.atleast_1d(figure.subplots(1, len(weeks), sharey=True)), weeks, strict=True):
        draw_week(axes, found, week)
    figure.axes[0].set(ylabel="area under the ROC curve, %")
    figure.axes[0].legend(fontsize=7, loc="lower left")
    figure.tight_layout()
    save(figure, "antidote", out)


def draw_week(axes: Any, found: Figures, week: str) -> None:
    """Mean over flows and its standard error, under each attack."""
    for attack, style in ((LOCAL, "-"), (BLIND, ":")):
        for name, colour in zip(DETECTORS, ("C3", "C0"), strict=True):
            shares = [share for w, kind, a, share, n in found if (w, kind, a, n) == (week, EQUAL, attack, name)]
            each = np.array([area(found, week, EQUAL, attack, share, name) for share in shares])
            if len(each):
                error = each.std(axis=1, ddof=1) / np.sqrt(each.shape[1])
                look = {"color": colour, "ls": style, "marker": "o", "label": f"{name}, {attack.replace('-', ' ')}"}
                axes.errorbar(100 * np.array(shares), each.mean(axis=1), error, **look)
    axes.set(title=f"trained on {week}", xlabel="chaff, % of the mean load\nof the flow's links")


def run(small: bool, out: Path) -> int:
    """Reproduce chaff against PCA and ANTIDOTE on one training week."""
    crossing, chaff = network().crossing, [(LOCAL, share) for share in SHARES]
    if small:
        found = measured(PAIRS[2], crossing[::24], chaff[::2])
    else:
        found = measured(PAIRS[0], crossing, chaff)
        found |= measured(PAIRS[0], crossing[::4], [(BLIND, share) for share in SHARES])
        found |= measured(PAIRS[1], crossing[::4], chaff) | measured(PAIRS[2], crossing[::4], chaff)
    draw_areas(found, out)
    weeks = {name: loads(name).X for name in NAMES} | {"X13 with bursts": bursts("X13", np.random.default_rng(0))}
    show(found)
    return conclude("ANTIDOTE and PCA under chaff, Abilene", claims(found) + limit_claims(weeks))


if __name__ == "__main__":
    main(run)
