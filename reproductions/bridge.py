"""Bridge points against hierarchical clustering (Biggio et al. 2013) of scikit-learn's digits, and two guarded clusterers.

300 pictures of 0, 1 and 6; the dendrogram of the clean rows is cut at the height that agrees best with the digits, and the
cut stays where it is. Five bridge points are 1.7 %. The attacker either knows the linkage alone, or the guarded clusterer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _claims import Claim, conclude, main, note, save
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.cluster import AgglomerativeClustering
from sklearn.datasets import load_digits
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from amlsec.attacks.poisoning.bridge_points import bridge_points
from amlsec.budget import PoisonBudget
from amlsec.clusters import clusters
from amlsec.data import Batch
from amlsec.defenses.clusterers.bagged_clustering import BaggedClustering
from amlsec.defenses.clusterers.density_guarded import DensityGuarded
from amlsec.scene import Scene
from amlsec.space.tabular import infer

NEEDS: tuple[str, ...] = ()
ROWS, POINTS, COPIES = 300, 5, 3
FIRST_DRAW = 10  # the clusterers' settings were chosen on draws 0 to 3
Floats = NDArray[np.float64]
Scores = dict[str, list[tuple[float, float]]]
"""For each setting the agreement with the digits and with the clean clusters, after 0, 1, ... bridges or random points."""


@dataclass(frozen=True)
class Draw:
    """Pictures (n, 64) in [0, 1] and their digits, and the seed they were drawn by."""

    X: Floats
    digits: NDArray[np.int64]
    seed: int

    @classmethod
    def of(cls, seed: int) -> Draw:
        X, y = load_digits(return_X_y=True)
        some = np.random.default_rng(seed).choice(np.flatnonzero(np.isin(y, [0, 1, 6])), ROWS, replace=False)
        return cls(X[some] / 16, y[some], seed)

    def linked(self, kind: str) -> AgglomerativeClustering:
        """The linkage cut at that one of its last 40 heights which agrees best with the digits."""
        tree = linkage(self.X, kind)
        heights = tree[-40:, 2] * (1 - 1e-9)
        agreement = [adjusted_rand_score(self.digits, fcluster(tree, height, "distance")) for height in heights]
        return AgglomerativeClustering(None, distance_threshold=heights[int(np.argmax(agreement))], linkage=kind)

    def bridges(self, supposed: Any, copies: int = 1) -> Floats:
        """Five bridges of so many points against the clusterer he supposes."""
        rows = Batch(self.X, np.zeros(ROWS, dtype=np.int64))
        scene = Scene(rows.rows([]), ROWS, infer(self.X, [str(pixel) for pixel in range(64)]), rows, supposed)
        budget = PoisonBudget(POINTS * copies / ROWS)
        return np.asarray(bridge_points(scene, budget=budget, rng=np.random.default_rng(self.seed), copies=copies).added.X)

    def random(self) -> Floats:
        """Five points drawn evenly between the pixels' bounds."""
        low, high = self.X.min(axis=0), self.X.max(axis=0)
        return np.asarray(low + np.random.default_rng(self.seed).random((POINTS, 64)) * (high - low))

    def scores(self, clusterer: Any, added: Floats, copies: int = 1) -> list[tuple[float, float]]:
        """Agreement with the digits, and with the clean clusters, after each bridge; where the attacker stops, the last."""
        found = [clusters(clusterer, np.concatenate([self.X, added[:n]]))[:ROWS] for n in range(0, len(added) + 1, copies)]
        found += found[-1:] * (POINTS + 1 - len(found))
        return [(adjusted_rand_score(self.digits, one), adjusted_rand_score(found[0], one)) for one in found]


def measured(draw: Draw, small: bool) -> Scores:
    """All settings on one draw; the attacker who knows the bagged clusterer takes minutes, and only the full run has him."""
    single, complete = draw.linked("single"), draw.linked("complete")
    guarded, bagged = DensityGuarded(single), BaggedClustering(single, random_state=0)
    known = draw.bridges(single)
    scores = {
        "single, bridges": draw.scores(single, known),
        "single, random": draw.scores(single, draw.random()),
        "complete, bridges": draw.scores(complete, draw.bridges(complete)),
        "complete, random": draw.scores(complete, draw.random()),
        "guarded, bridges": draw.scores(guarded, known),
        "guarded, known": draw.scores(guarded, draw.bridges(guarded)),
        "guarded, known, 3 points": draw.scores(guarded, draw.bridges(guarded, COPIES), COPIES),
        "bagged, bridges": draw.scores(bagged, known),
    }
    if not small:
        rehearsed = BaggedClustering(single, bags=20, random_state=1)
        scores["bagged, known, 3 points"] = draw.scores(bagged, draw.bridges(rehearsed, COPIES), COPIES)
    return scores


