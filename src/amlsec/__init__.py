"""amlsec: how models trained on data you do not control can be attacked, measured on your own data."""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "Antidote": "amlsec.defenses.detectors.antidote",
    "AuditResult": "amlsec.audit.result",
    "Batch": "amlsec.data",
    "EvasionBudget": "amlsec.budget",
    "Gate": "amlsec.gate.service",
    "GateSampler": "amlsec.gate.sampler",
    "Layered": "amlsec.layered.layered",
    "OnlineCentroid": "amlsec.defenses.detectors.online_centroid",
    "PartitionEnsemble": "amlsec.defenses.learners.partition_ensemble",
    "PoisonBudget": "amlsec.budget",
    "Provenance": "amlsec.defenses.screens.provenance",
    "RONI": "amlsec.defenses.screens.roni",
    "Sanitized": "amlsec.sanitize.sanitized",
    "SanitizingSampler": "amlsec.sanitize.sampler",
    "SecurityCurveDisplay": "amlsec.evaluation.display",
    "SpamBayes": "amlsec.defenses.learners.spambayes",
    "bench_poisoning": "amlsec.bench.run",
    "discover": "amlsec.catalogue",
    "load": "amlsec.tables.load",
    "max_displacement": "amlsec.centroid.displacement",
    "run_audit": "amlsec.audit.run",
    "screen_weights": "amlsec.sanitize.weights",
}
__all__ = ["__version__", *sorted(_HOME)]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        from amlsec.deprecation import Place, present

        name = present(name, Place.EXPORT)
    if name not in _HOME:
        raise AttributeError(f"module 'amlsec' has no attribute {name!r}")
    try:
        return getattr(importlib.import_module(_HOME[name]), name)
    except ModuleNotFoundError as error:
        raise _missing(name, error) from error


def _missing(name: str, error: ModuleNotFoundError) -> Exception:
    from amlsec.errors import InvalidInput

    if error.name is None or not _HOME[name].startswith("amlsec.gate."):
        return error
    return InvalidInput(error.name, "missing", "needs the gate extra: pip install 'amlsec[gate]'")


def __dir__() -> list[str]:
    """What can be had: without the gate extra nothing of the gate, which help(amlsec) would end at."""
    from importlib.util import find_spec

    gate = find_spec("sqlalchemy") is not None
    return [name for name in __all__ if gate or not _HOME.get(name, "").startswith("amlsec.gate.")]
