"""A model that kills workers; in a module of its own, so that worker processes can import it."""

import os
import signal
from pathlib import Path

from sklearn.base import BaseEstimator, TransformerMixin


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
