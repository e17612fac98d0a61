"""Questions about the table and the model: what the columns are, which label is the bad one."""

from __future__ import annotations

from pathlib import Path

from amlsec.errors import InvalidInput
from amlsec.models.described import ENDINGS
from amlsec.tables.load import Labels, check_roles, labelled, strings, times
from amlsec.worksheet import guesses
from amlsec.worksheet.answers import NONE, Reader, file, one_of, optional, several
from amlsec.worksheet.question import Question, poisons, takes_training, usually
from amlsec.worksheet.sheet import Sheet

FILES = (".skops", *ENDINGS)
MOST_SHOWN = 20


def _path(text: str, _: Sheet) -> str:
    path = text.strip()
    if path in ("", NONE):
        raise InvalidInput("data", path, "must be the path of a table")
    return path


def _column(role: str) -> Reader[str]:
    """A column of the table, if there is one, that has no other role."""

    def read(text: str, sheet: Sheet) -> str:
        name = text.strip()
        if name in ("", NONE):
            raise InvalidInput(role, name, "must be a column of the table")
        if sheet.native is not None:
            check_roles(sheet.native, sheet.columns(**{role: name}))
        return name

    return read


def _target(text: str, sheet: Sheet) -> str:
    name = _column("target")(text, sheet)
    if sheet.native is not None:
        first = strings(name, sheet.native.column(name).slice(0, 1)).tolist()
        labelled(sheet.native, name, Labels(malicious=tuple(first)))
    return name


def _time(text: str, sheet: Sheet) -> str:
    name = _column("time")(text, sheet)
    if sheet.native is not None:
        times(sheet.native, name)
    return name


def _malicious(text: str, sheet: Sheet) -> tuple[str, ...]:
    names = several(text)
    if sheet.native is not None and names:
        labelled(sheet.native, sheet.answers["target"], Labels(malicious=names))
    return names


def _model(text: str, sheet: Sheet) -> str:
    """A module and a factory in it, or a file of a kind that runs no code when it is opened."""
    name = text.strip()
    if Path(name).suffix in FILES:
        return file("model")(name, sheet)
    module, colon, factory = name.partition(":")
    if not (colon and factory.isidentifier() and all(part.isidentifier() for part in module.split("."))):
        raise InvalidInput("model", name, f"must be module:factory, or a file that ends in {', '.join(FILES)}")
    return name


def _columns_hint(sheet: Sheet) -> str:
    more = f" and {len(sheet.names) - MOST_SHOWN} more" if len(sheet.names) > MOST_SHOWN else ""
    return f"the columns are {', '.join(sheet.names[:MOST_SHOWN])}{more}" if sheet.names else ""


def _labels_hint(sheet: Sheet) -> str:
    if sheet.native is None:
        return ""
    found = dict.fromkeys(strings("target", sheet.native.column(sheet.answers["target"])).tolist())
    return f"the labels are {', '.join(list(found)[:MOST_SHOWN])}"


def _trains(sheet: Sheet) -> bool:
    """Whether the model is one that could be trained or left as it is."""
    model = sheet.answers.get("model")
    return model is not None and Path(model).suffix not in ENDINGS


DATA = Question(
    "data",
    asks="Which table is the model trained on?",
    why="All is measured on your own rows.",
    follows="The audit reads it: CSV, TSV, JSON lines, Parquet or Arrow.",
    usual="data.csv",
    read=_path,
    default=lambda sheet: sheet.answers.get("data", "data.csv"),
    required=True,
)

COLUMNS = (
    Question(
        "target",
        asks="Which column holds the label?",
        why="The attacker's aim is a wrong label.",
        follows="The model learns this column from the others.",
        usual="the column called like a label, else the only one of two values, one of them called something bad",
        read=_target,
        default=lambda sheet: guesses.target(sheet) if sheet.native is not None else "label",
        required=True,
        hint=_columns_hint,
    ),
    Question(
        "malicious",
        asks="Which of its values are the bad ones?",
        why="Whoever sends bad rows wants them to pass; whoever floods wants good ones stopped.",
        follows="These rows count as malicious, all others as benign.",
        usual="the label called like something bad, else the rarer of two",
        read=_malicious,
        default=guesses.malicious,
        required=True,
        hint=_labels_hint,
    ),
    Question(
        "text",
        asks="Which column holds the text, if the rows are texts?",
        why="Words are added and swapped; numbers are moved.",
        follows="With a text, the model learns from it alone; without, from all other columns.",
        usual="the column of the longest texts",
        read=optional(_column("text")),
        default=lambda sheet: guesses.text(sheet) if sheet.native is not None else None,
    ),
    Question(
        "source",
        asks="Which column says where each row came from?",
        why="Only then can it be said which source could do harm, and can its rows be taken back out.",
        follows="Every source is turned hostile in a game of its own, and ranked.",
        usual="the column called like a source",
        read=optional(_column("source")),
        default=lambda sheet: guesses.source(sheet) if sheet.native is not None else None,
        decides=poisons,
    ),
    Question(
        "time",
        asks="Which column says when each row came?",
        why="A model is judged on what comes after its training.",
        follows="The last fifth by time is the test; without a time, a random part.",
        usual="the column of times",
        read=optional(_time),
        default=lambda sheet: guesses.time(sheet) if sheet.native is not None else None,
    ),
    Question(
        "trusted",
        asks="Is there a table of rows that are known to be right?",
        why="Defenses that sort out rows learn from them what good rows look like.",
        follows="Without it an eighth of the rows is set aside and taken to be good.",
        usual="none",
        read=optional(file("trusted")),
        decides=poisons,
    ),
    Question(
        "model",
        asks="Which model is to be audited?",
        why="What an attacker can do hangs on the model.",
        follows=f"module:factory gives an unfitted classifier, by code that runs; or a file: {', '.join(FILES)}. With none, "
        "amlsec's own: words and logistic regression for texts, boosted trees for tables.",
        usual="none",
        read=optional(_model),
    ),
    Question(
        "fixed",
        asks="Is the model taken as it is, already trained?",
        why="Who cannot train it again wants to know what this one bears.",
        follows="With yes nothing is trained, attacks on training do not apply, and only guards can help.",
        usual="no",
        read=one_of("fixed", ("no", "yes")),
        default=usually("no"),
        asked=_trains,
        decides=takes_training,
    ),
)
