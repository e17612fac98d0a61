"""The game of inversion: how much of what malicious rows look like is read from the model by who owns none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.errors import NotApplicable
from amlsec.evaluation.play import Outcome, Play
from amlsec.evidence import rate
from amlsec.frame import guessed
from amlsec.imputation import Levels, levels
from amlsec.shadow import Shadow
from amlsec.space.tabular import TabularSpace

Floats = NDArray[np.float64]


def inversion_game(play: Play) -> Outcome:
    """In how many more columns a malicious row is drawn as the malicious training rows are, by who asks the model.

    All columns are hidden, and the attacker owns benign rows only: of the malicious ones he learns what the model says. A
    trial is a column; what is right is the median of the malicious training rows, of a category the commonest, within a
    tenth of the spread of all training rows between their 5 % and 95 % quantiles. Without the model he would draw what is
    typical of his own rows, or their mean: where one of them is right nothing is gained. Columns that differ
    little between the labels are right either way.

    Raises NotApplicable where the rows are no table.
    """
    ground = play.ground
    if not isinstance(ground.space, TabularSpace):
        raise NotApplicable(f"it draws rows of a table, these are {ground.space.kind}")
    own, hidden = ground.shadow.labelled(BENIGN), np.arange(len(ground.space.columns))
    shadow = Shadow(own, ground.space, ground.offers["estimator"])
    unseen = Batch(np.zeros((1, len(hidden))), np.array([MALICIOUS]))
    model = ground.clean_model(play.defense)
    guesses, spent = guessed(play.card, model, unseen, hidden, shadow=shadow, budget=play.budget, rng=play.rng)
    among = [levels(column, ground.train.X[:, j]) for j, column in enumerate(ground.space.columns)]
    truth = _typical(ground.train.labelled(MALICIOUS).X, among)
    judged = _outcome(_right(guesses[0], truth, among), _right_anyway(own.X, truth, among))
    return replace(judged, spent={"queries": float(spent.sum())})


def _right_anyway(own: Floats, truth: Floats, among: list[Levels]) -> NDArray[np.bool_]:
    """Which columns (d,) are right without a question: by what is typical of his own rows, or by their mean."""
    typical = _right(_typical(own, among), truth, among)
    return typical | _right(own.mean(axis=0), truth, among) if len(own) else typical


def _typical(X: Floats, among: list[Levels]) -> Floats:
    """What each column (d,) of these rows holds: of levels told apart the commonest, else the median."""
    return np.array([_middle(column, known) for column, known in zip(X.T, among, strict=True)])


def _middle(column: Floats, known: Levels) -> float:
    if not len(column):
        return known.commonest
    if known.tolerance:
        return float(np.median(column))
    return float(known.values[np.bincount(known.places(column), minlength=len(known.values)).argmax()])


def _right(drawn: Floats, truth: Floats, among: list[Levels]) -> NDArray[np.bool_]:
    return np.array([bool(known.right(*pair)) for known, *pair in zip(among, drawn, truth, strict=True)])


def _outcome(with_model: NDArray[np.bool_], without: NDArray[np.bool_]) -> Outcome:
    of = len(without)
    return Outcome(
        int((with_model & ~without).sum()),
        int((without & ~with_model).sum()),
        of,
        float(without.mean()),
        of,
        paired=True,
        measured={
            "columns drawn right with the model": str(rate(int(with_model.sum()), of)),
            "columns drawn right without it": str(rate(int(without.sum()), of)),
        },
    )
