"""The page docs/peers.md: each kind of task as tables, then what fails, what others do better, and the settings."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date

from _peers_results import FALSE, Answer, agreement, ahead, median, share, total
from _peers_words import AFTER, HEAD, KINDS, SETTINGS
from _point import of_duels
from _quality_tables import names, row

from amlsec.evidence import Interval, rate

Cell = Callable[[list[Answer]], str]
STREAMS = ("honest", "sudden", "slow")


def page(answers: Sequence[Answer], versions: Sequence[str], shown: Mapping[str, tuple[str, str]]) -> str:
    """Markdown; `shown` are the short scripts by name, each with what it printed."""
    return "\n".join(_page(answers, versions, shown)) + "\n"


def _page(answers: Sequence[Answer], versions: Sequence[str], shown: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    duels = list(_duels([one for one in answers if one.kind == "rows"]))
    minutes = sum(one.said["seconds"] for one in answers) / 60
    yield HEAD.format(point=of_duels(duels))
    machine = f"a shared machine of 2 cores ({platform.machine()}), Python {platform.python_version()}"
    yield f"{len(answers):,} answers of {date.today().isoformat()}; {minutes:.0f} minutes of processor time on {machine}."
    yield f"{', '.join(versions)}.\n"
    yield "![Poison found at 5 % of good rows lost, by attack and method](peers.svg)\n"
    yield "*Enron-Spam. Blue: ours; orange: peers.*\n"
    for kind, (title, words) in KINDS.items():
        yield f"## {title}\n\n{words}\n"
        yield from TABLES[kind]([one for one in answers if one.kind == kind], duels)
        yield ""
    yield "## What fails, and the shortest script that shows it\n"
    yield from _shown(shown)
    yield from _failed(answers)
    yield f"\n{AFTER}\n\n{SETTINGS}"


def _duels(answers: Sequence[Answer]) -> Iterator[str]:
    """On every data set and attack the best of ours against the best of theirs, at the same share of good rows lost."""
    yield f"| data | attack | best of ours | found | best peer | found | ahead by, points | |\n|{'---|' * 8}"
    for data, attack in dict.fromkeys((one.data, one.what) for one in answers):
        here = [one for one in answers if (one.data, one.what) == (data, attack) and "score" in one.said]
        sides = [_best([one for one in here if one.ours == side]) for side in (True, False)]
        if all(sides):
            told = [text for side in sides for text in (side[0].method, f"{share(side, 'found', 'poison').value:.0%}")]
            more = ahead(*sides)
            mark = "ahead" if more.low > 0 else "**behind**" if more.high < 0 else "level"
            yield row([data, attack, *told, str(more).replace("%", ""), mark])


def _best(some: Sequence[Answer]) -> list[Answer]:
    """The answers of the method that finds most, the quicker of equal ones."""
    each = [[one for one in some if one.method == name] for name in names(one.method for one in some)]
    return max(each, key=lambda own: (total(own, "found"), -median(own, "seconds")), default=[])


def _rows(answers: Sequence[Answer], duels: Sequence[str]) -> Iterator[str]:
    yield from (*duels, "", f"Found at {FALSE:.0%} of good rows lost, %, with 95 % intervals:")
    ranked = [one for one in answers if "score" in one.said]
    for data in names(one.data for one in ranked):
        yield f"\n*{data}*\n"
        yield from _table([one for one in ranked if one.data == data], _found, {"rows a second": _speed, "MB": _memory})
    yield "\nBy each method's own rule, over all attacks: poison stopped, and good rows lost, %:\n"
    yield from _table([one for one in answers if "bad" in one.counts], _own, {"rows a second": _speed}, across="data")


def _table(
    answers: Sequence[Answer], cell: Cell, more: Mapping[str, Cell] | None = None, across: str = "what"
) -> Iterator[str]:
    """Methods down and attacks, or data sets, across; then what is said of all the method's answers."""
    heads, ends = names(getattr(one, across) for one in answers), more or {}
    yield f"{row(['method', *heads, *ends])}\n|{'---|' * (1 + len(heads) + len(ends))}"
    for method in names(one.method for one in answers):
        own = [one for one in answers if one.method == method]
        parts = [[one for one in own if getattr(one, across) == head] for head in heads]
        cells = [cell(part) if part else "" for part in parts]
        yield row([_name(own[0]), *cells, *(end(own) for end in ends.values())])


def _name(one: Answer) -> str:
    return f"**{one.method}**" if one.ours else one.method


def _found(some: list[Answer]) -> str:
    return _percent(share(some, "found", "poison"))


def _percent(found: Interval) -> str:
    return f"{100 * found.value:.0f} ({100 * found.low:.0f}-{100 * found.high:.0f})"


def _own(some: list[Answer]) -> str:
    return f"{100 * share(some, 'stopped', 'bad').value:.0f}, {100 * share(some, 'lost', 'good').value:.1f}"


def _short(number: float) -> str:
    """Three digits, and no exponent."""
    return f"{float(f'{number:.3g}'):,g}"


