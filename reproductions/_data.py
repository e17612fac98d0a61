"""Where the data of the reproductions lie."""

from __future__ import annotations

import os
from pathlib import Path


def data_path(relative: str) -> Path:
    """A file under the folder named by AMLSEC_DATA; an absolute path is itself. Ends the script where there is none."""
    folder = os.environ.get("AMLSEC_DATA", "")
    if not folder and not Path(relative).is_absolute():
        raise SystemExit(f"AMLSEC_DATA is not set: it names the folder that holds {relative}")
    path = Path(folder) / relative
    if not path.exists():
        raise SystemExit(f"{path} is missing")
    return path


def missing(needs: tuple[str, ...]) -> list[str]:
    """Those of the files that are not there."""
    folder = Path(os.environ.get("AMLSEC_DATA", "AMLSEC_DATA, which is not set"))
    return [str(folder / name) for name in needs if not (folder / name).exists()]
