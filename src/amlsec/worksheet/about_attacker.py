"""Questions about the attacker: what he can write, what he sees and knows, what he can change, how often he may try."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from amlsec.audit.settings import Settings
from amlsec.catalogue import Card, Kind
from amlsec.errors import InvalidInput
from amlsec.register import Exposure, Register, Source
from amlsec.space.settings import corrected
from amlsec.space.tabular import TabularSpace
from amlsec.threat import Access, Knowledge
from amlsec.worksheet import guesses
from amlsec.worksheet.answers import Reader, member, optional, setting, several
from amlsec.worksheet.coverage import trained_no_more
from amlsec.worksheet.question import Question, poisons, usually
from amlsec.worksheet.sheet import Sheet

MOST_SOURCES = 12
"""So many sources are asked about, the largest ones; so many an audit plays."""
MOST_SHOWN = 12
EXPOSURE = "exposure."
"""How the keys of the questions about single sources begin; the source's name follows."""


def preset(key: str) -> Any:
    """What the audit takes where nothing is said."""
    return Settings.model_fields[key].default


def _finite(key: str) -> Reader[float]:
    read = setting(key)

    def checked(text: str, sheet: Sheet) -> float:
        value: float = read(text, sheet)
        if not math.isfinite(value):
            raise InvalidInput(key, text, "must be finite")
        return value

    return checked


def _features(key: str) -> Reader[tuple[str, ...]]:
    """Feature columns of the table."""

    def read(text: str, sheet: Sheet) -> tuple[str, ...]:
        names = several(text)
        known = sheet.facts.columns if sheet.facts else names
        unknown = [name for name in names if name not in known]
        if unknown:
            raise InvalidInput(key, ", ".join(unknown), f"must be feature columns, of {listed(known)}")
        return tuple(dict.fromkeys(names))

    return read


def _growing(text: str, sheet: Sheet) -> tuple[str, ...]:
    """Columns that have an up and a down, and may be changed at all."""
    names = _features("growing_columns")(text, sheet)
    both = [name for name in names if name in sheet.answers.get("fixed_columns", ())]
    if both:
        raise InvalidInput("growing_columns", ", ".join(both), "cannot be changed, by the answer before")
    if sheet.facts and isinstance(sheet.facts.space, TabularSpace):
        corrected(sheet.facts.space, {"columns": {name: {"may": "up"} for name in names}})
    return names


