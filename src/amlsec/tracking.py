"""MLflow, where a run is active to log into."""

from __future__ import annotations

from typing import Any

from amlsec.errors import InvalidInput


def tracked() -> Any:
    """The library MLflow; raises InvalidInput where it is missing or no run is active."""
    try:
        import mlflow
    except ImportError as error:
        raise InvalidInput("mlflow", "missing", "needs the mlflow extra: pip install 'amlsec[mlflow]'") from error
    if mlflow.active_run() is None:
        raise InvalidInput("run", None, "must be active: with mlflow.start_run()")
    return mlflow
