"""The real bogofilter, trained on mails and asked as a command."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.models.command import Command

BOGOFILTER = Path("/usr/bin/bogofilter")
NOT_SPAM: Mapping[int, int] = {0: MALICIOUS, 1: BENIGN, 2: BENIGN}
"""Its exit codes are 0 for spam, 1 for ham and 2 for unsure: who need not be called spam passes as unsure too."""
HAM: Mapping[int, int] = {0: MALICIOUS, 1: BENIGN, 2: MALICIOUS}
"""Who must be called ham does not."""


def trained(rows: Batch, folder: Path) -> Path:
    """A word list in this folder, made from mails with their headers, with bogofilter's own settings."""
    for label, flag in ((BENIGN, "-n"), (MALICIOUS, "-s")):
        mailbox = _mailbox(rows.labelled(label).X).encode("utf-8", "surrogateescape")
        subprocess.run([*_bogofilter(folder), "-M", flag], input=mailbox, check=True)
    return folder


def asked(folder: Path, verdicts: Mapping[int, int]) -> Command:
    """The filter of that folder as a model."""
    return Command(_bogofilter(folder), verdicts=verdicts)


def _bogofilter(folder: Path) -> list[str]:
    return [str(BOGOFILTER), "-C", "-d", str(folder)]


def _mailbox(mails: Sequence[str]) -> str:
    """Mails in one file; a line that would begin the next one is marked."""
    marked = (re.sub("^From ", ">From ", mail, flags=re.MULTILINE) for mail in mails)
    return "".join(f"From sender Thu Jan  1 00:00:00 2026\n{mail}\n\n" for mail in marked)