def listed(names: Iterable[str], most: int = MOST_SHOWN) -> str:
    """The first names, and how many more there are.

    >>> listed(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    every = list(names)
    return ", ".join(every[:most]) + (f" and {len(every) - most} more" if len(every) > most else "")


def _trained(sheet: Sheet) -> bool:
    return not fixed(sheet)


def fixed(sheet: Sheet) -> bool:
    """Whether nothing trains the model, by the answers."""
    return trained_no_more(sheet.answers.get("model"), fixed=sheet.answers.get("fixed") == "yes")


def _is_table(sheet: Sheet) -> bool:
    return not sheet.is_text


def _access(sheet: Sheet) -> Access:
    return Access(sheet.answers["access"])


def _asks(sheet: Sheet) -> bool:
    return _access(sheet) != Access.NONE


def _copies(sheet: Sheet) -> bool:
    return _access(sheet).includes(Access.LABELS)


def _shares_hint(sheet: Sheet) -> str:
    shares = sheet.facts.sources if sheet.facts else {}
    told = [f"{name} {share:.0%}" for name, share in shares.items()]
    return f"the sources write {listed(told)} of the rows" if told else ""


def _growing_hint(sheet: Sheet) -> str:
    found = sheet.facts.growing if sheet.facts else []
    return f"whole numbers that are never negative: {listed(found)}" if found else ""


def _past_hint(sheet: Sheet) -> str:
    found = [name for name in guesses.of_the_past(sheet) if sheet.facts and name in sheet.facts.columns]
    return f"candidates by their names: {listed(found)}" if found else ""


def _unit_hint(sheet: Sheet) -> str:
    return "in words" if sheet.is_text else "in standard deviations of the columns, summed"


def _personal(sheet: Sheet) -> tuple[str, ...]:
    return tuple(name for name in guesses.personal(sheet) if sheet.facts and name in sheet.facts.columns)


def _sees(card: Card) -> bool:
    return card.access != Access.NONE


def _moves(card: Card) -> bool:
    return card.kind == Kind.EVASION


def _shapes(card: Card) -> bool:
    return card.kind in (Kind.EVASION, Kind.POISONING) and "tabular" in card.spaces


def exposure(name: str) -> Question:
    """Who can write to this source."""
    return Question(
        f"{EXPOSURE}{name}",
        asks=f"Who can write to the source {name}?",
        why="The more can write to it, the likelier one of them lies.",
        follows=f"Taken as compromised: {_likelihoods(name)}. Checks and track record are added in the register.",
        usual="anyone",
        read=member(f"{EXPOSURE}{name}", Exposure),
        default=usually(Exposure.ANYONE),
        decides=poisons,
    )


def _likelihoods(name: str) -> str:
    register = {exposure: Register((Source(name, exposure),)) for exposure in Exposure}
    return ", ".join(f"{exposure} {found.likelihood(name).value:.0%}" for exposure, found in register.items())


SHARE = Question(
    "share",
    asks="What share of the training rows could one attacker write? 0 where nobody but you can.",
    why="Poison is bought by the row.",
    follows="Poisoning is played at this share, and at 0.3, 3 and 10 times of it.",
    usual="0.01",
    read=_finite("share"),
    default=usually(preset("share")),
    asked=_trained,
    hint=_shares_hint,
    decides=poisons,
)

ATTACKER = (
    Question(
        "access",
        asks="What does he see of the model: none, outcomes (such as clicks), labels, scores or parameters?",
        why="Who sees more needs fewer tries.",
        follows="Attacks that take more are not applicable.",
        usual="scores",
        read=member("access", Access),
        default=usually(preset("access")),
        decides=_sees,
    ),
    Question(
        "knowledge",
        asks="What does he know of the training: none, features, data or model?",
        why="An insider, or a leak, knows more than a stranger.",
        follows="Attacks that take more are not applicable; those that take an insider count one step milder.",
        usual="model",
        read=member("knowledge", Knowledge),
        default=usually(preset("knowledge")),
        decides=lambda card: card.knowledge != Knowledge.NONE,
    ),
    Question(
        "queries",
        asks="How often may he ask the model about one row?",
        why="Searching for a way past costs answers.",
        follows="Every attack stops there.",
        usual="1000",
        read=setting("queries"),
        default=usually(preset("queries")),
        asked=_asks,
        decides=_sees,
    ),
    Question(
        "copy_queries",
        asks="How often may he ask it in all, to make a copy?",
        why="A copy is then attacked at home, unseen.",
        follows="Copies are made with so many answers; 0 leaves them out.",
        usual="10000",
        read=setting("copy_queries"),
        default=usually(preset("copy_queries")),
        asked=_copies,
        decides=lambda card: card.kind == Kind.EXTRACTION,
    ),
    Question(
        "fixed_columns",
        asks="Which columns can he not change?",
        why="The data cannot tell what is out of his reach.",
        follows="They stay as they are in every attack.",
        usual="none: he may change all",
        read=_features("fixed_columns"),
        default=usually(()),
        asked=_is_table,
        hint=_past_hint,
        decides=_shapes,
    ),
    Question(
        "growing_columns",
        asks="Which columns can he only raise?",
        why="Adding a link or a call is easy, taking one out breaks his own attack.",
        follows="They never fall in any attack.",
        usual="none",
        read=_growing,
        default=usually(()),
        asked=_is_table,
        hint=_growing_hint,
        decides=_shapes,
    ),
    Question(
        "cost",
        asks="How much may he change in one row?",
        why="A changed row must still do what he sent it for.",
        follows="No attack changes more; harm is also shown at a quarter, half and twice of it. With none, 30 words; in a "
        "table a tenth of the columns by a standard deviation each, two at least.",
        usual="none",
        read=optional(_finite("cost")),
        hint=_unit_hint,
        decides=_moves,
    ),
    Question(
        "sensitive",
        asks="Which columns is nobody to learn from the model?",
        why="A model can give away what it learned of people.",
        follows="Attacks guess them from the model's answers.",
        usual="columns called like facts about people",
        read=_features("sensitive"),
        default=_personal,
        asked=_is_table,
        decides=lambda card: card.kind == Kind.INFERENCE,
    ),
)
