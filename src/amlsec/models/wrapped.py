"""Whatever can be asked, as a classifier in scikit-learn's manners."""

from __future__ import annotations

import sys
from typing import Any

from amlsec.data import BENIGN, MALICIOUS
from amlsec.errors import InvalidInput
from amlsec.models.boosters import boosted
from amlsec.models.fixed import Finished, Fixed
from amlsec.models.torch_module import TorchClassifier


def as_classifier(model: Any) -> Any:
    """A bare booster, a torch module or a Model as a classifier that nothing trains; a classifier as it is.

    >>> import numpy as np
    >>> from amlsec.models.command import Command
    >>> as_classifier(Command(("true",), verdicts={0: 0})).predict(np.array(["a mail"], dtype=object))
    array([0])
    """
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(model, torch.nn.Module):
        return TorchClassifier(model)
    if hasattr(model, "labels") and hasattr(model, "scores") and not hasattr(model, "predict"):
        return Fixed(model)
    return boosted(model)


def as_it_is(model: Any) -> Finished:
    """A fitted classifier as one that nothing trains; raises InvalidInput where it is not fitted, or to other classes.

    >>> from sklearn.linear_model import LogisticRegression
    >>> as_it_is(LogisticRegression())
    Traceback (most recent call last):
        ...
    amlsec.errors.InvalidInput: model is 'LogisticRegression': is not fitted, so it cannot be taken as it is
    """
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    if isinstance(model, Finished):
        return model
    try:
        check_is_fitted(model)
    except (NotFittedError, TypeError) as error:
        raise InvalidInput("model", type(model).__name__, "is not fitted, so it cannot be taken as it is") from error
    classes = list(getattr(model, "classes_", (BENIGN, MALICIOUS)))
    if not set(classes) <= {BENIGN, MALICIOUS}:
        shown = ", ".join(map(str, classes[:5]))
        raise InvalidInput("model", type(model).__name__, f"tells {shown} apart; it must be fitted to 0 (benign) and 1")
    return Fixed(model)


def in_words(model: Any) -> str:
    """What a classifier is, for a reader: its class and steps; of one that nothing trains, what answers."""
    held = model.model if isinstance(model, Fixed) else model
    if hasattr(held, "labels"):
        return f"{held}, fixed"
    steps = [type(step).__name__ for _, step in getattr(held, "steps", [])]
    said = f"{type(held).__name__}" + (f" of {', '.join(steps)}" if steps else "")
    return f"{said}, fixed" if isinstance(model, Finished) else said
