"""A torch module as a classifier."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from amlsec.data import Rows
from amlsec.errors import InvalidInput
from amlsec.models.fixed import Finished
from amlsec.oracle import one_each

ROWS_AT_ONCE = 1024


class TorchClassifier(Finished):
    """A trained torch module as a scikit-learn classifier; nothing trains it here.

    It judges in evaluation mode, on its own device and in its own number format, and is left in the mode it was in.

    Parameters
    ----------
    module : answers rows (n, d) with one logit, (n,) or (n, 1), or with two, (n, 2); malicious is above 0, or the second

    Raises
    ------
    InvalidInput : the module is none, or answers in another shape
    ModelFailed : an answer is not finite
    """

    def __init__(self, module: Any) -> None:
        self.module = module

    def predict(self, X: Rows, /) -> NDArray[np.int64]:
        return (self.decision_function(X) > 0).astype(np.int64)

    def predict_proba(self, X: Rows, /) -> NDArray[np.float64]:
        """Probabilities (n, 2) of benign and malicious: the logistic function of the logit, the softmax of two."""
        malicious = expit(self.decision_function(X))
        return np.column_stack([1 - malicious, malicious])

    def decision_function(self, X: Rows, /) -> NDArray[np.float64]:
        """The logit (n,), or the second less the first; above 0 is malicious."""
        torch = import_module("torch")
        if not isinstance(self.module, torch.nn.Module):
            raise InvalidInput("module", type(self.module).__name__, "must be a torch.nn.Module")
        was = self.module.training
        self.module.eval()
        try:
            with torch.no_grad():
                parts = [self._logits(X[k : k + ROWS_AT_ONCE]) for k in range(0, len(X), ROWS_AT_ONCE)]
        finally:
            self.module.train(was)
        return one_each(np.concatenate([np.zeros(0), *parts]), len(X), who="the module")

    def _logits(self, X: Rows) -> NDArray[np.float64]:
        torch = import_module("torch")
        rows = torch.as_tensor(np.array(X)).to(next(iter(self.module.parameters()), torch.zeros(0)))
        answer: NDArray[np.float64] = self.module(rows).reshape(len(X), -1).double().numpy(force=True)
        if answer.shape[1] not in (1, 2):
            raise InvalidInput("module", f"answering {answer.shape[1]} numbers a row", "must answer one logit or two")
        return answer[:, 0] if answer.shape[1] == 1 else answer[:, 1] - answer[:, 0]
