"""The page docs/worksheet.md: every question that `amlsec init` asks, to be answered at a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from _page import page

from amlsec.catalogue import Card
from amlsec.register import Exposure, Register, Source
from amlsec.threat import CELLS, Influence, ThreatModel, Violation
from amlsec.worksheet.about_attacker import ATTACKER, SHARE, exposure
from amlsec.worksheet.about_bar import BAR
from amlsec.worksheet.about_data import COLUMNS, DATA
from amlsec.worksheet.coverage import attacks
from amlsec.worksheet.question import Question

SOURCE = "NAME"
INTRODUCTION = """\
# Worksheet

These questions decide what an audit measures, and what fails a build.

Answer them where the people are who know: who labels, who runs the sources, who is called at night. On paper, print the
questions; at a terminal, a command asks them, guesses what the table tells, and checks each answer at once:

```sh
amlsec init mails.csv --defaults --answer share=0.02 --answer access=labels
amlsec audit
```

Without `--defaults` it asks; Enter takes the default, `-` says none. `--answer KEY=VALUE` answers beforehand. It writes
`amlsec.toml`, with a comment for each key and, first, what the audit will measure in each cell of the threat model; and
where rows have sources `sources.toml`, a [register](sources.md) of who can write to each. Nothing is overwritten without
`--force`, and nothing is written before the last answer. `amlsec audit` alone then does what the file says; change it by
hand as you like: [every key](cli.md), [columns](spaces.md).

*Decides* counts the attacks whose figures hang on the answer, of those on classifiers in [the catalogue](catalogue.md), and
names their [cells](threat-model.md). Nothing is guessed that takes a column out of the attacker's reach.
"""


def worksheet() -> str:
    """The questions with why they are asked, what follows, and what hangs on the answer."""
    return page([INTRODUCTION, *_sections()])


def _sections() -> Iterator[str]:
    number = 0
    for title, questions in (
        ("The data and the model", (DATA, *COLUMNS)),
        ("The attacker", (exposure(SOURCE), SHARE, *ATTACKER)),
        ("The bar", BAR),
    ):
        yield f"## {title}\n"
        for question in questions:
            number += 1
            yield from _asked(number, question)


def _asked(number: int, question: Question) -> Iterator[str]:
    told = _follows(question)
    asks = question.asks.replace(f"the source {SOURCE}", "each of the large sources")
    yield f"### {number}. {asks}\n"
    yield f"*Why:* {question.why} *What follows:* {told}\n"
    yield f"*Default:* {question.usual}. *Key:* `{question.key}`. *Decides:* {_decided(question)}.\n"
    yield "Answer: `____________________________`\n"


def _follows(question: Question) -> str:
    if question.key != f"exposure.{SOURCE}":
        return question.follows
    sources = {word: Register((Source(SOURCE, word),)).likelihood(SOURCE) for word in Exposure}
    told = ", ".join(f"{word} {likelihood}" for word, likelihood in sources.items())
    return f"How likely each is taken as compromised, before checks and track record: {told}."


def _decided(question: Question) -> str:
    known = attacks()
    hang = [card for card in known if question.decides(card)]
    if len(hang) == len(known):
        return f"all {len(known)} attacks, all twelve cells"
    return f"{len(hang)} attack{'' if len(hang) == 1 else 's'}: {', '.join(_cells(hang))}"


def _cells(cards: Iterable[Card]) -> Iterator[str]:
    """The cells of these attacks, put together where all of an axis are among them."""
    found = {card.cell for card in cards}
    for influence in Influence:
        if _of(influence) <= found:
            yield str(influence)
            continue
        for violation in Violation:
            both = _of(influence, violation)
            yield from [f"{influence} {violation}"] if both <= found else sorted(map(str, both & found))


def _of(influence: Influence, violation: Violation | None = None) -> set[ThreatModel]:
    return {cell for cell in CELLS if ThreatModel(influence, violation).covers(cell)}
