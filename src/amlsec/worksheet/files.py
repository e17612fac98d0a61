"""The worksheet's files: whole or not at all, and none that is there overwritten."""

from __future__ import annotations

from contextlib import ExitStack
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
    made = {CONFIG: config, REGISTER: register} if register else {CONFIG: config}
    try:
        with ExitStack() as stack:
            for path, content in made.items():
                stack.enter_context(whole(path)).write(content.encode("utf-8"))
    except OSError as error:
        raise InvalidInput("folder", str(Path.cwd()), f"cannot hold {CONFIG}: {error.strerror}") from error
    return list(made)
