"""Defensive distillation (Papernot et al. 2016b) against who looks at another layer (Carlini and Wagner 2017).

A network is trained at a temperature, a second one of the same shape on the first one's softened answers at that
temperature, and deployed at temperature 1. The same attacks are played twice, along the slope of its softmax, as
papers of that time did, and along the slope of the layer before; and a search that sees verdicts alone, which no layer
matters to. Digits 3 against 7 (8 x 8 pixels; a 3 is to pass for a 7; a pixel's whole range costs 1) and Android apps
(Drebin-215; malware is to pass; a feature added costs 1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from _claims import Claim, conclude, main, note, save
from _digits import small_digits, two_classes
from numpy.typing import NDArray

from amlsec.budget import EvasionBudget
from amlsec.catalogue import named
from amlsec.data import MALICIOUS, Batch
from amlsec.datasets import drebin
from amlsec.defenses import nets
from amlsec.frame import evade
from amlsec.models.torch_module import TorchClassifier
from amlsec.oracle import Classifier
from amlsec.space.column import Column, Kind
from amlsec.space.settings import corrected
from amlsec.space.tabular import TabularSpace, infer
from amlsec.whitebox.families.torch_modules import module_slope

NEEDS = (drebin.FILE,)
UNDEFENDED = 0
TEMPERATURES = (UNDEFENDED, 1, 20, 100)
ATTACKS = ("fgsm", "jsma", "pgd")
REACH = {"digits": 6.0, "apps": 10.0}
LOOKING = {
    "JSMA along the logits": "jsma, logits",
    "PGD along the logits": "pgd, logits",
    "search by verdicts": "label-search, logits",
}
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Size:
    """How many rows train and are attacked, queries for each, passes over the training rows, temperatures, and folds."""

    trained: dict[str, int]
    attacked: int
    queries: int
    epochs: int
    temperatures: tuple[int, ...]
    folds: tuple[int, ...]


FULL = Size({"digits": 200, "apps": 2000}, 40, 400, 200, TEMPERATURES, (0, 1, 2))
SMALL = Size({"digits": 200, "apps": 300}, 8, 60, 60, (UNDEFENDED, 100), (0,))


@dataclass(frozen=True)
class Measured:
    """One network on one fold.

    Attributes
    ----------
    wrong : share of test rows judged wrongly, unattacked
    flat : share of the attacked rows at which the softmax has no slope at all
    passed : by attack and what it looks at, the share of the attacked rows that pass within the reach
    cost : by attack, the median cost of the cheapest evasion found; no bound on cost
    """

    wrong: float
    flat: float
    passed: dict[str, float]
    cost: dict[str, float]


def untrained(width: int, seed: int) -> Any:
    """A network of two hidden layers that answers with two logits."""
    torch = nets.torch()

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        sizes = (width, 64, 64)
        hidden = [part for ends in pairwise(sizes) for part in (torch.nn.Linear(*ends), torch.nn.ReLU())]
        return torch.nn.Sequential(*hidden, torch.nn.Linear(sizes[-1], 2))


def trained(X: Floats, wanted: Any, temperature: float, epochs: int, seed: int) -> Any:
    """A network whose softmax at this temperature comes near the wanted probabilities (n, 2); Adam, batches of 64."""
    torch = nets.torch()

    module, rows = untrained(X.shape[1], seed), torch.as_tensor(X).float()
    steps, order = torch.optim.Adam(module.parameters(), 0.005), np.random.default_rng(seed)
    for _ in range(epochs):
        for batch in np.array_split(order.permutation(len(X)), max(1, len(X) // 64)):
            steps.zero_grad()
            torch.nn.functional.cross_entropy(module(rows[batch]) / temperature, wanted[batch]).backward()
            steps.step()
    return module.eval()


def hardened(train: Batch, temperature: int, epochs: int, seed: int) -> Any:
    """A network trained by labels alone, or distilled at a temperature."""
    torch = nets.torch()

    labels = torch.nn.functional.one_hot(torch.as_tensor(train.y), 2).float()
    teacher = trained(train.X, labels, max(1, temperature), epochs, seed)
    if temperature == UNDEFENDED:
        return teacher
    with torch.no_grad():
        softened = torch.softmax(teacher(torch.as_tensor(train.X).float()) / temperature, dim=1)
    return trained(train.X, softened, temperature, epochs, seed + 100)


def digits(seed: int) -> tuple[Batch, TabularSpace]:
    """All 3s and 7s; a pixel's whole range costs 1."""
    space = TabularSpace([Column(f"p{j}", Kind.NUMERIC, 0, 1) for j in range(64)])
    return two_classes(small_digits(), 3, 7, np.random.default_rng(seed)), space


def apps(seed: int) -> tuple[Batch, TabularSpace]:
    """Apps that can only have more features; each costs 1."""
    demo = drebin.load(seed)
    return demo.batch.rows(slice(0, 4000)), corrected(infer(demo.batch.X, demo.columns), demo.space)


DATA: dict[str, Callable[[int], tuple[Batch, TabularSpace]]] = {"digits": digits, "apps": apps}


