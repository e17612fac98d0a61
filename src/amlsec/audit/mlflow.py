"""An audit in MLflow: its harms as metrics, its report as artifacts."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from amlsec.audit.files import write
from amlsec.audit.result import AuditResult
from amlsec.tracking import tracked

FOLDER = "audit"
"""Where a run's artifacts hold the report."""


def log_audit(result: AuditResult) -> None:
    """Put an audit into the active MLflow run.

    Of each measured finding the metrics `audit.CODE`, `audit.CODE.low` and `audit.CODE.high` are its harm and the ends of
    its 95 % interval; `audit.failed` is how many findings are at or over the bar.

    Raises InvalidInput where no run is active or MLflow is missing.
    """
    mlflow = tracked()
    run = result.run
    known = {"version": run.amlsec, "seed": run.seed, "threat": run.threat, "bar": result.bar}
    mlflow.log_params({f"audit.{name}": value for name, value in known.items()})
    mlflow.log_metrics({**_harms(result), "audit.failed": len(result.failed)})
    with TemporaryDirectory() as folder:
        write(result, Path(folder))
        mlflow.log_artifacts(folder, FOLDER)


def _harms(result: AuditResult) -> dict[str, float]:
    measured = {finding.code: finding.harm for finding in result.findings if finding.harm}
    return {
        f"audit.{code}{end}": value
        for code, harm in measured.items()
        for end, value in (("", harm.value), (".low", harm.low), (".high", harm.high))
    }
