"""Small torch networks with one logit, trained on rows that are made harder batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.errors import InvalidInput
from amlsec.privacy import library

Floats = NDArray[np.float64]
Harder = Callable[[Any, Floats, NDArray[np.int64], float], Floats]
"""From the net so far, rows, labels and the share of the training that is done, to the rows to train on instead."""


def torch() -> Any:
    """The library; raises InvalidInput, naming the extra, where it is not installed."""
    try:
        return import_module("torch")
    except ImportError as error:
        raise InvalidInput("torch", None, "is needed here: pip install 'amlsec[torch]'") from error


def untrained(width: int, hidden: Sequence[int], seed: int) -> Any:
    """Rectified layers of these sizes and one logit, in double precision, drawn from the seed alone."""
    nn = torch().nn
    with torch().random.fork_rng(devices=[]):
        torch().manual_seed(seed)
        sizes = [width, *hidden]
        layers = [layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b), nn.ReLU())]
        return nn.Sequential(*layers, nn.Linear(sizes[-1], 1)).double()


def train(
    net: Any, X: Floats, y: NDArray[np.int64], harder: Harder, *, epochs: int, batch: int, rate: float, seed: int
) -> Any:
    """The net after Adam on the log-loss of rows made harder, classes weighing the same; step lengths fall to 0."""
    rng, weights = np.random.default_rng(seed), len(y) / (2 * np.maximum(np.bincount(y, minlength=2), 1))
    optimizer = torch().optim.Adam(net.parameters(), lr=rate)
    for epoch in range(epochs):
        for group in optimizer.param_groups:
            group["lr"] = rate * (1 + np.cos(np.pi * epoch / epochs)) / 2
        order = rng.permutation(len(X))
        for rows in np.split(order, range(batch, len(X), batch)):
            tried = harder(net, X[rows], y[rows], epoch / epochs)
            _step(net, optimizer, tried, y[rows], weights[y[rows]])
    return net.eval()


def _step(net: Any, optimizer: Any, X: Floats, y: NDArray[np.int64], weights: Floats) -> None:
    net.train()
    logits = net(torch().as_tensor(X))[:, 0]
    target, weight = torch().as_tensor(y.astype(np.float64)), torch().as_tensor(weights)
    loss = torch().nn.functional.binary_cross_entropy_with_logits(logits, target, weight=weight)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def train_privately(
    net: Any, X: Floats, y: NDArray[np.bool_], *, noise: float, share: float, steps: int, rate: float, seed: int
) -> Any:
    """The net after Adam on gradients that are cut to length 1 row by row and summed under noise (DP-SGD, by opacus).

    A step draws each row with chance `share` and adds normal noise of deviation `noise` to the sum; which rows it drew, and
    how many, is not to be told.
    """
    private = library("opacus", "opacus")
    draws = torch().Generator().manual_seed(seed)
    watched = private.GradSampleModule(net, loss_reduction="sum")
    optimizer = private.optimizers.DPOptimizer(
        torch().optim.Adam(net.parameters(), lr=rate),
        noise_multiplier=noise,
        max_grad_norm=1.0,
        expected_batch_size=max(share * len(X), 1.0),
        generator=draws,
    )
    rows, target = torch().as_tensor(X), torch().as_tensor(y.astype(np.float64))
    for _ in range(steps):
        drawn = torch().rand(len(X), generator=draws) < share
        optimizer.zero_grad()
        step = rows[drawn].requires_grad_()  # else torch warns that a hook has no gradient to look at
        answers = watched(step)[:, 0]
        torch().nn.functional.binary_cross_entropy_with_logits(answers, target[drawn], reduction="sum").backward()
        optimizer.step()
    return watched.to_standard_module().eval()


def logits(net: Any, X: Floats) -> Floats:
    """The net's answer (n,) to each row."""
    with torch().no_grad():
        return np.asarray(net(torch().as_tensor(X))[:, 0].numpy(), dtype=np.float64)
