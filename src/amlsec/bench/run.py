"""The bench of poisoning: attacks against defenses on several data sets, measured alike."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from amlsec import __version__, engine
from amlsec.bench.field import Field, counts, fields
from amlsec.bench.plan import harmful, with_defenses, without_defense
from amlsec.bench.settings import BenchSettings, settings
from amlsec.bench.table import Row, alone, behind
from amlsec.budget import PoisonBudget
from amlsec.errors import ModelFailed
from amlsec.evaluation.jobs import Job, Work, play

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Bench:
    """What a bench found, and how it ran.

    Attributes
    ----------
    rows : the table
    counts : for each data set, how many rows served as what
    models : for each data set, what was trained, in words
    games_run, games_not_run : games that gave a result, and that failed or that time did not allow
    because : why games were not run, and how many for each reason
    """

    rows: tuple[Row, ...]
    counts: dict[str, dict[str, int]]
    models: dict[str, str]
    started: str
    seconds: float
    games_run: int
    games_not_run: int
    because: dict[str, int]
    version: str = __version__


def bench_poisoning(progress: Progress | None = None, **options: Any) -> Bench:
    """Measure what each defense leaves of each poisoning attack, by an attacker who knows it and by one who does not.

    The options are those of `amlsec bench poisoning`, with underscores. Attacks that do no harm alone meet no defense.
    Finished games are stored under `out`, so that a bench that was stopped goes on where it was; many processes, or a
    Dask cluster, give the same numbers as one.

    Raises InvalidInput before any work where an option breaks a rule, a data set is missing or two have one name;
    ModelFailed where a classifier cannot judge the clean rows.
    """
    return benched(settings(options), progress or _silent)


def _silent(done: int, planned: int, what: str, /) -> None:
    """No progress is shown."""


def benched(asked: BenchSettings, progress: Progress) -> Bench:
    """Run the bench that these settings ask for; see `bench_poisoning`."""
    started, clock = datetime.now(UTC), time.monotonic()
    played = fields(asked)
    _play(played, asked, clock + 60 * asked.minutes, progress)
    return Bench(
        tuple(row for each in played for row in _rows(each)),
        counts(played),
        {each.name: each.subject.model for each in played},
        started.isoformat(timespec="seconds"),
        round(time.monotonic() - clock, 1),
        sum(each.results.run for each in played),
        sum(each.results.not_run for each in played),
        dict(Counter(why for each in played for why in each.results.because.values()).most_common()),
    )


def _play(played: Sequence[Field], asked: BenchSettings, over: float, progress: Progress) -> None:
    """Attacks alone on every data set; then, of those that did harm, against the defenses."""
    total = 0
    for phase in (_alone, _behind):
        planned = [(each, phase(each)) for each in played]
        total += sum(len(jobs) for _, jobs in planned)
        for place, (each, jobs) in enumerate(planned):
            turn = (over - time.monotonic()) / (len(planned) - place)
            for job in _ended(each, jobs, asked, max(turn, 0.0)):
                progress(sum(other.results.run for other in played), total, f"{each.name}: {job}")


def _alone(each: Field) -> list[Job]:
    return without_defense(each.contest)


def _behind(each: Field) -> list[Job]:
    return with_defenses(each.contest, each.results)


def _ended(each: Field, jobs: Sequence[Job], asked: BenchSettings, seconds: float) -> Iterator[Job]:
    """The jobs of one data set as they end; results are stored and taken in."""
    tasks = [engine.Task(job.key, _work(each, job)) for job in jobs]
    workers, store = engine.Workers(asked.workers, asked.cluster), engine.Store(each.games)
    for task, result in engine.run(play, tasks, store, workers=workers, seconds=seconds):
        job = task.payload.job
        each.results.add(job, result)
        if job == Job() and (result is None or "failed" in result):
            why = result["failed"] if result else "the time was over before the clean test rows were judged"
            raise ModelFailed(f"{each.name}: {why}")
        if result is not None:
            yield job


def _work(each: Field, job: Job) -> Work:
    return Work(each.rows, job, PoisonBudget(job.scale) if job.attack else None)


def _rows(each: Field) -> Iterator[Row]:
    """Every attack at every share alone, and, where it does harm, behind every defense that claims its cell."""
    worst = {card.name for card in harmful(each.contest, each.results)}
    for card in each.contest.attacks:
        for share in sorted(each.contest.shares):
            base = alone(each.name, card, share, each.results)
            if base is None:
                continue
            yield base
            for defense in each.contest.claiming(card) if card.name in worst else ():
                yield behind(base, card, defense.name, each.results)
