"""Write the pages that follow from the code; with --check, fail where one is out of date."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

DOCS = Path(__file__).parent
if str(DOCS) not in sys.path:
    sys.path.append(str(DOCS))

from _api_pages import api_pages  # noqa: E402
from _catalogue_page import catalogue, map_of_front_page  # noqa: E402
from _command_line_page import command_line  # noqa: E402
from _families_page import model_families  # noqa: E402
from _papers_page import literature  # noqa: E402
from _reproductions_page import reproductions  # noqa: E402
from _root_pages import root_pages  # noqa: E402
from _standards_page import auditors  # noqa: E402
from _worksheet_page import worksheet  # noqa: E402

from amlsec.audit.files import schema  # noqa: E402

PAGES: dict[str, Callable[[], str]] = {
    "assets/cells.html": map_of_front_page,
    "catalogue.md": catalogue,
    "cli.md": command_line,
    "families.md": model_families,
    "papers.md": literature,
    "report.schema.json": schema,
    "reproductions.md": reproductions,
    "standards.md": auditors,
    "worksheet.md": worksheet,
    **api_pages(),
    **root_pages(),
}


def main() -> int:
    """Write the pages, or name those that differ."""
    written = {DOCS / name: page() for name, page in PAGES.items()}
    stale = [path.name for path, text in written.items() if not path.is_file() or path.read_text("utf-8") != text]
    if "--check" in sys.argv:
        print(f"out of date: {', '.join(stale)}; run `make docs`" if stale else "generated pages are up to date")
        return bool(stale)
    for path, text in written.items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