def claims(draws: Sequence[Scores]) -> list[Claim]:
    def claim(what: str, setting: str, low: float, high: float, *, bridges: int = POINTS, of: int = 1) -> Claim:
        return Claim(what, [scores[setting][bridges][of] for scores in draws], low, high, unit="")

    def left(setting: str) -> float:
        return float(np.mean([scores[setting][POINTS][1] for scores in draws]))

    found = [
        claim("single linkage, clean: agreement with the digits", "single, bridges", 0.6, 1, bridges=0, of=0),
        claim("the same, 5 bridge points", "single, bridges", -0.1, 0.1, of=0),
        claim("single linkage, 5 bridge points: agreement with the clean clusters", "single, bridges", -0.1, 0.1),
        claim("the same, 5 random points", "single, random", 0.95, 1),
        claim("complete linkage, clean: agreement with the digits", "complete, bridges", 0.5, 1, bridges=0, of=0),
        claim("complete linkage, 5 bridge points: agreement with the clean clusters", "complete, bridges", -0.1, 0.95),
        claim("the same, 5 random points", "complete, random", 0.5, 1),
        claim("density-guarded, clean: agreement with the digits", "guarded, bridges", 0.6, 1, bridges=0, of=0),
        claim("density-guarded, 5 bridge points: agreement with its clean clusters", "guarded, bridges", 0.85, 1),
        claim("the same, by an attacker who knows it", "guarded, known", -0.1, left("guarded, bridges")),
        claim("the same, bridges of 3 points (15)", "guarded, known, 3 points", -0.1, left("guarded, bridges")),
        claim("bagged, clean: agreement with the digits", "bagged, bridges", 0.4, 1, bridges=0, of=0),
        claim("bagged, 5 bridge points: agreement with its clean clusters", "bagged, bridges", 0.85, 1),
    ]
    if "bagged, known, 3 points" in draws[0]:
        what = "the same, by an attacker who knows it, bridges of 3 points (15)"
        found.append(claim(what, "bagged, known, 3 points", -0.1, left("bagged, bridges")))
    return found


PANELS = {
    "the attacker knows the linkage": {
        "single, bridges": ("single linkage", "C0-"),
        "complete, bridges": ("complete linkage", "C1-"),
        "single, random": ("single linkage, random points", "C7:"),
        "guarded, bridges": ("density-guarded", "C2-"),
        "bagged, bridges": ("bagged", "C3-"),
    },
    "the attacker knows the guarded clusterer": {
        "guarded, known": ("density-guarded", "C2-"),
        "guarded, known, 3 points": ("density-guarded, 3 points a bridge", "C2--"),
        "bagged, known, 3 points": ("bagged, 3 points a bridge", "C3--"),
    },
}


def draw_curves(draws: Sequence[Scores], out: Path) -> None:
    """Agreement with the digits against the number of bridges, mean and standard deviation over draws."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 4))
    for axes, (title, settings) in zip(figure.subplots(1, 2, sharey=True), PANELS.items(), strict=True):
        shown = [(setting, *look) for setting, look in settings.items() if setting in draws[0]]
        for place, (setting, label, style) in enumerate(shown):
            values = np.array([[digits for digits, _ in scores[setting]] for scores in draws])
            spread = values.std(axis=0, ddof=1) if len(draws) > 1 else None
            aside = 0.06 * (place - (len(shown) - 1) / 2)
            axes.errorbar(np.arange(POINTS + 1) + aside, values.mean(axis=0), spread, fmt=style, label=label, elinewidth=0.8)
        axes.set(title=title, xlabel="bridges, or random points, among 300 rows", ylim=(-0.1, 1))
        axes.legend(fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)
    figure.axes[0].set_ylabel("agreement with the digits\n(adjusted Rand index)")
    save(figure, "bridge", out)


def run(small: bool, out: Path) -> int:
    """Reproduce the bridge attack on hierarchical clustering."""
    draws = []
    for seed in range(FIRST_DRAW, FIRST_DRAW + (1 if small else 5)):
        with threadpool_limits(1):  # so few rows are sooner clustered by one thread
            draws.append(measured(Draw.of(seed), small))
        note(f"draw {seed} done")
    draw_curves(draws, out)
    return conclude("Bridge points on the digits 0, 1 and 6", claims(draws))


if __name__ == "__main__":
    main(run)
