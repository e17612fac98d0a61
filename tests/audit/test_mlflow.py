"""An audit in MLflow: every measured harm with its interval, and the report itself."""

import pytest

from amlsec.audit.mlflow import log_audit
from amlsec.errors import InvalidInput
from amlsec.evidence import State
from audit import example
from tracked_runs import artifacts, run_of, runs  # noqa: F401


def test_harms_are_metrics_and_the_report_is_kept(runs, tmp_path):  # noqa: F811
    result = example.result()
    with runs.start_run() as run:
        log_audit(result)
    found = run_of(runs, run)
    measured = [finding for finding in result.findings if finding.state == State.MEASURED]
    assert measured
    for finding in measured:
        ends = [found.data.metrics[f"audit.{finding.code}{end}"] for end in ("", ".low", ".high")]
        assert ends == [finding.harm.value, finding.harm.low, finding.harm.high]
    assert len(found.data.metrics) == 3 * len(measured) + 1
    assert found.data.metrics["audit.failed"] == len(result.failed)
    assert found.data.params["audit.version"] == result.run.amlsec
    kept = artifacts(runs, run, "audit", tmp_path)
    assert sorted(path.name for path in kept.iterdir()) == ["report.html", "report.json", "report.junit.xml", "report.sarif"]
    assert (kept / "report.json").read_text() == result.model_dump_json(indent=2) + "\n"


def test_without_a_run_it_says_so(runs):  # noqa: F811
    with pytest.raises(InvalidInput, match="must be active"):
        log_audit(example.result())
