"""torch modules within estimators: wrapped ones, and those that skorch and our own learners train."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.data import Rows
from amlsec.errors import NotApplicable
from amlsec.whitebox.look import reads
from amlsec.whitebox.slope import Slope

Floats = NDArray[np.float64]


@reads(Slope, "TorchClassifier", "NeuralNetClassifier", "NeuralNetBinaryClassifier")
def slope(estimator: Any) -> Slope:
    """The module's one logit, or the difference of its two."""
    fitted = getattr(estimator, "module_", None)
    return module_slope(estimator.module if fitted is None else fitted)


def module_slope(module: Any) -> Slope:
    """The slope of a torch module that answers rows with one logit, (n,) or (n, 1), or with two, (n, 2)."""
    return Slope(lambda X: _margin(module, _tensor(module, X)), lambda X: _gradient(module, X))


def _margin(module: Any, rows: Any) -> Floats:
    import torch

    module.eval()
    with torch.no_grad():
        return np.asarray(_logit(module(rows)).numpy(force=True), dtype=np.float64)


def _gradient(module: Any, X: Rows) -> Floats:
    import torch

    module.eval()
    rows = _tensor(module, X).requires_grad_()
    logits = _logit(module(rows))
    (found,) = torch.autograd.grad(logits.sum(), rows, allow_unused=True) if logits.requires_grad else (None,)
    if found is None:
        raise NotApplicable(f"the answer of a {type(module).__name__} cannot be differentiated by its rows")
    return np.asarray(found.numpy(force=True), dtype=np.float64)


def _logit(answer: Any) -> Any:
    if answer.ndim == 1:
        return answer
    return answer[:, 0] if answer.shape[1] == 1 else answer[:, 1] - answer[:, 0]


def _tensor(module: Any, X: Rows) -> Any:
    """The rows in the module's own number format, on its device; a module without parameters takes single precision."""
    import torch

    like = next(iter(module.parameters()), torch.zeros(0))
    return torch.as_tensor(np.asarray(X, dtype=np.float64)).to(like)
