"""The command line, called in this process, and the report it wrote."""

import json
import sys

from amlsec.cli.app import main

QUICK = ("--jobs", 1, "--seeds", 1, "--queries", 5, "--minutes", 2)
MAILS = ("audit", "mails.csv", "--target", "label", "--text", "text")


def exit_code(words):
    """How `amlsec` ends that is called with these words in this process."""
    old, sys.argv = sys.argv, ["amlsec", *map(str, words)]
    try:
        main()
    except SystemExit as stop:
        return stop.code or 0
    finally:
        sys.argv = old
    return 0


def call(capsys, *words):
    """The exit code and what was printed: out, err."""
    code = exit_code(words)
    return code, *capsys.readouterr()


def one_line(err):
    return err.startswith("amlsec: ") and err.count("\n") == 1 and "Traceback" not in err


def findings(folder):
    """The findings of the report in a folder, by code."""
    return {f["code"]: f for f in json.loads((folder / "report.json").read_text())["findings"]}
