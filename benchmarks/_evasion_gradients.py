"""Gradient attacks of foolbox and adversarial-library on models whose gradient PyTorch computes."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from _evasion_cells import Cell
from _evasion_watched import REACH, Floats, View

from amlsec.data import Rows

DIFFERENTIABLE = ("logistic", "mlp")
Attack = Callable[[Any, Any, Any, int], Any]


def foolbox_fmn(model: Any, u: Any, labels: Any, steps: int) -> Any:
    """Fast minimum norm under L1, its longest step a tenth of the box."""
    import foolbox

    return foolbox.attacks.L1FMNAttack(steps=steps, max_stepsize=0.1)(_boxed(model), u, labels, epsilons=None)


def foolbox_ead(model: Any, u: Any, labels: Any, steps: int) -> Any:
    """Elastic net under L1, nine constants, the steps shared among them."""
    import foolbox

    attack = foolbox.attacks.EADAttack(binary_search_steps=9, steps=max(1, steps // 18), decision_rule="L1")
    return attack(_boxed(model), u, labels, epsilons=None)


def foolbox_sparse(model: Any, u: Any, labels: Any, steps: int) -> Any:
    """Sparse L1 descent (Tramer and Boneh 2019), a quarter of the steps at each of four lengths."""
    import foolbox

    attack = foolbox.attacks.SparseL1DescentAttack(steps=max(1, steps // 4))
    return attack(_boxed(model), u, labels, epsilons=[cost / (2 * REACH) for cost in (0.5, 1.0, 2.0, 4.0)])


def library_fmn(model: Any, u: Any, labels: Any, steps: int) -> Any:
    """Fast minimum norm under L1, its first step a tenth of the box."""
    return _library_module("fast_minimum_norm").fmn(model, u, labels, norm=1, steps=steps, **{"α_init": 0.1})


RIVALS: dict[str, Attack] = {
    "foolbox L1 FMN": foolbox_fmn,
    "foolbox EAD": foolbox_ead,
    "foolbox SparseL1": foolbox_sparse,
    "adv-lib L1 FMN": library_fmn,
}


def attacked(attack: Attack, cell: Cell, X: Rows, steps: int, inside: bool) -> list[tuple[float, float]]:
    """For each row, the cheapest win that the model saw in the space, and as given, in so many steps of all rows at once."""
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(1)
    model = _module(cell, X, inside)
    start = torch.full(X.shape, 0.5, dtype=torch.float64)
    attack(model, start, torch.ones(len(X), dtype=torch.int64), steps)
    seen = np.stack(model.seen[: steps + 1])
    return [View(cell, x, inside).cheapest(seen[:, i]) for i, x in enumerate(X)]


def _boxed(model: Any) -> Any:
    import foolbox

    return foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu")


def _module(cell: Cell, X: Rows, inside: bool) -> Any:
    """The fitted pipeline as a module of two logits; through rounding, the gradient passes as if there were none."""
    import torch

    view = View(cell, np.array(X), inside)
    scaler, layers = cell.model.estimator[0], _layers(cell.model.estimator[-1])
    tensors = [(torch.tensor(weights), torch.tensor(bias)) for weights, bias in layers]
    center, spread = torch.tensor(scaler.mean_), torch.tensor(scaler.scale_)
    origin, unit = torch.tensor(np.array(X)), torch.tensor(2 * REACH / cell.space.rate)

    class Module(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[Floats] = []

        def forward(self, u: Any) -> Any:
            moved = origin + (u.double() - 0.5) * unit
            rows = view.rows(u.detach().numpy())
            self.seen.append(rows)
            hidden = (moved + (torch.tensor(rows) - moved).detach() - center) / spread
            for place, (weights, bias) in enumerate(tensors):
                hidden = (torch.relu(hidden) if place else hidden) @ weights + bias
            return torch.cat([-hidden / 2, hidden / 2], dim=1)

    return Module().eval()


def _layers(classifier: Any) -> list[tuple[Floats, Floats]]:
    """Weights and biases of a logistic regression or a perceptron with one output."""
    if hasattr(classifier, "coefs_"):
        return list(zip(classifier.coefs_, classifier.intercepts_, strict=True))
    return [(classifier.coef_.T, classifier.intercept_)]


def _library_module(name: str) -> Any:
    """One attack of adversarial-library from its file: its package's front door needs torchvision, the attack does not."""
    if f"adv_lib_{name}" not in sys.modules:
        folder = Path(importlib.util.find_spec("adv_lib").submodule_search_locations[0])  # type: ignore[union-attr, index]
        found = importlib.util.spec_from_file_location(f"adv_lib_{name}", folder / "attacks" / f"{name}.py")
        module = importlib.util.module_from_spec(found)  # type: ignore[arg-type]
        found.loader.exec_module(module)  # type: ignore[union-attr]
        sys.modules[f"adv_lib_{name}"] = module
    return sys.modules[f"adv_lib_{name}"]
