"""MLflow on a folder of the test's own."""

from pathlib import Path

import pytest


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """The library, with nothing in its store."""
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")  # the databases that it asks for instead are not in mlflow-skinny
    import mlflow

    mlflow.set_tracking_uri((tmp_path / "mlruns").as_uri())
    yield mlflow
    mlflow.set_tracking_uri(None)


def run_of(mlflow, run):
    """A run as it is stored."""
    return mlflow.get_run(run.info.run_id)


def artifacts(mlflow, run, folder, to):
    """A folder of a run's artifacts, downloaded."""
    return Path(mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path=folder, dst_path=str(to / "down")))
