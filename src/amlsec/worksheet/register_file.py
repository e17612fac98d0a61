"""The source register that the answers begin: who can write to each of the large sources."""

from __future__ import annotations

from pathlib import Path

from amlsec.plain import line
from amlsec.register import Exposure, Register, Source, parse
from amlsec.toml import quoted, section
from amlsec.worksheet.about_attacker import EXPOSURE
from amlsec.worksheet.sheet import Sheet

REGISTER = Path("sources.toml")
_HEAD = """\
# Who can write to each source; `amlsec audit` reads it and says how likely each is compromised.
# What is not said is taken for the worst. Also: authenticated = true, labelled = "experts", verified = 0.1 (the share of
# its rows that somebody checks), judged = 150 and bad = 4 (its track record so far), about = "what it is".
"""


def register_text(sheet: Sheet) -> str:
    """The register in TOML; empty where nobody was asked about sources."""
    said = {key.removeprefix(EXPOSURE): answer for key, answer in sheet.answers.items() if key.startswith(EXPOSURE)}
    shares = sheet.facts.sources if sheet.facts else {}
    text = "\n\n".join([_HEAD.rstrip(), *[_source(name, who, shares.get(name, 0.0)) for name, who in said.items()]])
    parse(text)
    return f"{text}\n" if said else ""


def _source(name: str, exposure: Exposure, share: float) -> str:
    likelihood = Register((Source(name, exposure),)).likelihood(name)
    told = f"# {line(name)}: {share:.1%} of the training rows; taken as compromised with a likelihood of {likelihood}"
    return f"{told}\n{section(f'sources.{quoted(name)}', {'exposure': str(exposure)})}"
