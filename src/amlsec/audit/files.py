"""The files of an audit: written whole or not at all, and the JSON one read back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from amlsec.audit import junit, report, sarif
from amlsec.audit.result import AuditResult
from amlsec.engine import write_whole
from amlsec.errors import InvalidInput

FORMATS: dict[str, Callable[[AuditResult], str]] = {
    "report.html": report.html,
    "report.json": lambda result: result.model_dump_json(indent=2) + "\n",
    "report.sarif": sarif.text,
    "report.junit.xml": junit.text,
}


def write(result: AuditResult, directory: Path) -> list[Path]:
    """Write every format into the directory, made where it is missing; their paths, the page first.

    All texts are made before the first file is written, and each file appears whole.
    """
    texts = {name: make(result) for name, make in FORMATS.items()}
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_whole(directory / name, text)
    return [directory / name for name in texts]


def read_baseline(path: Path) -> AuditResult:
    """An earlier report.json; raises InvalidInput where it is missing, no such report, or of another version."""
    try:
        stored = json.loads(path.read_text("utf-8"), parse_constant=_no_number)
    except (OSError, ValueError) as error:
        raise InvalidInput("baseline", str(path), f"must be a report.json of an earlier audit ({_first(error)})") from error
    version = stored.get("schema_version") if isinstance(stored, dict) else None
    if version != "1":
        raise InvalidInput("baseline", str(path), f"must be a report.json of schema version '1', not {version!r}")
    try:
        return AuditResult.model_validate(stored)
    except ValidationError as error:
        raise InvalidInput("baseline", str(path), f"must be a report.json of an earlier audit ({_wrong(error)})") from error


def schema() -> str:
    """The JSON schema of report.json, as it stands in docs/report.schema.json."""
    described: dict[str, Any] = AuditResult.model_json_schema(mode="serialization")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "amlsec audit report, version 1"}
    return json.dumps(head | {key: value for key, value in described.items() if key not in head}, indent=2) + "\n"


def _no_number(constant: str) -> None:
    """Against a harm that is no number, nothing would ever be worse."""
    raise ValueError(f"{constant} is no number of JSON")


def _first(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _wrong(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