def _speed(some: list[Answer]) -> str:
    return _short(len(some[0].said.get("flagged", some[0].truth)) / median(some, "seconds"))


def _memory(some: list[Answer]) -> str:
    return f"{max(one.said['megabytes'] for one in some):.0f}"


def _sources(answers: Sequence[Answer], _: Sequence[str]) -> Iterator[str]:
    for data in names(one.data for one in answers):
        yield f"*{data}*\n"
        here = [one for one in answers if one.data == data]
        yield from (*_table(here, _guilty, {"seconds": lambda own: f"{median(own, 'seconds'):.2f}"}), "")


def _guilty(some: list[Answer]) -> str:
    """The shares of the guilty sources and of the honest ones that are held back; of methods that failed how often."""
    if failed := sum(bool(one.failed) for one in some):
        return f"fails, {failed} of {len(some)}"
    guilty, honest = (share(some, *counts) for counts in (("stopped", "bad"), ("lost", "good")))
    return f"{_percent(guilty)}; {_percent(honest)}"


def _votes(answers: Sequence[Answer], _: Sequence[str]) -> Iterator[str]:
    heads = ["data", "ensemble", "right", "right, whatever 5 rows do", "parts with rows", "seconds"]
    yield f"{row(heads)}\n|{'---|' * len(heads)}"
    for data, own in _each(answers, "data"):
        done = [one for one in own if not one.failed]
        parts = f"{total(done, 'parts') / max(1, len(done)):.0f} of 50"
        told = [str(share(done, "right", "rows")), str(share(done, "proved", "rows")), parts] if done else ["fails", "", ""]
        yield row([data, _name(own[0]), *told, f"{median(done, 'seconds'):.2f}" if done else ""])


def _values(answers: Sequence[Answer], _: Sequence[str]) -> Iterator[str]:
    heads = ["rows", "values", "AUC of flips", "seconds", "MB", "largest difference from ours", "rank correlation with ours"]
    yield f"{row(heads)}\n|{'---|' * len(heads)}"
    for what, own in _each(answers, "what"):
        area = f"{total(own, 'area') / len(own):.3f}"
        yield row([what, _name(own[0]), area, f"{median(own, 'seconds'):.2f}", _memory(own), *_near(answers, own[0])])


def _near(answers: Sequence[Answer], one: Answer) -> list[str]:
    """How near a peer's values are to ours of the same name, of the same rows."""
    if one.ours:
        return ["", ""]
    here = [each for each in answers if each.what == one.what]
    gap, ranks = agreement(here, one.method, f"amlsec {one.method.partition(' ')[2]}")
    return [f"{gap:.1e}", f"{ranks:.3f}"]


def _streams(answers: Sequence[Answer], _: Sequence[str]) -> Iterator[str]:
    heads = ["data", "monitor", "false alarms", *(f"{what}: seen" for what in STREAMS), "at a share of", "its last 10"]
    heads.append("ms a window")
    yield f"{row(heads)}\n|{'---|' * len(heads)}"
    for data, own in _each(answers, "data"):
        yield row([data, _name(own[0]), *_alarms(own)])


def _alarms(own: Sequence[Answer]) -> Iterator[str]:
    *_, slow = each = [[one for one in own if one.what == what] for what in STREAMS]
    shares = [one.counts["share"] for one in slow if one.counts["seen"]]
    yield str(share(own, "false", "clean"))
    yield from (_percent(rate(total(some, "seen"), len(some))) if some else "" for some in each)
    yield f"{100 * sum(shares) / len(shares):.0f} %" if shares else ""
    yield f"{total(slow, 'late') / len(slow):.1f}" if slow else ""
    yield _short(1000 * median(own, "seconds") / len(own[0].truth))


def _each(answers: Sequence[Answer], by: str) -> Iterator[tuple[str, list[Answer]]]:
    """The answers of each method on each data set, or of each size."""
    places = sorted(dict.fromkeys((getattr(one, by), not one.ours, one.method) for one in answers))
    for name, _, method in places:
        yield name, [one for one in answers if (getattr(one, by), one.method) == (name, method)]


def _shown(shown: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    for name, (script, printed) in shown.items():
        _, says, code = (part.strip() for part in script.split('"""'))
        yield f"{says}\n\n```\n# {name}\n{code}\n```\n\nIt prints:\n\n```\n{printed.strip()}\n```\n"


def _failed(answers: Iterable[Answer]) -> Iterator[str]:
    """Every way in which a method raised in this run."""
    found = [(one.method, one.failed[:150].replace("`", "'"), one.data) for one in answers if one.failed]
    yield "Every failure of this run:\n"
    for method, why in dict.fromkeys((method, why) for method, why, _ in found):
        where = names(data for name, said, data in found if (name, said) == (method, why))
        yield f"* {method} on {', '.join(where)}: `{why}`"


TABLES: dict[str, Callable[[Sequence[Answer], Sequence[str]], Iterator[str]]] = {
    "rows": _rows,
    "sources": _sources,
    "votes": _votes,
    "values": _values,
    "streams": _streams,
}
