"""The Secret Sharer (Carlini et al. 2019) on tables: how exposed canaries are by how often they stand in the training data.

2,000 rows of NSL-KDD with random canaries, each in or out by a coin, five draws (--small: one, at two numbers of copies).
The paper's models are language models, these are classifiers: its bits are no marks to reach, its claims are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from _claims import Claim, conclude, main, note, save
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from amlsec.canaries.plant import Wanted, plant
from amlsec.canaries.register import CanaryRegister
from amlsec.data import Batch
from amlsec.datasets.nsl_kdd import FILE, load
from amlsec.defenses.learners.output_perturbation import OutputPerturbation
from amlsec.evaluation.exposure import Exposure, Floats, exposures, leaked
from amlsec.oracle import Classifier
from amlsec.space.tabular import infer
from amlsec.tables.load import Columns
from amlsec.tables.load import load as as_table

NEEDS: tuple[str, ...] = (FILE,)
COPIES, ROWS, CANARIES, DRAWS = (1, 2, 4, 8, 16, 32), 2000, 60, 5
BITS = "bits"
FOREST, BOOSTED, STUMP, PRIVATE = "random forest", "boosted trees", "tree of depth 2", "private, epsilon 1"


def learners(space: Any, seed: int) -> dict[str, Any]:
    private = OutputPerturbation(epsilon=1.0, space=space, random_state=seed)
    return {
        FOREST: RandomForestClassifier(100, random_state=seed),
        BOOSTED: HistGradientBoostingClassifier(max_iter=60, early_stopping=False, random_state=seed),
        STUMP: DecisionTreeClassifier(max_depth=2, random_state=seed),
        PRIVATE: private,
    }


@dataclass(frozen=True)
class Found:
    """What one model gave away in one draw.

    Attributes
    ----------
    planted, held_back : p-values of the canaries
    given_away : share of the planted ones exposed beyond chance
    right : share of 2,000 other rows judged rightly
    """

    planted: Floats
    held_back: Floats
    given_away: float
    right: float


def drawn(batch: Batch, seed: int) -> tuple[Batch, Batch]:
    """Rows to train on and others."""
    order = np.random.default_rng(seed).permutation(len(batch))
    return batch.rows(order[:ROWS]), batch.rows(order[ROWS : 2 * ROWS])


def draw(batch: Batch, names: tuple[str, ...], seed: int, copies: int) -> dict[str, Found]:
    """What each model gives away of canaries that stand so often among its training rows; categories are codes."""
    train, others = drawn(batch, seed)
    data, columns = pa.table({**{name: train.X[:, j] for j, name in enumerate(names)}, "label": train.y}), Columns("label")
    rows, register = plant(data, columns, wanted=Wanted(CANARIES, copies), seed=seed)
    table = as_table(pa.concat_tables([data, rows]), columns)
    seen = {}
    for name, learner in learners(infer(batch.X, names), seed).items():
        model = Classifier(learner.fit(table.batch.X, table.batch.y))
        right = float((model.labels(others.X) == others.y).mean())
        seen[name] = found(exposures(model, register, table), register, right)
    return seen


def found(each: dict[str, Exposure], register: CanaryRegister, right: float) -> Found:
    planted = {name: each.pop(name) for name, canary in register.canaries.items() if canary.planted}
    p, others = (np.array([exposure.p for exposure in part.values()]) for part in (planted, each))
    return Found(p, others, len(leaked(planted)) / len(planted), right)


Seen = Mapping[tuple[int, int], Mapping[str, Found]]
"""By seed and copies, by model."""


def of(seen: Seen, name: str, copies: int) -> list[Found]:
    """One model at one number of copies, draw by draw."""
    return [each[name] for (_, often), each in seen.items() if often == copies]


def bits(seen: Seen, name: str, copies: int) -> list[float]:
    """The median exposure of the planted canaries in each draw."""
    return [median_bits(each.planted) for each in of(seen, name, copies)]


def median_bits(p: Floats) -> float:
    return float(np.median(-np.log2(p)))


def claims(seen: Seen) -> list[Claim]:
    few, many = min(COPIES), max(copies for _, copies in seen)
    held = np.concatenate([each.held_back for models in seen.values() for each in models.values()])
    growth = {name: np.subtract(bits(seen, name, many), bits(seen, name, few)).tolist() for name in (FOREST, BOOSTED)}
    once, often = ({name: of(seen, name, copies) for name in (FOREST, PRIVATE)} for copies in (few, many))
    return [
        *(Claim(f"{name}: exposure at {many} copies less at one", by, 1, 10, "grows", BITS) for name, by in growth.items()),
        Claim(f"{FOREST}: share given away at {many} copies", [each.given_away for each in often[FOREST]], 0.5, 1),
        *(Claim(f"{name}: median exposure at one copy", bits(seen, name, few), 1, 10, "", BITS) for name in growth),
        Claim(f"{STUMP}: median exposure at one copy", bits(seen, STUMP, few), 0, 2, "", BITS),
        Claim(f"{PRIVATE}: median exposure at one copy", bits(seen, PRIVATE, few), 0, 2, "not exposed", BITS),
        Claim(f"{PRIVATE}: share given away at one copy", [each.given_away for each in once[PRIVATE]], 0, 0.02, "none"),
        Claim("held back, all models: share with 1 bit or more", [float((held <= 0.5).mean())], 0, 0.55, "1 in 2"),
        Claim("held back, all models: share with 4 bits or more", [float((held <= 1 / 16).mean())], 0, 1 / 12, "1 in 16"),
    ]


def prices(seen: Seen) -> list[Claim]:
    """How the models serve; noise that is drawn once says nothing of its mean, so that this takes all draws."""
    once = {name: of(seen, name, min(COPIES)) for name in (FOREST, PRIVATE)}
    return [Claim(f"{name}: other rows judged rightly", [each.right for each in once[name]], 0.5, 1) for name in once]


def draw_curves(seen: Seen, out: Path) -> None:
    """Median exposure against copies, mean and standard deviation over draws, and those held back."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4))
    axes = figure.subplots()
    often = sorted({copies for _, copies in seen})
    for name in next(iter(seen.values())):
        values = np.array([bits(seen, name, copies) for copies in often])
        axes.errorbar(often, values.mean(axis=1), values.std(axis=1), label=name, marker="o", capsize=2)
    held = [np.mean([median_bits(each.held_back) for each in of(seen, FOREST, copies)]) for copies in often]
    axes.plot(often, held, "k--", label=f"held back, {FOREST}")
    axes.set_xscale("log", base=2)
    axes.set_xticks(often, [str(copies) for copies in often])
    axes.axhline(1, color="0.6", linewidth=0.8, label="a model that knows nothing")
    axes.set(xlabel="copies of each canary among the training rows", ylabel="median exposure, bits", ylim=(0, 10.5))
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    save(figure, "secret_sharer", out)


def run(small: bool, out: Path) -> int:
    """Measure exposure against repetition."""
    demo = load()
    seen = {}
    for seed in range(1 if small else DRAWS):
        for copies in (COPIES[0], COPIES[-1]) if small else COPIES:
            seen[seed, copies] = draw(demo.batch, demo.columns, seed, copies)
        note(f"draw {seed} done")
    draw_curves(seen, out)
    return conclude("Exposure of canaries, NSL-KDD", [*claims(seen), *([] if small else prices(seen))])


if __name__ == "__main__":
    main(run)
