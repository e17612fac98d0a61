"""LiRA (Carlini et al. 2022) against the loss threshold on an over-fitted net, and whether private models keep epsilon.

Adult: a net of 64 hidden units learns 1,000 rows by heart; 20,000 others; shadow models learn 1,000 of 2,000 more.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _adult import NEEDS as NEEDS
from _adult import in_the_unit_ball, standardised
from _claims import Claim, conclude, main, note, save
from _output_perturbation import Canary, PrivateLogistic, canary
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from amlsec.attacks.membership.lira import lira
from amlsec.attacks.membership.membership_by_loss import membership_by_loss
from amlsec.budget import QueryBudget
from amlsec.data import Batch
from amlsec.evaluation.epsilon import lower_bound
from amlsec.evaluation.membership import threshold
from amlsec.oracle import Model, Oracle, fitted
from amlsec.shadow import Shadow
from amlsec.space.tabular import infer
from amlsec.threat import Access

MEMBERS, OTHERS = 1000, 20_000
EPSILON, WEIGHT, CANARY_WEIGHT = 1.0, 0.001, 0.01
"""What is claimed, and how strongly regularised: the canary where one row moves the optimum most."""

LOSS = "the loss"
COLUMN = 4
"""Of the canary: hardly anyone has a capital loss."""

Scores = NDArray[np.float64]
Guesses = dict[str, Scores]


@dataclass(frozen=True, eq=False)
class Fold:
    """Guesses (n,) by attack on the net, and the shares of members and others on which it is right."""

    members: Guesses
    others: Guesses
    right: tuple[float, float]


class Margins:
    """A net as a Model whose scores are its log-odds, before they are rounded to probabilities of 0 and 1.

    So that the loss of one sure row differs from that of another.
    """

    def __init__(self, net: Any) -> None:
        self.net = net

    def scores(self, X: Any, /) -> Any:
        (first, last), (shift, end) = self.net.coefs_, self.net.intercepts_
        return (np.maximum(X @ first + shift, 0) @ last + end)[:, 0]

    def labels(self, X: Any, /) -> Any:
        return (self.scores(X) > 0).astype(np.int64)


def overfit() -> Any:
    """An unfitted net that is trained long after it knows its rows by heart."""
    return MLPClassifier((64,), learning_rate_init=0.01, batch_size=50, alpha=0, max_iter=150, n_iter_no_change=150, tol=0)


def parts(rows: Batch, sizes: Sequence[int], rng: np.random.Generator) -> list[Batch]:
    """Disjoint parts of these sizes, drawn at random."""
    order = rng.permutation(len(rows))[: sum(sizes)]
    return [rows.rows(at) for at in np.split(order, np.cumsum(sizes)[:-1])]


def guess(
    attack: Callable[..., Scores], model: Model, rows: Batch, own: Batch, seed: int, like: Any = None, **how: Any
) -> Scores:
    """What an attack says of each row (n,) from one query."""
    oracle = Oracle(model, access=Access.SCORES, rows=len(rows), queries=1)
    shadow = Shadow(own, infer(own.X, [str(k) for k in range(own.X.shape[1])]), like)
    return attack(oracle, rows, shadow=shadow, budget=QueryBudget(1), rng=np.random.default_rng(seed), **how)


def fold(rows: Batch, counts: Sequence[int], seed: int) -> Fold:
    """The loss and LiRA with so many shadow models, on one net."""
    members, others, shadow = parts(rows, (MEMBERS, OTHERS, 2 * MEMBERS), np.random.default_rng(seed))
    model = Margins(overfit().set_params(random_state=seed).fit(members.X, members.y))
    both = members + others
    guesses = {LOSS: guess(membership_by_loss, model, both, shadow, seed)}
    for models in counts:
        guesses[lira_with(models)] = guess(lira, model, both, shadow, seed, overfit(), models=models)
    apart = [{name: each[at] for name, each in guesses.items()} for at in (slice(MEMBERS), slice(MEMBERS, None))]
    right = [float((model.labels(part.X) == part.y).mean()) for part in (members, others)]
    return Fold(apart[0], apart[1], (right[0], right[1]))


def lira_with(models: int) -> str:
    return f"LiRA, {models} shadow models"


def found(each: Fold, attack: str, allowed: float) -> float:
    """The share of members above the threshold of a false positive rate."""
    return float((each.members[attack] > threshold(each.others[attack], allowed)).mean())


def kept(rows: Batch, size: int, seed: int) -> tuple[float, float]:
    """What LiRA proves of the epsilon of a private model, and how often the model is right on others."""
    members, others, shadow = parts(rows, (size, size, 2 * size), np.random.default_rng(seed))
    learner = PrivateLogistic(EPSILON, WEIGHT, random_state=seed).fit(members.X, members.y)
    model, like = fitted(learner), PrivateLogistic(EPSILON, WEIGHT)
    guesses = guess(lira, model, members + others, shadow, seed, like)
    return lower_bound(guesses[:size], guesses[size:]), float((learner.predict(others.X) == others.y).mean())


def told(game: Canary, draws: int, runs: int, noise_share: float) -> list[float]:
    """What the best attack proves of epsilon, each from so many releases with either label of the canary."""
    return [lower_bound(*game.guesses(draws, np.random.default_rng(seed), noise_share)) for seed in range(runs)]


def claims(folds: Sequence[Fold]) -> list[Claim]:
    """Of the net: the loss finds no more than chance does, so LiRA's share is held against either."""
    by_loss, liras = [found(each, LOSS, 0.001) for each in folds], [name for name in folds[0].members if name != LOSS]
    rows = [
        Claim("net right on the rows it was trained on", [each.right[0] for each in folds], 0.97, 1),
        Claim("net right on others", [each.right[1] for each in folds], 0.75, 0.9),
        Claim("members found by the loss at 0.1 % false positives", by_loss, 0, 0.005, "0.0 % (CIFAR-10)"),
    ]
    rows += [Claim("the same at 1 %", [found(each, LOSS, 0.01) for each in folds], 0, 0.05)]
    for name in liras:
        shares = [found(each, name, 0.001) for each in folds]
        margin = [share - 5 * other for share, other in zip(shares, by_loss, strict=True)]
        rows += [
            Claim(f"members found by {name}, at 0.1 %", shares, 0.005, 1, "8.4 % (CIFAR-10, 256 models)"),
            Claim("the same less 5 times what the loss finds", margin, 0, 1),
            Claim(f"members found by {name}, at 1 %", [found(each, name, 0.01) for each in folds], 0.02, 1),
        ]
    shown = [lower_bound(each.members[LOSS], each.others[LOSS]) for each in folds]
    return [*rows, Claim("epsilon proved of the net by the loss", shown, EPSILON, np.inf, unit="eps")]


