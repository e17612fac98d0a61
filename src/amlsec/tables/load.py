"""A batch from a table: target, source, time and text columns found, everything else a feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS, Batch, texts
from amlsec.errors import InvalidInput
from amlsec.tables.files import checked, one_line, read

MALICIOUS_NAMES = frozenset(
    {
        "1",
        "abuse",
        "anomaly",
        "attack",
        "bad",
        "botnet",
        "fraud",
        "impostor",
        "intrusion",
        "malicious",
        "malware",
        "phish",
        "phishing",
        "positive",
        "spam",
        "true",
        "yes",
    }
)
MOST_CATEGORIES = 200
LONGEST_LABEL = 40


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is what; None where there is none."""

    target: str
    source: str | None = None
    time: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Labels:
    """Which labels are malicious and which benign; empty means: find out."""

    malicious: tuple[str, ...] = ()
    benign: tuple[str, ...] = ()


UNNAMED = Labels()


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A batch and what its columns and labels are called.

    Attributes
    ----------
    batch : rows as float (n, d), categories as codes; or texts (n,)
    names : the feature columns
    categories : the names behind each column's codes, empty for numbers
    labels : which labels were taken as malicious and benign
    notes : what a reader must know: columns left out, labels guessed, rows sampled
    """

    batch: Batch
    names: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]
    labels: Labels
    notes: tuple[str, ...] = ()


def load(data: Any, columns: Columns, labels: Labels = UNNAMED, *, memory: int | None = None, seed: int = 0) -> Table:
    """Read a file, or take a pandas, polars or Arrow table, into a Table.

    Raises InvalidInput where a column is missing, the target has one class or more than two and none is named, a label
    is not in the data, or a feature holds NaN or infinity; UnsafeFile for a pickle.

    >>> table = load(pa.table({"words": ["win cash now", "see you at noon"], "label": ["spam", "ham"]}), Columns("label"))
    >>> table.batch.X.tolist(), table.batch.y.tolist(), table.labels.malicious
    (['win cash now', 'see you at noon'], [1, 0], ('spam',))
    """
    native, notes = opened(data, memory=memory, seed=seed)
    check_roles(native, columns)
    y, decided, more = labelled(native, columns.target, labels)
    features = _features(native, columns)
    batch = replace(
        Batch(features.X, y),
        source=sources(native, columns.source),
        time=times(native, columns.time),
    )
    return Table(batch, features.names, features.categories, decided, (*notes, *more, *features.notes))


def opened(data: Any, *, memory: int | None = None, seed: int = 0) -> tuple[pa.Table, list[str]]:
    """The Arrow table in a file, or of a pandas, polars or Arrow table, and notes on what was left out."""
    return read(Path(data), memory=memory, seed=seed) if isinstance(data, str | Path) else (_arrow(data), [])


def check_roles(native: pa.Table, columns: Columns) -> None:
    """Raises InvalidInput where a column is missing, or has two roles."""
    taken: dict[str, str] = {}
    for role, name in asdict(columns).items():
        if name is None:
            continue
        if name not in native.column_names:
            raise InvalidInput(role, name, f"no such column{_near(name, native.column_names)}")
        if name in taken and "source" not in (role, taken[name]):
            raise InvalidInput(role, name, f"is the {taken[name]} column already")
        taken[name] = role


def _arrow(frame: Any) -> pa.Table:
    return checked("(a table in memory)", frame if isinstance(frame, pa.Table) else _converted(frame))


def _converted(frame: Any) -> pa.Table:
    """The frame without its row index, which must not become a feature."""
    import narwhals

    try:
        known = narwhals.from_native(frame, eager_only=True, pass_through=True)
        if isinstance(known, narwhals.DataFrame):
            return narwhals.maybe_reset_index(known).to_arrow()
    except (ValueError, TypeError, pa.ArrowException, narwhals.exceptions.NarwhalsError) as error:
        raise InvalidInput("data", type(frame).__name__, f"cannot become an Arrow table: {one_line(error)}") from error
    raise InvalidInput("data", type(frame).__name__, "must be a path or a pandas, polars or Arrow table")


def _near(name: str, names: Sequence[str]) -> str:
    near = get_close_matches(name, names, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; the columns are {', '.join(names[:20])}"


def strings(name: str, column: pa.ChunkedArray) -> NDArray[Any]:
    """A column's values as text (n,), empty where there is none; whole numbers without a decimal point."""
    if pa.types.is_nested(column.type) or "binary" in str(column.type):
        raise InvalidInput(f"column {name}", str(column.type), "must hold plain values; text must be UTF-8")
    if pa.types.is_floating(column.type) and pc.all(pc.equal(column, pc.round(column))).as_py():
        column = column.cast(pa.int64(), safe=False)
    try:
        return np.array(["" if v is None else str(v) for v in column.to_pylist()], dtype=object)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"column {name}", repr(error.object[:20]), "is no UTF-8 text") from error


