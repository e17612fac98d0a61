"""Canaries on disk: their register, and the rows to be added to the training data."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from amlsec.canaries.register import CanaryRegister, as_toml
from amlsec.errors import InvalidInput
from amlsec.tables.write import write_like

REGISTER = "amlsec-canaries.toml"


def save(rows: pa.Table, register: CanaryRegister, folder: Path, like: Path) -> tuple[Path, Path]:
    """Write the register and the rows, in the format of the data `like`, into a folder; the paths of both.

    Raises InvalidInput where one of them is there already: a register that is lost cannot be drawn again.
    """
    path = folder / REGISTER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(f"{as_toml(register)}\n")
    except FileExistsError as error:
        raise InvalidInput("out", str(path), "is there already, and is not overwritten") from error
    except OSError as error:
        raise InvalidInput("out", str(folder), f"cannot hold the canaries: {error.strerror}") from error
    try:
        return path, write_like(like, rows, folder / "canaries")
    except InvalidInput:
        path.unlink()
        raise
