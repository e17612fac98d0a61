"""ART's RONIDefense on a fifth of each batch: as it comes, and with its sign put right; it says yes or no, not how much.

It takes dense arrays, so it sees the 1,000 most frequent words or bins, under multinomial naive Bayes. It draws its quiz
from the rows it judges; the last form is given trusted ones.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from _quality_methods import Floats, Places
from _quality_recall import Draw, Offer, Outcome, counted
from numpy.typing import NDArray
from sklearn.naive_bayes import MultinomialNB

from amlsec.defenses.screens.stand_in import stand_in

WIDTH = 1000


@dataclass(frozen=True)
class Form:
    """How the toolbox is asked, and about how many rows; `sign` is -1 where harm counts as harm."""

    name: str
    calibrated: bool
    rows: int
    sign: int = 1
    own_quiz: bool = True


UNCALIBRATED = (
    Form("ART RONI, uncalibrated", False, 200),
    Form("ART RONI, uncalibrated, sign put right", False, 200, -1),
    Form("ART RONI, uncalibrated, sign put right, trusted quiz", False, 200, -1, False),
)
CALIBRATED = (
    Form("ART RONI, default", True, 60),
    Form("ART RONI, default, sign put right", True, 60, -1),
    Form("ART RONI, default, sign put right, trusted quiz", True, 60, -1, False),
)


def has_toolbox() -> bool:
    return importlib.util.find_spec("art") is not None


def toolbox_outcomes(found: Draw, forms: tuple[Form, ...]) -> Iterator[Outcome]:
    """Each form on the first rows of each batch of 5 %, the poison in the same share."""
    dense = frequent_columns(found)
    for offer in (offer for offer in found.offers if offer.share == 0.05):
        for form in forms:
            some = fewer(offer, form.rows)
            caught = flagged(found, dense, offer.places[some], form)
            yield counted(found, offer, "row", form.name, caught, offer.poison[some], np.nan)


def fewer(offer: Offer, count: int) -> Places:
    """Positions in the batch: poison first, in the batch's own share, then honest rows."""
    bad = max(1, int(offer.share * count))
    return np.concatenate([np.flatnonzero(offer.poison)[:bad], np.flatnonzero(~offer.poison)[: count - bad]])


def frequent_columns(found: Draw) -> Any:
    """From a batch to presence of the words or bins most frequent among trusted rows (n, 1000), dense."""
    first = stand_in(found.parts.trusted)[0].fit(found.parts.trusted.X)
    frequency = np.asarray(first.transform(found.parts.trusted.X).sum(axis=0)).ravel()
    kept = np.argsort(-frequency, kind="stable")[:WIDTH]
    return lambda rows: first.transform(rows.X)[:, kept].toarray()


def flagged(found: Draw, dense: Any, places: Places, form: Form) -> NDArray[np.bool_]:
    """Which rows one run of the toolbox flags; a shift of 2 % of the quiz counts where it is not calibrated."""
    from art.defences.detector.poison import RONIDefense
    from art.estimators.classification import SklearnClassifier

    trial = found.screen.trials_[0]
    base, offered, quiz = ((dense(rows), np.eye(2)[rows.y]) for rows in (trial.base, found.rows.rows(places), trial.quiz))
    np.random.seed(found.seed)  # the toolbox draws from the global state
    model = SklearnClassifier(MultinomialNB().fit(base[0], trial.base.y))
    defense = RONIDefense(model, *offered, *base, perf_func=signed_accuracy(form.sign), calibrated=form.calibrated, eps=0.02)
    if not form.own_quiz:
        defense.x_quiz, defense.y_quiz = quiz
    return np.asarray(defense.detect_poison()[1]) == 0


def signed_accuracy(sign: int) -> Any:
    """Accuracy, or minus it: the toolbox flags what raises its measure, so that minus accuracy puts its sign right."""

    def measure(y_true: Floats, y_pred: Floats) -> float:
        return sign * float((y_true.argmax(axis=1) == y_pred.argmax(axis=1)).mean())

    return measure
