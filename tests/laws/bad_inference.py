"""Inference attacks that each break the laws of their kind."""

import numpy as np

from amlsec.catalogue import Kind
from laws import inference
from laws.bad import breaks, by_chance

TABLES = ("tabular",)


@breaks(
    Kind.INFERENCE,
    inference.check_same_seed_same_guesses,
    inference.check_without_queries_nothing_is_known,
    inference.check_leaves_the_global_random_state_alone,
    spaces=TABLES,
)
def moody(oracle, rows, hidden, /, *, shadow, budget, rng):
    return by_chance().random((len(rows), len(hidden)))


@breaks(Kind.INFERENCE, inference.check_stays_within_its_queries, spaces=TABLES)
def chatterbox(oracle, rows, hidden, /, *, shadow, budget, rng):
    oracle.scores(np.nan_to_num(rows.X), of=np.arange(len(rows)))
    return np.zeros((len(rows), len(hidden)))


@breaks(Kind.INFERENCE, inference.check_leaves_its_input_alone, by=ValueError, spaces=TABLES)
def vandal(oracle, rows, hidden, /, *, shadow, budget, rng):
    rows.X[:] = 0.0
    return rows.X[:, hidden]


@breaks(Kind.INFERENCE, inference.check_asks_through_the_oracle_only, spaces=TABLES)
def burglar(oracle, rows, hidden, /, *, shadow, budget, rng):
    (getattr(oracle, "judge", None) or oracle._model).scores(rows.X)
    return np.zeros((len(rows), len(hidden)))


@breaks(Kind.INFERENCE, inference.check_works_on_none_one_equal_and_one_class_rows, by=ValueError, spaces=TABLES)
def fussy(oracle, rows, hidden, /, *, shadow, budget, rng):
    return np.full((len(rows), len(hidden)), float(np.max(rows.y)))


@breaks(Kind.INFERENCE, inference.check_works_with_little_of_his_own, spaces=TABLES)
def spoilt(oracle, rows, hidden, /, *, shadow, budget, rng):
    own = shadow.rows.X[:, hidden]
    return np.tile(own.std(axis=0, ddof=1) if len(own) > 1 else np.full(len(hidden), np.nan), (len(rows), 1))


@breaks(Kind.INFERENCE, inference.check_what_is_hidden_changes_no_guess, spaces=TABLES)
def clairvoyant(oracle, rows, hidden, /, *, shadow, budget, rng):
    """Looks over the frame's shoulder at the rows that it was handed."""
    import inspect

    frames = [here.frame.f_locals.get("rows") for here in inspect.stack()[1:4]]
    held = next(found for found in frames if found is not None and np.isfinite(found.X).all())
    return held.X[:, hidden]
