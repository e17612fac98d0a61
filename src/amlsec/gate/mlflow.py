"""Snapshots in MLflow: which training data a run used, and in the ledger which run used it."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from amlsec.gate.act import Act, here
from amlsec.gate.service import Gate
from amlsec.tracking import tracked

FOLDER = "gate"
"""Where a run's artifacts hold the manifest and the description."""
_LONGEST_DIGEST = 36


def log_snapshot(gate: Gate, snapshot: int, *, act: Act | None = None) -> int:
    """Note in the active MLflow run what it was trained on, and in the ledger that it was; the entry.

    A rollback then names the run, as `mlflow:RUN`. The run gets the data's hash (a parameter, and as a dataset of context
    "training"), position and head of the ledger, rows by source as metrics, and manifest and Croissant description as
    artifacts; the rows themselves stay in the gate.

    Raises InvalidInput where no run is active or MLflow is missing, NotFound where there is no such snapshot.
    """
    mlflow = tracked()
    told = _logged(mlflow, gate, snapshot)
    mlflow.log_input(_dataset(told["data"], snapshot), context="training")
    return gate.model(snapshot, f"mlflow:{mlflow.active_run().info.run_id}", act=act or here())


def _logged(mlflow: Any, gate: Gate, snapshot: int) -> dict[str, Any]:
    """The manifest, once it and the description are artifacts and its figures are parameters and metrics."""
    with TemporaryDirectory() as folder:
        _, manifest, croissant = gate.save(snapshot, Path(folder))
        told: dict[str, Any] = json.loads(manifest.read_text("utf-8"))
        for path in (manifest, croissant):
            mlflow.log_artifact(str(path), FOLDER)
    known = {"snapshot": snapshot, "data": told["data"], "position": told["position"], "head": told["head"]}
    mlflow.log_params({f"gate.{name}": value for name, value in known.items()})
    shares = [sum(rows.values()) / told["rows"] for rows in told["sources"].values()]
    figures = {"rows": told["rows"], "sources": len(shares), "largest_share": max(shares, default=0.0)}
    mlflow.log_metrics({f"gate.{name}": value for name, value in figures.items()})
    return told


def _dataset(data: str, snapshot: int) -> Any:
    """It has no profile, which mypy takes for abstract."""
    from mlflow.data.code_dataset_source import CodeDatasetSource
    from mlflow.data.meta_dataset import MetaDataset

    source = CodeDatasetSource({"amlsec.gate.data": data})
    return MetaDataset(source, name=f"gate-snapshot-{snapshot}", digest=data[:_LONGEST_DIGEST])  # type: ignore[abstract]
