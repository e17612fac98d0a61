"""Many small nets trained at once, each on its own half of the same rows; on a GPU where torch finds one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.defenses.nets import torch

Floats = NDArray[np.float64]
ROWS_AT_ONCE = 2000


@dataclass(frozen=True)
class Recipe:
    """How each net is trained: two hidden layers of this width, Adam, a learning rate that rises and falls once."""

    hidden: int
    epochs: int
    rate: float = 0.003
    batch: int = 256


def halves(models: int, rows: int, seed: int) -> NDArray[np.bool_]:
    """Where each row is trained on (models, rows): each two models on a random half and on the other half."""
    order = np.random.default_rng(seed).random(((models + 1) // 2, rows)).argsort(axis=1).argsort(axis=1)
    chosen = order < rows // 2
    return np.stack([chosen, ~chosen], axis=1).reshape(-1, rows)[:models]


def log_odds(X: Floats, y: NDArray[np.int64], inside: NDArray[np.bool_], recipe: Recipe, seed: int) -> Floats:
    """The log-odds (models, n) of each row's own label, by nets that are each trained on the rows inside (models, n)."""
    rows, labels = (torch().as_tensor(part, dtype=torch().float32, device=_device()) for part in (X, y))
    own = torch().as_tensor(np.stack([np.flatnonzero(row) for row in inside]), device=_device())
    weights = _trained(_untrained(len(own), X.shape[1], recipe.hidden, seed), rows, labels, own, recipe, seed)
    with torch().no_grad():
        parts = [_malice(weights, part.expand(len(own), -1, -1)) for part in rows.split(ROWS_AT_ONCE)]
        malice = torch().cat(parts, 1).double().cpu().numpy()
    return np.where(y == 1, malice, -malice)


def _device() -> str:
    return "cuda" if torch().cuda.is_available() else "cpu"


def _untrained(models: int, width: int, hidden: int, seed: int) -> list[Any]:
    """Weights (models, in, out) and shifts (models, 1, out) of three layers."""
    generator = torch().Generator().manual_seed(seed)
    weights = []
    for one, two in ((width, hidden), (hidden, hidden), (hidden, 1)):
        drawn = torch().rand(models, one, two, generator=generator) * 2 - 1
        weights += [drawn / math.sqrt(one), torch().zeros(models, 1, two)]
    return [part.to(_device()).requires_grad_() for part in weights]


def _malice(weights: list[Any], X: Any) -> Any:
    """Log-odds of malice (models, k) of rows (models, k, d)."""
    first, shift, second, bias, last, end = weights
    return ((((X @ first + shift).relu() @ second + bias).relu()) @ last + end)[..., 0]


def _trained(weights: list[Any], X: Any, y: Any, own: Any, recipe: Recipe, seed: int) -> list[Any]:
    steps = own.shape[1] // recipe.batch
    optimizer = torch().optim.Adam(weights, lr=recipe.rate)
    schedule = torch().optim.lr_scheduler.OneCycleLR(optimizer, recipe.rate, recipe.epochs * steps, pct_start=0.1)
    generator = torch().Generator().manual_seed(seed)
    for _ in range(recipe.epochs):
        order = own.gather(1, torch().rand(own.shape, generator=generator).argsort(1).to(_device()))
        for at in order[:, : steps * recipe.batch].split(recipe.batch, 1):
            _step(weights, X[at], y[at], optimizer)
            schedule.step()
    return weights


def _step(weights: list[Any], X: Any, y: Any, optimizer: Any) -> None:
    loss = torch().nn.functional.binary_cross_entropy_with_logits(_malice(weights, X), y, reduction="none")
    optimizer.zero_grad()
    loss.mean(1).sum().backward()
    optimizer.step()
