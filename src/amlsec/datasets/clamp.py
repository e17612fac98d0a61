"""ClaMP: Windows programs, benign and malware, by their headers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyarrow import csv

from amlsec.datasets.demo import Demo
from amlsec.datasets.folder import file_of, real
from amlsec.tables.load import Columns, Labels

FILE = "clamp_pe/ClaMP_Integrated-5184.csv.gz"
ABOUT = "ClaMP, integrated features (Kumar et al. 2017)"

_WORD, _LONG = 2.0**16 - 1, 2.0**32 - 1
_UNREAD = {
    **dict.fromkeys(("e_cblp", "e_cp", "e_cparhdr", "e_maxalloc", "e_sp"), _WORD),
    **dict.fromkeys((f"FH_char{bit}" for bit in (2, 3, 4, 6, 8, 9, 10, 14)), 1.0),
    **dict.fromkeys(("CreationYear", "LoaderFlags"), 1.0),
    **dict.fromkeys(("MajorLinkerVersion", "MinorLinkerVersion"), 255.0),
    **dict.fromkeys(("SizeOfCode", "SizeOfInitializedData", "SizeOfUninitializedData"), _LONG),
    **dict.fromkeys(("BaseOfCode", "BaseOfData", "CheckSum"), _LONG),
    **dict.fromkeys(("MajorOperatingSystemVersion", "MinorOperatingSystemVersion"), _WORD),
    **dict.fromkeys(("MajorImageVersion", "MinorImageVersion"), _WORD),
}
"""Fields that Windows does not read when it starts a program, and the most that each holds."""
_NAMES = ("sus_sections", "non_sus_sections")
_GROWS = ("NumberOfSections", "SizeOfStackReserve", "SizeOfHeapReserve", "filesize", "fileinfo")


def load(seed: int = 0) -> Demo:
    """About 5,000 distinct programs in 69 features of their PE headers.

    What an attacker may change is what leaves the program loadable, see `space`.

    Raises InvalidInput where AMLSEC_DATA names no folder with the file.
    """
    note = "The programs are real (ClaMP, Kumar et al. 2017); nobody noted their sources."
    table = csv.read_csv(file_of(FILE, ABOUT))
    return real(table, Columns("class"), Labels(("1",), ("0",)), (note,), seed, space(table.column_names))


def space(names: Sequence[str]) -> dict[str, Any]:
    """Which features may change so that Windows still loads the program, as `space.settings.corrected` reads it.

    By the PE format: of the DOS header only the magic number and `e_lfanew` are read, so its other fields are free. So are
    the time stamp, linker, image and system versions, the sizes and bases of code and data, the checksum (read for drivers
    alone), the reserved loader flags, and the characteristics that are obsolete or matter on removable media only. Section
    names mean nothing to the loader, so suspicious ones may become usual ones; sections, bytes at the end, reserves of
    memory and version information may be added. Addresses, alignments, the image's size, the subsystem, the DLL
    characteristics and everything measured of the content stay.

    >>> said = space(["e_sp", "filesize", "ImageBase"])["columns"]
    >>> said["e_sp"], said["filesize"], said["ImageBase"]
    ({'may': 'both', 'low': 0.0, 'high': 65535.0}, {'may': 'up'}, {'may': 'not'})
    """
    return {"columns": {name: _said(name) for name in names if name != "class"}}


def _said(name: str) -> dict[str, Any]:
    if name in _UNREAD:
        return {"may": "both", "low": 0.0, "high": _UNREAD[name]}
    return {"may": "both" if name in _NAMES else "up" if name in _GROWS else "not"}
