"""Work for the engine's tests; in a module of its own, so that worker processes can import it."""

import os
import signal
from pathlib import Path

import numpy as np
from joblib.externals.loky import process_executor
from sklearn.base import BaseEstimator, TransformerMixin

from amlsec.errors import InvalidInput


def draw(seed):
    """Work whose result depends on its payload alone."""
    return {"value": float(np.random.default_rng(seed).normal())}


def die_once(payload):
    """Kills its own worker the first time that task 5 is tried."""
    folder, number = payload
    mark = os.path.join(folder, "died")
    if number == 5 and not os.path.exists(mark):
        open(mark, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return {"value": number}


def each_dies_once(payload):
    """Every task kills its worker the first time that it is tried."""
    folder, number = payload
    mark = os.path.join(folder, f"died{number}")
    if not os.path.exists(mark):
        open(mark, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return {"value": number}


def die_always(number):
    """Task 1 kills its worker whenever it is tried."""
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"value": number}


HELD = []


def grow(number):
    """Makes its worker so large that loky, which looks after every task, replaces it."""
    process_executor._MEMORY_LEAK_CHECK_DELAY = 0
    HELD.append(np.ones(40_000_000))
    return {"value": number}


def kill(pid):
    os.kill(pid, signal.SIGKILL)
    return {"value": pid}


def refuse(payload):
    raise ArithmeticError(payload)


def refuse_input(payload):
    raise InvalidInput("payload", payload, "must be another")


class Killer(BaseEstimator, TransformerMixin):
    """A pipeline step that, trained with a row above 1000, kills once whom the file at `mark` names; 0 is itself."""

    def __init__(self, mark="nowhere"):
        self.mark = mark

    def fit(self, X, y=None):
        mark = Path(self.mark)
        if X.max() > 1000 and mark.exists():
            victim = int(mark.read_text())
            mark.unlink()
            os.kill(victim or os.getpid(), signal.SIGKILL)
        return self

    def transform(self, X):
        return X

    def __sklearn_is_fitted__(self):
        return True
