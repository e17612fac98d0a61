"""A bare environment: an interpreter, the wheel and what it asks for, not even pip."""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def bare(folder: Path, wheel: Path, extra: str = "", report: Path | None = None) -> Path:
    """The interpreter of a new environment in this folder; pip says in its report what it installed."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    wanted = f"{wheel.resolve()}[{extra}]" if extra else str(wheel.resolve())
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--report", report or folder / "pip.json", wanted], check=True)
    return python


def sizes(python: Path) -> dict[str, int]:
    """Bytes on the disk of each package that is installed, compiled code left out."""
    said = subprocess.run([python, "-I", HERE / "sizes.py"], check=True, capture_output=True, text=True)
    found: dict[str, int] = json.loads(said.stdout)
    return found
