"""The audit: prepare, plan, play, find, conclude."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from amlsec import __version__, engine
from amlsec.audit import checks, conclusions
from amlsec.audit.answers import with_answers
from amlsec.audit.canaries import canaries_finding, questions, why_not
from amlsec.audit.claims import claims_finding
from amlsec.audit.codes import Code, require_known
from amlsec.audit.command import command
from amlsec.audit.defenses import tried
from amlsec.audit.files import read_baseline
from amlsec.audit.findings import Frame, attack_finding, clean_rates, not_run, verdicts_finding
from amlsec.audit.fingerprint import fingerprint, libraries
from amlsec.audit.fixed import stands_before, unsuited, without_training
from amlsec.audit.layers import layers_finding
from amlsec.audit.layers import played as played_layers
from amlsec.audit.plan import Asked, budget, inapplicable, is_wide_poisoning, phases
from amlsec.audit.poisoning import poisoning_finding
from amlsec.audit.result import AuditResult, Run
from amlsec.audit.result import Subject as Described
from amlsec.audit.set_apart import with_register
from amlsec.audit.settings import Settings
from amlsec.audit.settings import settings as checked
from amlsec.audit.sources import source_finding
from amlsec.audit.steadiness import asked_at_the_end, steadiness_finding
from amlsec.audit.subject import NOTHING, Given, Subject, prepared
from amlsec.canaries.register import as_toml
from amlsec.catalogue import Card, Kind, Victim, discover
from amlsec.errors import InvalidInput, ModelFailed
from amlsec.evaluation.canary_game import Questions
from amlsec.evaluation.folder import GroundFolder, saved
from amlsec.evaluation.ground import Ground
from amlsec.evaluation.jobs import Job, Work, play
from amlsec.evaluation.results import Results
from amlsec.evaluation.sources import likelihoods
from amlsec.evidence import Finding, State
from amlsec.models.fixed import Finished
from amlsec.register import Register
from amlsec.space.tabular import TabularSpace

Progress = Callable[[int, int, str], None]
TEXT_COST, MOST_SOURCES = 30.0, 12


def run_audit(data: Any = None, *, model: Any = None, progress: Progress | None = None, **options: Any) -> AuditResult:
    """Measure how the model that these data would train can be attacked, and what would help.

    `data` is the path of a table, or a pandas, polars or Arrow table; `model` an unfitted scikit-learn classifier, one that
    nothing trains (a fitted one with `fixed=True`, a torch module, a bare booster, `amlsec.models`), or as in `amlsec
    audit`, whose options are the others, with underscores: `target` at least. Finished games are stored under
    `out`, so that an audit that was stopped goes on where it was.

    Raises InvalidInput before any work where an option, the data or the model breaks a rule; ModelFailed where the
    model cannot judge the clean test rows.
    """
    in_memory = data is not None and not isinstance(data, str | Path)
    told = {"data": "(a table in memory)" if in_memory else data, **options}
    if is_named := isinstance(model, str | Path):
        told["model"] = model
    given = Given(data if in_memory else None, None if is_named else model)
    asked = checked({name: str(value) if isinstance(value, Path) else value for name, value in told.items()})
    return audited(asked, progress or _silent, given)


def _silent(done: int, planned: int, what: str, /) -> None:
    """No progress is shown."""


def audited(settings: Settings, progress: Progress, given: Given = NOTHING) -> AuditResult:
    """Run the audit that these settings ask for, on what is given in memory where it is; see `run_audit`."""
    started, clock = datetime.now(UTC), time.monotonic()
    earlier = read_baseline(settings.baseline).findings if settings.baseline else []
    cards = [card for card in discover() if card.kind.is_attack]
    for setting, codes in (("only", settings.only), ("conditions", settings.conditions)):
        require_known(setting, codes, [card.code for card in cards])
    settings = with_register(settings)
    subject = prepared(settings, given)
    asked = _asked_for(cards, subject, settings)
    frame = Frame(settings, subject.space.unit, _cost(settings, subject), _counts(subject))
    at = _made(_work(subject, settings) / "rows", settings)
    planted = len(subject.canaries.rows) if subject.canaries else 0
    folder = saved(subject.parts, at, subject.space, subject.offers, subject.sensitive, planted)
    results = _played(asked, folder, frame, progress)
    findings = _findings(cards, subject, results, frame, folder.open())
    run = _run(settings, started, time.monotonic() - clock, results)
    return conclusions.concluded(_described(subject, settings, results), run, findings, settings, earlier)


def _asked_for(cards: list[Card], subject: Subject, settings: Settings) -> Asked:
    applicable = [card for card in cards if not _why_not(card, subject, settings)]
    attacks, sources = [card for card in applicable if _serves(card, settings)], _sources(subject, settings)
    hostile = [card for card in applicable if is_wide_poisoning(card)] if sources else []
    defenses = tried(settings.defense, _defenses(subject))
    return Asked(attacks, defenses, sources, hostile, settings, _questions(subject, settings))


def _questions(subject: Subject, settings: Settings) -> Questions | None:
    """What is asked about canaries; None where that is not asked for, or nothing can be measured."""
    told = subject.canaries, subject.estimator, settings
    if not _asked(Code.CANARIES, settings) or subject.canaries is None or why_not(*told):
        return None
    return questions(subject.canaries, subject.estimator, settings)


def _why_not(card: Card, subject: Subject, settings: Settings) -> str:
    """Why an attack does not apply, by what was asked for or by what the model is; empty where it may."""
    return inapplicable(card, settings, subject.space.kind) or unsuited(card, subject.estimator)


def _findings(cards: list[Card], subject: Subject, results: Results, frame: Frame, ground: Ground) -> list[Finding]:
    settings = frame.settings
    asked = [card for card in cards if _serves(card, settings)]
    found = {card.name: _attack_finding(card, _why_not(card, subject, settings), results, frame) for card in asked}
    findings = [*found.values(), *_others(subject, ground, cards, results, found, settings)]
    asked_for = (finding for finding in findings if _asked(finding.code, settings))
    return sorted(with_answers(asked_for), key=lambda finding: finding.code)


def _attack_finding(card: Card, why_not: str, results: Results, frame: Frame) -> Finding:
    if why_not := why_not or results.unfit.get(card.name, ""):
        return not_run(card, why_not, State.NOT_APPLICABLE)
    return attack_finding(card, results, frame, command(frame.settings, only=card.code))


def _asked(code: str, settings: Settings) -> bool:
    return not settings.only or code in settings.only


def _serves(card: Card, settings: Settings) -> bool:
    """Whether a finding that is asked for comes from this attack: its own, or one made from the games of several."""
    ranked = _poisons_verdicts(card) and Code.POISONING in settings.only
    layered = card.turns_verdicts and Code.LAYERS in settings.only
    claimed = card.kind == Kind.MEMBERSHIP and Code.CLAIM in settings.only
    return ranked or layered or claimed or _asked(card.code, settings)


def _poisons_verdicts(card: Card) -> bool:
    return card.kind == Kind.POISONING and card.turns_verdicts


def _defenses(subject: Subject) -> list[Card]:
    cards = [card for card in discover() if not card.kind.is_attack and card.victim == Victim.CLASSIFIER]
    return [card for card in cards if subject.space.kind in card.spaces and stands_before(card, subject.estimator)]


def _sources(subject: Subject, settings: Settings) -> list[str]:
    """The sources of the training rows, largest first, where the ranking is asked for."""
    source = subject.parts["train"].source
    if source is None or not _asked(Code.SOURCES, settings) or isinstance(subject.estimator, Finished):
        return []
    from collections import Counter

    return [name for name, _ in Counter(source.tolist()).most_common(MOST_SOURCES)]


def _cost(settings: Settings, subject: Subject) -> float:
    """What he may change in a row: 30 words, or a tenth of the columns moved by their scale, two at least."""
    if settings.cost is not None:
        return settings.cost
    return max(2.0, 0.1 * len(subject.space.columns)) if isinstance(subject.space, TabularSpace) else TEXT_COST


def _counts(subject: Subject) -> dict[str, int]:
    return {name: len(part) for name, part in subject.parts.items()}


def _work(subject: Subject, settings: Settings) -> Path:
    return settings.out / "work" / _fingerprint(subject, settings)


def _made(folder: Path, settings: Settings) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput("out", str(settings.out), f"cannot hold the report: {error.strerror}") from error
    return folder


def _played(asked: Asked, folder: GroundFolder, frame: Frame, progress: Progress) -> Results:
    """Play phase after phase the jobs that the folder of results does not hold yet."""
    results, store = Results(), engine.Store(folder.path.parent / "games")
    over, seen = time.monotonic() + frame.settings.minutes * 60, set[Job]()
    for phase in phases(asked):
        jobs = [job for job in dict.fromkeys(phase(asked, results)) if job not in seen]
        seen.update(jobs)
        tasks = [engine.Task(job.key, _work_of(job, folder, frame, asked)) for job in jobs]
        left = max(over - time.monotonic(), 0.0)
        for task, result in engine.run(play, tasks, store, workers=engine.Workers(frame.settings.workers), seconds=left):
            results.add(task.payload.job, result)
            if result is not None:
                progress(results.run, len(seen), str(task.payload.job))
            if task.payload.job == Job():
                _require_judged(result)
    return results


def _require_judged(clean: Mapping[str, Any] | None) -> None:
    """Raise ModelFailed where the game of the clean test rows did not end well."""
    if clean is None:
        raise ModelFailed("the time was over before the clean test rows were judged")
    if "failed" in clean:
        raise ModelFailed(clean["failed"])


def _work_of(job: Job, folder: GroundFolder, frame: Frame, asked: Asked) -> Work:
    if job.canaries:
        return Work(folder, job, asked.canaries)
    cards = {card.name: card for card in discover()}
    return Work(folder, job, budget(cards[job.attack], frame.settings, frame.cost, job.scale) if job.attack else None)


def _fingerprint(subject: Subject, settings: Settings) -> str:
    """The same for audits that play the same games on the same rows with the same model."""
    told = settings.model_dump(
        mode="json",
        exclude={"out", "minutes", "jobs", "baseline", "fail_on", "conditions", "only", "defense", "seeds", "config"},
    )
    canaries = subject.canaries and as_toml(subject.canaries.register)
    return fingerprint(subject, settings.model, (sorted(told.items()), canaries))


def _sources_finding(subject: Subject, ground: Ground, results: Results, settings: Settings) -> Finding:
    if ground.train.source is None:
        return checks.no_sources()
    known = likelihoods(ground, subject.register or Register())
    likelihood = {name: suspicion.likelihood for name, suspicion in known.items()}
    played = set(_sources(subject, settings))
    small = {"smaller sources not played": len(likelihood.keys() - played)}
    return replace(source_finding(results, likelihood, command(settings, only=Code.SOURCES)), counts=small)


def _others(
    subject: Subject, ground: Ground, cards: list[Card], results: Results, found: dict[str, Finding], settings: Settings
) -> list[Finding]:
    measured = {name: finding for name, finding in found.items() if finding.state == State.MEASURED}
    poisoning = [found[card.name] for card in cards if _poisons_verdicts(card) and card.name in found]
    of_training = [
        _sources_finding(subject, ground, results, settings),
        poisoning_finding(poisoning, command(settings, only=Code.POISONING)),
        claims_finding(cards, results, command(settings, only=Code.CLAIM)),
    ]
    return [
        *without_training(of_training, subject.estimator),
        layers_finding([card for card in cards if card.name in measured], results, _again_in_layers(settings, results)),
        verdicts_finding(results.clean[""]),
        steadiness_finding(results.clean[""], asked_at_the_end(ground, results.clean[""])),
        canaries_finding(subject.canaries, subject.estimator, results, settings),
        checks.duplicates(subject.table.batch),
        checks.conflicts(subject.table.batch),
        *checks.evaluation_checks(cards, results, measured),
    ]


def _again_in_layers(settings: Settings, results: Results) -> str:
    """What to type to play against the same layers again."""
    stack = played_layers(results)
    told = settings if stack is None else settings.model_copy(update={"layers": stack.name})
    return command(told, only=Code.LAYERS)


def _described(subject: Subject, settings: Settings, results: Results) -> Described:
    batch = subject.table.batch
    return Described(
        data=subject.name,
        model=subject.model,
        rows=len(batch),
        distinct_rows=len(set(batch.content())),
        malicious_share=float(batch.y.mean()),
        columns=list(subject.table.names),
        target=settings.target or "label",
        malicious_label=", ".join(subject.table.labels.malicious),
        benign_label=", ".join(subject.table.labels.benign),
        sources=0 if batch.source is None else len(set(batch.source.tolist())),
        split=_counts(subject),
        trained=None if isinstance(subject.estimator, Finished) else len(subject.parts["train"] + subject.parts["trusted"]),
        notes=list(subject.notes),
        clean=clean_rates(results.clean[""]),
    )


def _run(settings: Settings, started: datetime, seconds: float, results: Results) -> Run:
    return Run(
        amlsec=__version__,
        started=started.isoformat(timespec="seconds"),
        seconds=round(seconds, 1),
        seed=settings.seed,
        command=command(settings),
        threat=conclusions.threat(settings),
        libraries=libraries(),
        games_planned=results.run + results.not_run,
        games_run=results.run,
        games_not_run=results.not_run,
    )


def finished(settings: Settings, result: AuditResult) -> None:
    """Take away the stored games of an audit of which nothing is left to run."""
    import shutil

    if not result.run.games_not_run:
        shutil.rmtree(settings.out / "work", ignore_errors=True)
