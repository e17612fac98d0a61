"""`make test-oldest` installs these: the lowest version that pyproject.toml allows of all that the library asks for."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
OF_DEVELOPERS = {"demo", "docs", "bench", "test", "dev"}
"""Extras that are data, or for who works on amlsec."""
LARGE = {"torch", "opacus", "privacy"}
"""Extras left out of the run: gigabytes; their tests are skipped without them."""
FLOOR = re.compile(r"(?P<name>[A-Za-z0-9-]+)(\[[a-z,]+\])?>=(?P<version>[0-9.]+)")


def floors(project: dict) -> Iterator[str]:
    """Lines as `numpy==1.26`, of the dependencies and of those extras that users install."""
    extras = {name: wanted for name, wanted in project["optional-dependencies"].items() if name not in OF_DEVELOPERS | LARGE}
    for told in sum(extras.values(), start=project["dependencies"]):
        if not told.startswith("amlsec["):
            found = FLOOR.fullmatch(told)
            if found is None:
                raise ValueError(f"{told!r} in pyproject.toml names no lowest version")
            yield f"{found['name']}=={found['version']}"


if __name__ == "__main__":
    print(*floors(tomllib.loads(PROJECT.read_text("utf-8"))["project"]), sep="\n")
