"""LiRA (Carlini et al. 2022) against the loss threshold on an over-fitted net.

Adult: a net of 64 hidden units learns 1,000 rows by heart; 20,000 others; shadow models learn 1,000 of 2,000 more.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from _adult import NEEDS as NEEDS
from _adult import standardised
from _claims import Claim, conclude, main, note, save
from _membership import Fold, Guess, draw, found, guess, parts
from _membership import fold as asked
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from amlsec.attacks.membership.lira import lira
from amlsec.attacks.membership.membership_by_loss import membership_by_loss
from amlsec.data import Batch
from amlsec.evaluation.epsilon import lower_bound

MEMBERS, OTHERS = 1000, 20_000
LOSS = "the loss"


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


def fold(rows: Batch, counts: Sequence[int], seed: int) -> Fold:
    """The loss and LiRA with so many shadow models, on one net."""
    drawn = parts(rows, (MEMBERS, OTHERS, 2 * MEMBERS), np.random.default_rng(seed))
    model = Margins(overfit().set_params(random_state=seed).fit(drawn[0].X, drawn[0].y))
    attacks: dict[str, Guess] = {LOSS: partial(guess, membership_by_loss)}
    for models in counts:
        attacks[lira_with(models)] = partial(guess, lira, like=overfit(), models=models)
    return asked(model, drawn, attacks, seed)


def lira_with(models: int) -> str:
    return f"LiRA, {models} shadow models"


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
    return [*rows, Claim("epsilon proved of the net by the loss", shown, 1, np.inf, unit="eps")]


def draw_curves(folds: Sequence[Fold], out: Path) -> None:
    """Members found against false positives, both logarithmic, mean over folds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.4))
    axes = figure.subplots()
    draw(axes, folds)
    axes.legend()
    save(figure, "lira", out)


def run(small: bool, out: Path) -> int:
    """LiRA against the loss on an over-fitted net."""
    rows, folds = standardised(), []
    for seed in range(1 if small else 8):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the net is trained on to its last epoch, as it should be
            folds.append(fold(rows, (8,) if small else (24,), seed))
        note(f"fold {seed} done")
    draw_curves(folds, out)
    return conclude("LiRA against the loss, Adult", claims(folds))


if __name__ == "__main__":
    main(run)