def private_claims(small: bool) -> list[Claim]:
    """Of private models at epsilon 1, which no run may contradict, and of one that has a tenth of the noise."""
    rows = in_the_unit_ball()
    rows, runs, size = rows.rows(np.random.default_rng(0).permutation(len(rows))), 3 if small else 20, 10_000
    bounds, right = zip(*(kept(rows, size, seed) for seed in range(runs)), strict=True)
    game = canary(rows.rows(slice(size)), CANARY_WEIGHT, EPSILON, COLUMN)
    whole, tenth = (told(game, 20_000, runs, share) for share in (1.0, 0.1))
    above = [float(bound > game.epsilon) for bound in whole]
    return [
        Claim("private model right on others", right, 0.78, 0.9),
        _epsilon("LiRA's bound on its epsilon, largest of all runs", max(bounds), 0, EPSILON),
        _epsilon("epsilon of the canary's two training sets alone", game.epsilon, 0, EPSILON),
        _epsilon("the best attack's bound on it, largest of all runs", max(whole), 0, EPSILON),
        Claim("runs in which it is above the epsilon of these two sets", above, 0, 0.05),
        _epsilon("its bound with a tenth of the noise, smallest of all runs", min(tenth), EPSILON, 10 * EPSILON),
    ]


def _epsilon(what: str, value: float, low: float, high: float) -> Claim:
    return Claim(what, [value], low, high, unit="eps")


def draw_curves(folds: Sequence[Fold], out: Path) -> None:
    """Members found against false positives, both logarithmic, mean over folds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.4))
    axes, rates = figure.subplots(), np.geomspace(1 / OTHERS, 1 - 1 / OTHERS, 60)
    for name in folds[0].members:
        shares = np.mean([[found(each, name, rate) for rate in rates] for each in folds], axis=0)
        axes.plot(100 * rates, 100 * shares, label=name)
    axes.plot(100 * rates, 100 * rates, "k:", label="chance")
    axes.axvline(0.1, color="0.7", linewidth=0.8)
    axes.set(xscale="log", yscale="log", ylim=(0.01, 120))
    axes.set(xlabel="others taken for members, %", ylabel="members found, %")
    axes.legend()
    save(figure, "lira", out)


def run(small: bool, out: Path) -> int:
    """LiRA against the loss on an over-fitted net, and the epsilon of private models."""
    rows, folds = standardised(), []
    for seed in range(1 if small else 8):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the net is trained on to its last epoch, as it should be
            folds.append(fold(rows, (8,) if small else (24,), seed))
        note(f"fold {seed} done")
    draw_curves(folds, out)
    return conclude("LiRA against the loss, and epsilon, Adult", [*claims(folds), *private_claims(small)])


if __name__ == "__main__":
    main(run)
