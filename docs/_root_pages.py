"""The pages of files that lie at the root of the repository: copies whose links lead on from docs/, and the examples."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from _page import page

ROOT = Path(__file__).parents[1]
COPIED = ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "CODE_OF_CONDUCT.md")
SHOWN = ("examples", "deploy")
LANGUAGES = {".sh": "{.bash}", ".py": "{.python}", ".yml": "yaml", ".service": "ini", "": "docker"}


def root_pages() -> dict[str, Callable[[], str]]:
    """Every page by its file, and what writes it."""
    return {"examples.md": examples} | {_file(name): partial(_copy, name) for name in COPIED if (ROOT / name).is_file()}


def _file(name: str) -> str:
    return name.lower().replace("_", "-")


def _copy(name: str) -> str:
    text = (ROOT / name).read_text("utf-8").rstrip("\n")
    return page([re.sub(r"\]\(([\w./-]+)", lambda link: f"]({_from_docs(link[1])}", text)])


def _from_docs(target: str) -> str:
    """Where a link of a file at the root leads when it stands on a page in docs/."""
    if target in COPIED:
        return _file(target)
    if target.startswith(tuple(f"{folder}/" for folder in SHOWN)):
        return f"examples.md#{_anchor(Path(target))}"
    return target.removeprefix("docs/")


def examples() -> str:
    """Every file of examples/ and deploy/."""
    return page(_examples())


def _examples() -> Iterator[str]:
    yield "# Examples\n\nFiles to copy: for cron, Airflow, CI, systemd and containers.\n"
    for folder in SHOWN:
        for path in sorted((ROOT / folder).iterdir()):
            if path.is_file():
                yield f"## {path.name} {{ #{_anchor(path)} }}\n"
                yield f"`{folder}/{path.name}` of the repository.\n"
                yield f'````{LANGUAGES[path.suffix]}\n--8<-- "{folder}/{path.name}"\n````\n'


def _anchor(path: Path) -> str:
    return path.name.lower().replace(".", "-")
