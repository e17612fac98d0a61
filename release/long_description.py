"""The README as an index of packages shows it: no files lie beside it there, so pictures and links to files are left out."""

import re
from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface

PICTURE = re.compile(r"!\[[^]]*\]\((?!https?://)[^)]*\)\n*")
LINK = re.compile(r"\[([^]]*)\]\((?!https?://|#)[^)]*\)")
CODE = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)


def alone(readme: str) -> str:
    """A page of Markdown that needs no other file; blocks of code stay as they are.

    >>> alone("![map](docs/map.png)\\n\\nSee [the audit](docs/audit.md) or [more](https://example.org).")
    'See the audit or [more](https://example.org).'
    """
    parts = CODE.split(readme)
    return "".join(part if k % 2 else LINK.sub(r"\1", PICTURE.sub("", part)) for k, part in enumerate(parts))


class LongDescription(MetadataHookInterface):
    """What hatchling asks for `readme`."""

    def update(self, metadata: dict) -> None:
        """Set it."""
        text = alone((Path(self.root) / "README.md").read_text("utf-8"))
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