def labelled(native: pa.Table, name: str, labels: Labels) -> tuple[NDArray[np.int64], Labels, list[str]]:
    """The labels (n,) that the target column gives, 0 or 1; which of its values were taken as which; and notes on that.

    Raises InvalidInput where a row has no label, there is one class only, or more than two and none is named.

    >>> labelled(pa.table({"verdict": ["ok", "spam", "ok"]}), "verdict", UNNAMED)[1].malicious
    ('spam',)
    """
    column = native.column(name)
    if column.null_count:
        raise InvalidInput("target", name, f"{column.null_count} rows have no label; label or drop them")
    values = strings(name, column)
    found, counts = np.unique(values, return_counts=True)
    present = found.tolist()
    for option, asked in (("malicious", labels.malicious), ("benign", labels.benign)):
        for label in asked:
            if label not in present:
                raise InvalidInput(
                    option, label, f"no row of column {name!r} has this label; they are {_named(present, 12)}"
                )
    if len(present) < 2:
        raise InvalidInput("target", name, f"has one class only, {present[0]!r}; an audit needs malicious and benign rows")
    decided, notes = _decide(name, dict(zip(present, counts.tolist(), strict=True)), labels)
    y = np.where(np.isin(values, np.array(decided.malicious, dtype=object)), MALICIOUS, BENIGN).astype(np.int64)
    return y, decided, notes


def _decide(name: str, counts: dict[str, int], labels: Labels) -> tuple[Labels, list[str]]:
    """Which labels are malicious: as told, by their name, or the rarer of two."""
    if labels.malicious or labels.benign:
        return _told(name, counts, labels), []
    if len(counts) > 2:
        rule = "name the malicious ones with --malicious or the benign ones with --benign"
        raise InvalidInput("target", name, f"has {len(counts)} labels ({_named(list(counts), 8)}); {rule}")
    known = [label for label in counts if label.lower() in MALICIOUS_NAMES]
    rarer = min(counts, key=lambda label: counts[label])
    guess, why = (known[0], "by its name") if len(known) == 1 else (rarer, "as the rarer one")
    note = f"label {guess!r} was taken as malicious {why}; --malicious decides otherwise"
    return Labels((guess,), tuple(label for label in counts if label != guess)), [note]


def _named(labels: Sequence[str], most: int) -> str:
    shown = [label if len(label) <= LONGEST_LABEL else f"{label[:LONGEST_LABEL]}..." for label in labels[:most]]
    return ", ".join([*shown, *["..."] * (len(labels) > most)])


def _told(name: str, counts: dict[str, int], labels: Labels) -> Labels:
    malicious = labels.malicious or tuple(label for label in counts if label not in labels.benign)
    benign = tuple(label for label in counts if label not in malicious)
    if not (malicious and benign):
        raise InvalidInput("malicious", malicious, f"leaves one class only in column {name!r}")
    return Labels(malicious, benign)


@dataclass(frozen=True, slots=True)
class _Features:
    X: Any
    names: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()