def measured(module: Any, test: Batch, space: TabularSpace, reach: float, size: Size, seed: int) -> Measured:
    """Attack a network along its softmax, along its logits, and by verdicts."""
    torch = nets.torch()

    squashed = torch.nn.Sequential(module, torch.nn.Softmax(dim=1))
    seen = {"softmax": Classifier(TorchClassifier(squashed)), "logits": Classifier(TorchClassifier(module))}
    judge, malicious = seen["logits"], test.labelled(MALICIOUS).X
    X = malicious[judge.labels(malicious) == MALICIOUS][: size.attacked]

    def costs(attack: str, layer: str, bound: float) -> Floats:
        budget, rng = EvasionBudget(bound, size.queries), np.random.default_rng(seed)
        found = evade(named(attack), seen[layer], X, space=space, budget=budget, rng=rng)
        return np.where(judge.labels(found.X) == MALICIOUS, np.inf, found.cost)

    played = [(attack, layer) for attack in ATTACKS for layer in seen] + [("label-search", "logits")]
    return Measured(
        wrong=float((judge.labels(test.X) != test.y).mean()),
        flat=float((module_slope(squashed).gradient(X) == 0).all(axis=1).mean()),
        passed={f"{attack}, {layer}": float(np.isfinite(costs(attack, layer, reach)).mean()) for attack, layer in played},
        cost={attack: float(np.median(costs(attack, "logits", np.inf))) for attack in ("jsma", "label-search")},
    )


def fold(data: str, size: Size, seed: int) -> dict[int, Measured]:
    """Every network of one data set, trained and attacked on the same rows."""
    batch, space = DATA[data](seed)
    cut = size.trained[data]
    train, test = batch.rows(slice(0, cut)), batch.rows(slice(cut, None))
    found = {}
    for temperature in size.temperatures:
        module = hardened(train, temperature, size.epochs, seed)
        found[temperature] = measured(module, test, space, REACH[data], size, seed)
        note(f"fold {seed}, {data}, temperature {temperature}: {found[temperature]}")
    return found


def claims(data: str, folds: Sequence[dict[int, Measured]], slack: float) -> list[Claim]:
    def passed(temperature: int, kind: str) -> list[float]:
        return [one[temperature].passed[kind] for one in folds]

    def ratio(attack: str) -> list[float]:
        return [one[100].cost[attack] / one[UNDEFENDED].cost[attack] for one in folds]

    def more(kind: str) -> list[float]:
        return list(np.subtract(passed(100, kind), passed(UNDEFENDED, kind)))

    def flat(temperature: int) -> list[float]:
        return [one[temperature].flat for one in folds]

    wrong, high = [one[100].wrong - one[UNDEFENDED].wrong for one in folds], "distilled at 100"
    return [
        Claim(f"{data}: wrong verdicts, {high} less undefended", wrong, -0.05, 0.03),
        Claim(f"{data}: rows without a slope of the softmax, undefended", flat(UNDEFENDED), 0, 0.2),
        Claim(f"{data}: the same, {high}", flat(100), 0.8, 1, "vanishes"),
        Claim(f"{data}: JSMA along the softmax, undefended", passed(UNDEFENDED, "jsma, softmax"), 0.5, 1, "95 %"),
        Claim(f"{data}: the same, {high}", passed(100, "jsma, softmax"), 0, 0.2, "under 0.5 %"),
        Claim(f"{data}: FGSM along the softmax, {high}", passed(100, "fgsm, softmax"), 0, 0.2),
        *(
            Claim(
                f"{data}: {what}, {high} less undefended",
                more(kind),
                -0.1 - slack,
                1,
                "no less",
            )
            for what, kind in LOOKING.items()
        ),
        *(
            Claim(
                f"{data}: median cost by {attack}, {high} over undefended",
                ratio(attack),
                0.67 - slack,
                1.5 + slack,
                "no dearer",
                "times",
            )
            for attack in ("jsma", "label-search")
        ),
    ]


def draw(found: dict[str, list[dict[int, Measured]]], temperatures: Sequence[int], out: Path) -> None:
    """The share that passes at each temperature, by attack and by what it looks at."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4), layout="constrained")
    panels = figure.subplots(1, len(found), sharey=True)
    for axes, (data, folds) in zip(panels, found.items(), strict=True):
        for kind in folds[0][UNDEFENDED].passed:
            shares = [100 * np.mean([one[t].passed[kind] for one in folds]) for t in temperatures]
            attack, layer = kind.split(", ")
            at = (*ATTACKS, "label-search").index(attack)
            label = f"{attack}, {'verdicts' if attack == 'label-search' else layer}"
            style = {"marker": "osD^"[at], "markersize": 12 - 2.5 * at, "markerfacecolor": "none"}
            axes.plot(range(len(shares)), shares, "--" if layer == "softmax" else "-", color=f"C{at}", label=label, **style)
        axes.set_xticks(range(len(temperatures)), ["plain", *(f"T = {t}" for t in temperatures[1:])])
        axes.set(title=f"{data}, cost at most {REACH[data]:g}", ylim=(-3, 103), ylabel="rows that pass, %")
        axes.grid(alpha=0.3)
    panels[-1].legend(title="attack, looks at", loc="center left", bbox_to_anchor=(1.0, 0.5))
    save(figure, "distillation", out)


def run(small: bool, out: Path) -> int:
    """Distill, attack along two layers, draw, print the claims; 0 where all hold."""
    size = SMALL if small else FULL
    found = {data: [fold(data, size, seed) for seed in size.folds] for data in DATA}
    draw(found, size.temperatures, out)
    slack = 0.3 if small else 0.0
    return conclude("Defensive distillation", [one for data, folds in found.items() for one in claims(data, folds, slack)])


if __name__ == "__main__":
    main(run)
