"""In a process of its own: the libraries named are hidden, as if not installed; prints what each use then said (JSON)."""

import json
import os
import runpy
import sys
import tempfile


class Hiding:
    """A finder that finds all but these."""

    def __init__(self, finder, names):
        self.finder, self.names = finder, names

    def __getattr__(self, name):
        return getattr(self.finder, name)

    def find_spec(self, name, path=None, target=None):
        return None if name.partition(".")[0] in self.names else self.finder.find_spec(name, path, target)


def said(use):
    """What it raised, in words."""
    try:
        use()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


if __name__ == "__main__":
    script, libraries, extras = sys.argv[1], set(sys.argv[2].split(",")), sys.argv[3].split(",")
    sys.meta_path[:] = [Hiding(finder, libraries) for finder in sys.meta_path]
    uses = runpy.run_path(script)["USES"]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        print(json.dumps({extra: said(uses[extra]) for extra in extras}))
        os.chdir("/")