def _features(native: pa.Table, columns: Columns) -> _Features:
    taken = {columns.target, columns.source, columns.time}
    names = [name for name in native.column_names if name not in taken]
    text = columns.text or _only_text(native, names)
    if text:
        dropped = [name for name in names if name != text]
        note = (f"only the text column {text!r} was used, not {', '.join(dropped)}",) if dropped else ()
        return _Features(texts(strings(text, native.column(text)).tolist()), (text,), notes=note)
    if not names:
        raise InvalidInput("data", list(native.column_names), "has no feature column beside target, source and time")
    return _table(native, names)


def _only_text(native: pa.Table, names: Sequence[str]) -> str | None:
    """The one feature column, where it holds texts rather than categories."""
    if len(names) != 1 or not is_string(native.column(names[0]).type):
        return None
    sample = strings(names[0], native.column(names[0]).slice(0, 1000))
    wordy = sum(" " in value for value in sample) > len(sample) / 2
    return names[0] if wordy or len(set(sample.tolist())) > len(sample) / 2 else None


def is_string(kind: pa.DataType) -> bool:
    """Whether a column of this type holds strings."""
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(inner) or pa.types.is_large_string(inner) or pa.types.is_string_view(inner))


def _table(native: pa.Table, names: Sequence[str]) -> _Features:
    values: list[NDArray[np.float64]] = []
    kept: list[str] = []
    categories: list[tuple[str, ...]] = []
    notes: list[str] = []
    for name in names:
        if pa.types.is_temporal(native.column(name).type):
            notes.append(f"column {name!r} was left out: it holds times; --time names the one that says when rows came")
            continue
        column, levels = _column(name, native.column(name))
        if len(levels) > MOST_CATEGORIES:
            notes.append(
                f"column {name!r} was left out: {len(levels)} different strings; a text column is named with --text"
            )
            continue
        values.append(column)
        kept.append(name)
        categories.append(levels)
    if not kept:
        raise InvalidInput("data", list(names), "no column is numeric or a category; a text column is named with --text")
    return _Features(np.column_stack(values), tuple(kept), tuple(categories), tuple(notes))


def _column(name: str, column: pa.ChunkedArray) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    if is_string(column.type):
        levels, codes = np.unique(strings(name, column), return_inverse=True)
        return codes.astype(np.float64), tuple(levels.tolist())
    return numbers(name, column), ()


def numbers(name: str, column: pa.ChunkedArray) -> NDArray[np.float64]:
    """A column's finite numbers (n,)."""
    try:
        values = np.asarray(column.cast(pa.float64(), safe=False).to_numpy(), dtype=np.float64)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InvalidInput(
            f"column {name}", str(column.type), "is neither a number, a category nor UTF-8 text; convert or drop it"
        ) from error
    bad = ~np.isfinite(values)
    if bad.any():
        rule = f"{int(bad.sum())} of {len(bad)} rows are NaN or infinite; fill or drop"
        raise InvalidInput(f"column {name}", float(values[bad][0]), rule)
    return values


def sources(native: pa.Table, name: str | None) -> NDArray[Any] | None:
    """The source (n,) of each row, `(not noted)` where there is none; None without such a column."""
    if name is None:
        return None
    values = strings(name, native.column(name))
    values[values == ""] = "(not noted)"
    return values


def times(native: pa.Table, name: str | None) -> NDArray[Any] | None:
    """The time (n,) of each row, as datetime64[us]; None without such a column."""
    if name is None:
        return None
    column = native.column(name)
    try:
        if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
            column = column.cast(pa.int64(), safe=False).cast(pa.timestamp("s"))
        found = np.asarray(column.cast(pa.timestamp("us")).to_numpy()).astype("datetime64[us]")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InvalidInput(
            "time", name, f"column of {column.type} does not hold times (ISO 8601, or seconds since 1970)"
        ) from error
    if np.isnat(found).any():
        raise InvalidInput("time", name, f"{int(np.isnat(found).sum())} rows have no time; fill in or drop them")
    return found
