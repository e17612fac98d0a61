"""The built site as it is read: what stands on each page, and what it asks for."""

import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
ASKS = {"script": "src", "img": "src", "source": "src", "iframe": "src", "object": "data", "video": "src", "audio": "src"}
LOADED = {"stylesheet", "icon", "preload", "modulepreload", "prefetch", "preconnect", "dns-prefetch", "manifest"}


def config() -> dict[str, Any]:
    """mkdocs.yml."""
    return yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))


def in_nav(entries: Any) -> Iterator[str]:
    """Every page of the nav, in its order."""
    for entry in entries:
        for below in entry.values() if isinstance(entry, dict) else [entry]:
            yield from [below] if isinstance(below, str) else in_nav(below)


def built(folder: Path) -> Path:
    """The site, built strictly from a copy: another build may run beside it, and no docstring is misread."""
    shutil.copytree(ROOT / "docs", folder / "docs", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "mkdocs.yml", folder)
    for name in ("src", "examples", "deploy"):
        (folder / name).symlink_to(ROOT / name)
    asked = [sys.executable, "-m", "zensical", "build", "--strict"]
    run = subprocess.run(asked, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, "NO_COLOR": "1"})
    told = run.stdout + run.stderr
    assert run.returncode == 0, told
    assert "griffe:" not in told, told
    return folder / "site"


@dataclass
class Page(HTMLParser):
    """One page: its anchors, where it leads, what it loads, its pictures."""

    path: Path
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    pictures: list[dict[str, str | None]] = field(default_factory=list)
    after: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    description: str = ""
    title: str = ""
    _in_title: bool = False

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.path.read_text("utf-8"))

    __hash__ = object.__hash__

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self._in_title = tag == "title" and not self.title
        if told.get("id"):
            self.ids.append(told["id"])
        if told.get("href") and tag == "a":
            self.links.append(told["href"])
            self.after[self.ids[-1] if self.ids else ""].append(told["href"])
        if tag == "meta" and told.get("name") == "description":
            self.description = told["content"] or ""
        if tag == "img":
            self.pictures.append(told)
        self.loads += _loaded(tag, told)

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data.strip()
            self._in_title = False


def _loaded(tag: str, told: dict[str, str | None]) -> list[str]:
    """What a browser fetches for this tag."""
    if tag == "link" and LOADED & set((told.get("rel") or "").split()):
        return [told.get("href") or ""]
    return [told[ASKS[tag]] or ""] if told.get(ASKS.get(tag, "")) else []
