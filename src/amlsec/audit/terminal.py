"""The result on a terminal: its sentences, its findings worst first, and where the report lies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from amlsec.audit.result import AuditResult
from amlsec.evidence import Defended, Finding, Severity, State
from amlsec.plain import line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

_STYLE = {
    Severity.NONE: "green",
    Severity.LOW: "blue",
    Severity.MEDIUM: "yellow",
    Severity.HIGH: "red",
    Severity.CRITICAL: "bold red",
}


def show(result: AuditResult, paths: Iterable[Path] = (), console: Console | None = None) -> None:
    """Print the summary; `paths` are the files written, the page first."""
    from rich.console import Console

    out = console or Console()
    out.print(_table(result))
    for sentence in result.headline:
        out.print(_plain(sentence))
    if result.run.games_not_run:
        out.print(_plain(_unplayed(result)))
    out.print(_verdict(result))
    for path in paths:
        out.print(_plain(str(path), 4096), soft_wrap=True)


@contextmanager
def progress(console: Console | None = None) -> Iterator[Callable[[int, int, str], None]]:
    """A bar on stderr; what is yielded takes the games done, the games planned, and what was played last."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.fields[what]}", markup=False))
    shown = console or Console(stderr=True)
    if not shown.is_terminal:
        yield _tenths(shown)
        return
    bar = Progress(*columns, console=shown, transient=True)
    task = bar.add_task("games", total=None, what="")

    def ended(done: int, planned: int, what: str) -> None:
        bar.start()
        bar.update(task, completed=done, total=planned, what=line(what, 60))

    try:
        yield ended
    finally:
        if bar.live.is_started:
            bar.stop()


def _tenths(console: Console) -> Callable[[int, int, str], None]:
    """A line for each tenth of the games, where no bar can be drawn."""

    def ended(done: int, planned: int, what: str) -> None:
        if done * 10 // planned > (done - 1) * 10 // planned:
            console.print(_plain(f"{done} of {planned} games, last: {what}"))

    return ended


def _table(result: AuditResult) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("severity", "code", "finding"):
        table.add_column(name, no_wrap=name != "finding")
    table.add_column("harm", justify="right", no_wrap=True)
    table.add_column("best defense leaves")
    measured = [finding for finding in result.worst_first if finding.state == State.MEASURED]
    for finding in measured:
        table.add_row(*_row(finding))
    idle = len(result.findings) - len(measured)
    if idle:
        table.add_row("", "", _plain(f"and {idle} not applicable or not run; the report says why"), "", "")
    return table


def _row(finding: Finding) -> list[Text]:
    from rich.text import Text

    severity = Severity(finding.severity)
    harm = f"{finding.harm.value:.1%}" if finding.harm else ""
    word = finding.standing
    shown = (_plain(finding.code), _plain(finding.title, 60), _plain(harm), _plain(_left(finding.best_defense)))
    return [Text(word, style=_STYLE[severity]), *shown]


def _left(defended: Defended | None) -> str:
    return f"{defended.left.value:.1%} ({defended.defense})" if defended else ""


def _unplayed(result: AuditResult) -> str:
    run = result.run
    return f"{run.games_run} of {run.games_planned} games were played in the time; the same command goes on from there."


def _verdict(result: AuditResult) -> Text:
    from rich.text import Text

    if result.exit_code == 3:
        return Text("Nothing could be tested.", style="bold")
    if result.failed:
        return Text(line(f"Over the bar ({result.bar}): {', '.join(result.failed)}"), style="bold red")
    return Text(line(f"Under the bar ({result.bar})."), style="green")


def _plain(told: str, longest: int = 300) -> Text:
    from rich.text import Text

    return Text(line(told, longest))
