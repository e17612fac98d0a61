import json
import os
from pathlib import Path

import jsonschema
import pytest

from amlsec.audit import files
from amlsec.errors import InvalidInput
from audit import example

FOUR = ["report.html", "report.json", "report.junit.xml", "report.sarif"]


def test_four_files_are_written_and_nothing_else(tmp_path: Path):
    paths = files.write(example.result(), tmp_path / "new" / "out")
    assert paths[0].name == "report.html"
    assert sorted(path.name for path in paths) == sorted(os.listdir(tmp_path / "new" / "out")) == FOUR


def test_the_json_report_reads_back_as_the_same_result(tmp_path: Path):
    for result in (example.result(), example.compared(), example.result([], failed=[])):
        files.write(result, tmp_path)
        assert files.read_baseline(tmp_path / "report.json") == result


def test_a_failure_leaves_the_earlier_files_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    files.write(example.result(), tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in FOUR}

    def fails(source: str, target: Path) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OSError, match="disk full"):
        files.write(example.compared(), tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in os.listdir(tmp_path)} == before


def test_a_format_that_cannot_be_made_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fails(result: object) -> str:
        raise RuntimeError("no")

    monkeypatch.setitem(files.FORMATS, "report.junit.xml", fails)
    with pytest.raises(RuntimeError):
        files.write(example.result(), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_report_from_before_findings_answered_auditors_is_a_baseline_still(tmp_path: Path):
    files.write(example.result(), tmp_path)
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert all(finding.pop("answers") for finding in report["findings"])
    (tmp_path / "report.json").write_text(json.dumps(report), "utf-8")
    read = files.read_baseline(tmp_path / "report.json")
    assert [finding.answers for finding in read.findings] == [{}] * len(report["findings"])
    assert [finding.harm for finding in read.findings] == [finding.harm for finding in example.result().findings]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (None, "must be a report.json of an earlier audit"),
        ("<html>", "must be a report.json of an earlier audit"),
        ('{"schema_version": "1", "findings": [{"harm": {"value": NaN}}]}', "NaN is no number of JSON"),
        ("[]", "schema version '1', not None"),
        ('{"schema_version": "2"}', "schema version '1', not '2'"),
        ('{"schema_version": "1"}', "subject: Field required"),
        (b"\xff\xfe", "must be a report.json of an earlier audit"),
    ],
)
def test_a_wrong_baseline_is_refused_in_one_line(tmp_path: Path, content, rule):
    file = tmp_path / "last.json"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InvalidInput) as caught:
        files.read_baseline(file)
    assert rule in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_result_follows_its_schema():
    schema = json.loads(files.schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for result in (example.result(), example.compared()):
        validator.validate(json.loads(result.model_dump_json()))
    broken = json.loads(example.result().model_dump_json())
    broken["findings"][0]["severity"] = "awful"
    assert not validator.is_valid(broken)


def test_the_documented_schema_is_the_present_one():
    assert (Path(__file__).parents[2] / "docs" / "report.schema.json").read_text("utf-8") == files.schema()
