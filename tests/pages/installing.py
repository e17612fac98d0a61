"""What a page's `pip install` comes to: extras must exist, and a package that the page wrote is really installed."""

import subprocess
import sys
from importlib.metadata import metadata

from packaging.requirements import Requirement

from amlsec import catalogue

PIP = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
OFFLINE = ["--no-index", "--no-deps", "--no-build-isolation"]


def installed(words: list[str], place) -> tuple[int, str]:
    """Exit code and what is wrong; a folder is installed beside the page, all else is there or is not."""
    asked = [word for word in words if not word.startswith("-")]
    if asked and (place.folder / asked[0] / "pyproject.toml").is_file():
        return _package(asked[0], place)
    missing = [word for word in asked if not is_there(word)]
    return int(bool(missing)), f"there is no {', '.join(missing)}" if missing else ""


def is_there(word: str) -> bool:
    """Whether such a file can be built, or such a package is installed and has such extras."""
    if word.endswith((".txt", ".whl", ".tar.gz")):
        return True
    requirement = Requirement(word)
    return requirement.extras <= set(metadata(requirement.name).get_all("Provides-Extra") or ())


def _package(folder: str, place) -> tuple[int, str]:
    """Into a folder of the page's own, where it is found until the page ends, by this process and by those it starts."""
    site = place.folder / ".site"
    done = subprocess.run([*PIP, *OFFLINE, "--target", str(site), folder], capture_output=True, text=True, check=False)
    place.patch.setenv("PYTHONPATH", str(site))
    sys.path.insert(0, str(site))  # the page's own list
    filed = catalogue._filed
    place.patch.setattr(catalogue, "_filed", type(filed)(dict(filed.cards)))
    return done.returncode, done.stderr
