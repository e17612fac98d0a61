"""A model that is a file: ONNX, or a few lines of TOML that describe a command, an endpoint or an ONNX file."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from amlsec.data import BENIGN, MALICIOUS
from amlsec.errors import InvalidInput
from amlsec.models.command import Command
from amlsec.models.endpoint import Endpoint
from amlsec.models.onnx_file import OnnxFile
from amlsec.oracle import Model
from amlsec.space.column import Column

ENDINGS = (".onnx", ".toml")
_WORDS = {"benign": BENIGN, "malicious": MALICIOUS}


def read(path: Path, columns: Sequence[Column] = (), names: Mapping[str, int] | None = None) -> Model:
    """The model in an .onnx file, or that a .toml file describes.

    A TOML file holds one table, [command], [endpoint] or [onnx], whose keys are the arguments of `Command`, `Endpoint` or
    `OnnxFile`; a verdict's meaning is "benign" or "malicious". Files that it names lie beside it. `columns` are those of
    table rows; `names` say 0 or 1 for each label of the data, for an ONNX file that answers with them.

    Raises InvalidInput where the file is missing, no TOML, or a key breaks its rule; UnsafeFile as `OnnxFile` does.
    """
    if path.suffix == ".onnx":
        return OnnxFile(path, columns=tuple(columns), names=dict(names or {}))
    kind, table = _only_table(path)
    if kind not in _KINDS:
        raise InvalidInput("model", str(path), f"holds [{kind}]; a model is described by [command], [endpoint] or [onnx]")
    model, ready = _KINDS[kind]
    _check_keys(model, table, path)
    told = {**ready(table, path), "columns": tuple(columns)}
    if kind == "onnx":
        told["names"] = {**(names or {}), **told.get("names", {})}
    return _made(model, told, path)


def _only_table(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput("model", str(path), f"cannot be read as TOML: {error}") from error
    if len(tables) != 1 or not isinstance(next(iter(tables.values())), dict):
        raise InvalidInput("model", str(path), f"must hold one table, not {', '.join(tables) or 'none'}")
    return next(iter(tables.items()))


def _command(table: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Without a pattern for the answer, verdicts are of exit codes."""
    verdicts = _meanings("verdicts", table.get("verdicts", {}))
    if table.get("answer"):
        return {**table, "verdicts": verdicts}
    for code in verdicts:
        if not code.lstrip("-").isdigit():
            raise InvalidInput("verdicts", code, f"must be an exit code, as {path.name} gives no pattern `answer`")
    return {**table, "verdicts": {int(code): meaning for code, meaning in verdicts.items()}}


def _endpoint(table: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Calls are counted beside the description unless it names another file."""
    told = dict(table)
    if "verdicts" in table:
        told["verdicts"] = _meanings("verdicts", table["verdicts"])
    if "ledger" in table or "calls" in table or "rate" in table:
        told["ledger"] = path.parent / str(table.get("ledger", f"{path.stem}.calls.sqlite"))
    return told


def _onnx(table: Mapping[str, Any], path: Path) -> dict[str, Any]:
    names = {"names": _meanings("names", table["names"])} if "names" in table else {}
    return {**table, "path": path.parent / str(table.get("path", "")), **names}


def _meanings(key: str, told: Any) -> dict[str, int]:
    if not isinstance(told, Mapping) or any(meaning not in _WORDS for meaning in told.values()):
        raise InvalidInput(key, told, 'must say "benign" or "malicious" for each answer')
    return {answer: _WORDS[meaning] for answer, meaning in told.items()}


def _check_keys(kind: type[Any], table: Mapping[str, Any], path: Path) -> None:
    known = {field.name for field in fields(kind) if field.init} - {"columns", "digest"}
    for key in table.keys() - known:
        raise InvalidInput(key, _public("", table[key]), f"is no key of {path.name}; they are {', '.join(sorted(known))}")


def _made(kind: type[Any], told: dict[str, Any], path: Path) -> Model:
    """The description checked by the types of the arguments, then by their own rules."""
    try:
        made: Model = TypeAdapter(kind).validate_python(told)
    except ValidationError as error:
        first = error.errors()[0]
        if isinstance(broken := first.get("ctx", {}).get("error"), InvalidInput):
            raise broken from error
        key = ".".join(str(part) for part in first["loc"]) or "model"
        raise InvalidInput(key, _public(key, first["input"]), f"{first['msg']} ({path.name})") from error
    return made


def _public(key: str, value: Any) -> Any:
    """The value where it holds no secret: a number, or one of a key that is known and never holds any."""
    secretive = key.partition(".")[0] in ("", "url", "auth", "header", "argv")
    return f"a {type(value).__name__}" if secretive and not isinstance(value, int | float) else value


_KINDS: dict[str, tuple[type[Any], Callable[[Mapping[str, Any], Path], dict[str, Any]]]] = {
    "command": (Command, _command),
    "endpoint": (Endpoint, _endpoint),
    "onnx": (OnnxFile, _onnx),
}
