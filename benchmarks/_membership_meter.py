"""Membership attacks of Privacy Meter: of the package, and RMIA of its repository, which has no package.

The package's front door imports TensorFlow, which plays no part in these attacks: a placeholder stands for it where it is
not installed. The repository's RMIA is taken from a checkout that the environment variable PRIVACY_METER names.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from _membership_cells import Cell
from numpy.typing import NDArray
from sklearn.base import clone

Floats = NDArray[np.float64]
RMIA = Path("modules/mia/attacks/rmia.py")
RATES = np.logspace(-15, 0, 400)
"""False positive rates at which the package decides: finer, and lower, than its own hundred from 1e-5 on."""
POPULATION = 200
"""Of the attacker's own rows so many are the population of RMIA, which no model saw."""


@contextmanager
def _placeholder(name: str) -> Iterator[None]:
    """An empty module of this name for as long as something is imported that wants it and does not need it."""
    absent = importlib.util.find_spec(name) is None
    if absent:
        sys.modules[name] = ModuleType(name)
    try:
        yield
    finally:
        if absent:
            del sys.modules[name]


def _package() -> Any:
    with _placeholder("tensorflow"):
        import privacy_meter.dataset
        import privacy_meter.hypothesis_test
        import privacy_meter.information_source
        import privacy_meter.metric
        import privacy_meter.model
    return privacy_meter


def halves(cell: Cell, models: int, seed: int, least: int = 0) -> tuple[list[Any], NDArray[np.bool_]]:
    """So many models, each of half as many rows as are his own, drawn from number `least` on; who saw which (models, n)."""
    own, rng = cell.shadow.rows, np.random.default_rng(seed)
    saw = np.zeros((models, len(own)), dtype=bool)
    for row in saw:
        row[least + rng.permutation(len(own) - least)[: len(own) // 2]] = True
    return [clone(cell.probable).fit(own.X[row], own.y[row]) for row in saw], saw


def likelihood(model: Any, rows: Any) -> Floats:
    """The probability (n,) of each row's own label."""
    return np.asarray(model.predict_proba(rows.X)[np.arange(len(rows)), rows.y])


def _asked(package: Any, model: Any) -> Any:
    """A scikit-learn classifier as the package asks it: for losses."""

    class Asked(package.model.Model):  # type: ignore[misc, name-defined]
        def get_loss(self, X: Any, y: Any, per_point: bool = True) -> Any:
            chance = model.predict_proba(X)[np.arange(len(y)), y]
            return -np.log(np.clip(chance, 1e-12, 1.0))

        def get_logits(self, X: Any) -> Any:
            return model.predict_proba(X)

        get_grad = get_intermediate_outputs = get_logits

    return Asked(model, None)


def _sources(package: Any, cell: Cell, others: list[Any], split: dict[str, Any]) -> tuple[Any, Any]:
    """The model under attack with its rows, and other models with theirs."""
    rows = {
        "train": {"x": cell.rows.X[: cell.members], "y": cell.rows.y[: cell.members]},
        "test": {"x": cell.rows.X[cell.members :], "y": cell.rows.y[cell.members :]},
    }
    told = partial(package.dataset.Dataset, default_input="x", default_output="y")
    source = package.information_source.InformationSource
    target = source([_asked(package, cell.fitted)], [told(rows)])
    return target, source([_asked(package, one) for one in others], [told(part) for part in split or [rows]])


def _rates(metric: Any) -> Floats:
    """At how many false positive rates each row (n,) is taken for a member: more is surer."""
    metric.prepare_metric()
    return metric.run_metric(RATES)[0].predicted_labels.sum(axis=0).astype(np.float64)


def population(cell: Cell, _models: int, _seed: int) -> Floats:
    """One threshold on the loss, from rows of the population."""
    package, own = _package(), cell.shadow.rows
    target, reference = _sources(package, cell, [cell.fitted], [{"train": {"x": own.X, "y": own.y}}])
    test, signals = package.hypothesis_test.linear_itp_threshold_func, [package.information_source_signal.ModelLoss()]
    return _rates(package.metric.PopulationMetric(target, reference, signals, test))


def reference(cell: Cell, models: int, seed: int, test: str) -> Floats:
    """A threshold for each row on its loss, from models that did not see it."""
    package = _package()
    target, others = _sources(package, cell, halves(cell, models, seed)[0], [])
    signals = [package.information_source_signal.ModelLoss()]
    return _rates(package.metric.ReferenceMetric(target, others, signals, getattr(package.hypothesis_test, test)))


def shadow(cell: Cell, models: int, seed: int) -> Floats:
    """One threshold on the loss, from models and the rows that they saw and did not see."""
    package, own = _package(), cell.shadow.rows
    fitted, saw = halves(cell, models, seed)
    sides = [{"train": saw_it, "test": ~saw_it} for saw_it in saw]
    split = [{name: {"x": own.X[at], "y": own.y[at]} for name, at in side.items()} for side in sides]
    target, others = _sources(package, cell, fitted, split)
    metric = package.metric.ShadowMetric(target, others, [package.information_source_signal.ModelLoss()], None)
    metric.prepare_metric()
    return np.asarray(metric.run_metric().predictions_proba, dtype=np.float64)


def rmia(cell: Cell, models: int, seed: int) -> Floats:
    """Zarifzadeh et al. (2024), offline: a row's likelihood against the models' mean, compared with the population's."""
    own = cell.shadow.rows
    fitted, z = halves(cell, models, seed, POPULATION)[0], own.rows(np.arange(POPULATION))
    said, of_z = (np.column_stack([likelihood(one, rows) for one in fitted]) for rows in (cell.rows, z))
    unseen = np.zeros(said.shape, dtype=bool)
    told = likelihood(cell.fitted, cell.rows), said, unseen, likelihood(cell.fitted, z), of_z
    return np.asarray(_repository().run_rmia(*told, offline_a=0.3, num_reference_models=models))


def checkout() -> Path | None:
    """Where the repository's RMIA is, where it is."""
    place = os.environ.get("PRIVACY_METER")
    return Path(place) / RMIA if place and (Path(place) / RMIA).is_file() else None


def _repository() -> Any:
    spec = importlib.util.spec_from_file_location("rmia", checkout() or RMIA)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RIVALS = {
    "PM population": population,
    "PM shadow": shadow,
    "PM reference": partial(reference, test="linear_itp_threshold_func"),
    "PM reference, Gaussian": partial(reference, test="logit_rescale_threshold_func"),
    "PM RMIA": rmia,
}
