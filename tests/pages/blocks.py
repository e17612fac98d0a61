"""The blocks of a page in their order, and the commands that stand in its sentences."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
COPIES = ("contributing.md", "changelog.md", "security.md", "code-of-conduct.md")  # of files at the root
WRITTEN = [page for page in sorted((ROOT / "docs").glob("**/*.md")) if page.name not in COPIES]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *WRITTEN]
COMPOUND = re.compile(r"^(for|while|if|case|\w+ *\(\))\s", re.MULTILINE)
HERE = re.compile(r"<<-?\s*['\"]?(\w+)")
TITLE = re.compile(r'title="([^"]+)"')


class Block(NamedTuple):
    """What stands between two fences; `printed` is the block of text right after it, if there is one."""

    language: str
    title: str
    code: str
    line: int
    printed: str | None


def name(page: Path) -> str:
    """How tests call a page."""
    return page.relative_to(ROOT).as_posix()


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a page."""
    tokens = [token for token in MarkdownIt().parse(text) if token.type not in ("list_item_open", "list_item_close")]
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "fence" and token.map:
            language, _, more = token.info.strip().partition(" ")
            title = TITLE.search(more)
            yield Block(language, title[1] if title else "", token.content, token.map[0] + 1, _printed(after))


def _printed(after: Token | None) -> str | None:
    said = after is not None and after.type == "fence" and after.info.strip() == "text"
    return after.content if after is not None and said else None


def indented(text: str) -> str:
    """All code of a page that stands in no fence, which nothing runs."""
    return "".join(token.content for token in MarkdownIt().parse(text) if token.type == "code_block")


def inline(text: str) -> Iterator[str]:
    """What stands between backticks in the sentences and tables of a page."""
    for token in MarkdownIt().enable("table").parse(text):
        yield from (child.content for child in token.children or () if child.type == "code_inline")


def commands(code: str) -> Iterator[str]:
    """The commands of a block of shell, continued lines and here-documents whole; loops make the block one command."""
    if COMPOUND.search(code):
        yield code
        return
    lines = iter(code.splitlines())
    for line in lines:
        whole = [line]
        while whole[-1].endswith("\\"):
            whole.append(next(lines))
        if here := HERE.search("\n".join(whole)):
            whole += iter(lambda: next(lines), here[1])
            whole.append(here[1])
        if line.strip() and not line.lstrip().startswith("#"):
            yield "\n".join(whole).strip()
