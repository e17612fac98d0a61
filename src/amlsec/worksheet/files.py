"""The worksheet's files: whole or not at all, and none that is there overwritten."""

from __future__ import annotations

from pathlib import Path

from amlsec.audit.settings import CONFIG
from amlsec.errors import InvalidInput
from amlsec.whole import whole
from amlsec.worksheet.register_file import REGISTER, register_text
from amlsec.worksheet.sheet import Sheet
from amlsec.worksheet.written import text


def require_absent() -> None:
    """Raises InvalidInput where an amlsec.toml is in this folder."""
    if CONFIG.exists():
        raise InvalidInput("amlsec.toml", str(CONFIG), "is there already; --force overwrites it")


def save(sheet: Sheet) -> list[Path]:
    """Write amlsec.toml, and sources.toml where sources were asked about, into this folder; the paths written.

    Both texts are made before the first is written. A register that is there already is kept.
    """
    config, register = text(sheet), register_text(sheet)
    made = {REGISTER: register, CONFIG: config} if register else {CONFIG: config}
    for path, content in made.items():
        _write(path, content)
    return [CONFIG, *([REGISTER] if register else [])]


def _write(path: Path, content: str) -> None:
    try:
        with whole(path) as file:
            file.write(content.encode("utf-8"))
    except OSError as error:
        raise InvalidInput("folder", str(path.absolute().parent), f"cannot hold {path}: {error.strerror}") from error
