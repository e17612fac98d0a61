"""What the model gives away, for whoever answers for the people in the data: plain data made from the findings.

The questions are those of Opinion 05/2014 of the Article 29 Working Party (can a person be singled out, can more of one be
inferred) and of Opinion 28/2024 of the European Data Protection Board (can personal data be got out of a model, by what
means).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from amlsec.audit.codes import Code
from amlsec.audit.phrases import capital
from amlsec.audit.result import Leak, Privacy, Subject
from amlsec.audit.words import advice
from amlsec.catalogue import Card, Kind, discover
from amlsec.evaluation.extraction_game import SAME
from amlsec.evidence import Finding, Severity, State
from amlsec.plain import line
from amlsec.threat import Influence, Specificity, ThreatModel, Violation

MOST_NAMED = 12
"""So many columns are named."""
UNTESTED = "not tested"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, why it matters, which findings answer it, and what these, the worst first, say."""

    asked: str
    means: str
    answers: Callable[[Finding], bool]
    told: Callable[[Sequence[Finding]], str]


def privacy(subject: Subject, findings: Sequence[Finding], sensitive: Sequence[str] = ()) -> Privacy:
    """The section: from what was audited, all that was found, and the columns named as sensitive."""
    leaks = [_leak(question, findings) for question in QUESTIONS]
    return Privacy(summary=_summary(leaks), whose=_whose(subject, sensitive), leaks=leaks, claims=_claims(findings))


def _whose(subject: Subject, sensitive: Sequence[str]) -> list[str]:
    named_columns = ", ".join(line(name, 40) for name in subject.columns[:MOST_NAMED])
    more = f" and {len(subject.columns) - MOST_NAMED} more" if len(subject.columns) > MOST_NAMED else ""
    return [
        f"{subject.trained:,} records trained the model that was attacked, of {subject.rows:,} in the data."
        if subject.trained is not None
        else "The model was trained elsewhere, and on whose records is not known here.",
        f"A record holds: {named_columns}{more}.",
        f"Named as sensitive: {', '.join(line(name, 40) for name in sensitive)}."
        if sensitive
        else "No column was named as sensitive (--sensitive).",
        f"The records came from {subject.sources:,} sources, as the data say."
        if subject.sources
        else "The data do not say where each record came from, so none can be traced to who gave it.",
        "Whether a record is about a person is yours to say. Figures are by record: a person with several is more exposed.",
    ]


def _leak(question: Question, findings: Sequence[Finding]) -> Leak:
    behind = sorted((finding for finding in findings if question.answers(finding)), key=_badness, reverse=True)
    codes = [finding.code for finding in behind]
    if not behind or behind[0].state != State.MEASURED:
        return _unanswered(question, _why_not(behind), codes)
    worst = behind[0]
    return Leak(
        question=question.asked,
        means=question.means,
        severity=worst.severity,
        standing=worst.standing,
        answer=question.told(behind) + _left_out(behind),
        cost=_cost(worst),
        helps=_helps(behind),
        figures={str(row["measure"]): str(row["value"]) for row in worst.table if "measure" in row},
        codes=codes,
    )


def _unanswered(question: Question, why: str, codes: list[str]) -> Leak:
    return Leak(
        question=question.asked,
        means=question.means,
        severity=Severity.NONE,
        standing=UNTESTED,
        answer=why,
        cost="",
        helps="",
        figures={},
        codes=codes,
    )


def _badness(finding: Finding) -> tuple[bool, int, float]:
    measured = finding.state == State.MEASURED
    return measured, Severity(finding.severity).rank, finding.harm.value if finding.harm else 0.0


def _why_not(behind: Sequence[Finding]) -> str:
    return f"Not tested: {_reasons(behind)}." if behind else "Not tested: it was not asked for."


def _left_out(behind: Sequence[Finding]) -> str:
    """How many of the attacks could have been played and were not: the strongest may be among them."""
    lost = [finding for finding in behind if finding.state == State.NOT_RUN]
    return f" Not played: {len(lost)} of {len(behind)} attacks ({_reasons(lost)})." if lost else ""


def _reasons(findings: Sequence[Finding]) -> str:
    """Why attacks were not played, each reason once; findings call their attack "it"."""
    return "; ".join(dict.fromkeys(re.sub("^it ", "the attack ", finding.because) for finding in findings))


def _cost(worst: Finding) -> str:
    return ": ".join(part for part in (worst.who, worst.cost) if part)


def _helps(behind: Sequence[Finding]) -> str:
    """What helped against the worst attack, or where none met a defense but a milder one did, against that."""
    worst = behind[0]
    if worst.severity == Severity.NONE:
        return "Nothing was shown that would need help; a stronger attack may come."
    met = next((finding for finding in behind if finding.defended), None)
    if met is None:
        return "No defense was played against it; with more time (--minutes) those that claim to help are."
    return _helped(met) if met is worst else f"Not played against it, but against {met.title}: {_helped(met)}"


def _helped(met: Finding) -> str:
    best, told = met.best_defense, " ".join(dict.fromkeys((met.advice, advice(met))))
    if best is None:
        return told
    card = _cards().get(best.member)
    does = f" What it does: {card.summary[:1].lower()}{card.summary[1:]}" if card else ""
    return told + does + (f" {capital(best.note)}." if best.note else "")


def _summary(leaks: Sequence[Leak]) -> str:
    shown = [leak for leak in leaks if leak.severity != Severity.NONE]
    untested = [leak for leak in leaks if leak.standing == UNTESTED]
    calm = len(leaks) - len(shown) - len(untested)
    return (
        f"Of {len(leaks)} ways in which a model can give its data away: {len(shown)} shown, {calm} tested and not shown to "
        f"matter, {len(untested)} not tested."
    )


def _claims(findings: Sequence[Finding]) -> list[str]:
    return [found.sentence for found in findings if found.code == Code.CLAIM and found.state == State.MEASURED]


def _of_kind(kind: Kind, *aims: Specificity) -> Callable[[Finding], bool]:
    """Whether a finding is of an attack of this kind on privacy, of these aims."""
    cells = [ThreatModel(influence, Violation.PRIVACY, aim) for influence in Influence for aim in aims]

    def answers(finding: Finding) -> bool:
        card = _cards().get(finding.member)
        return card is not None and card.kind == kind and card.cell in cells

    return answers


def _cards() -> dict[str, Card]:
    return {card.name: card for card in discover()}


def _worst(behind: Sequence[Finding]) -> str:
    return behind[0].sentence


def _copied(behind: Sequence[Finding]) -> str:
    """Also which attack copies the model to the last digit: a copy may gain little and be exact."""
    exact = next((found for found in behind if any(str(row.get("value")).endswith(SAME) for row in found.table)), None)
    return _worst(behind) + (f" {exact.title} copies it exactly, with {exact.cost}." if exact else "")


def _recognised(behind: Sequence[Finding]) -> str:
    """Of so many records how many are named, and how sure a claim is."""
    finding = behind[0]
    assert finding.harm
    low, value, high = (round(100 * end) for end in (finding.harm.low, finding.harm.value, finding.harm.high))
    named_right = (
        f"Of 100 records that were used, the strongest attack ({finding.title}) names {value} ({max(low, 0)} to {high}), "
        "and of 100 that were not used it wrongly claims 1. Blind guessing would name 1."
    )
    if finding.severity == Severity.NONE:
        return f"Little or nothing was shown. {named_right}"
    right = finding.harm.value / (finding.harm.value + 0.01)
    return f"{named_right} If half of the records he asks about were used, {100 * right:.0f} of 100 of his claims are right."


QUESTIONS = (
    Question(
        "Can somebody find out that a person's record was used?",
        "That a record was used can itself say something: that somebody was a patient, a debtor, or reported a mail. "
        "It singles a person out among others like them.",
        _of_kind(Kind.MEMBERSHIP, *Specificity),
        _recognised,
    ),
    Question(
        "Does it help him to slip records of his own into the training?",
        "Who can write to the data, through a form, a feed or a report button, may make the model give away more of others.",
        _of_kind(Kind.POISONING, *Specificity),
        _worst,
    ),
    Question(
        "Can somebody who knows part of a person's record learn the rest?",
        "Counted is only what asking the model adds: what the known part gives away by itself is no leak of the model.",
        _of_kind(Kind.INFERENCE, Specificity.TARGETED),
        _worst,
    ),
    Question(
        "Can somebody read from it what the people of one kind look like?",
        "Where all rows of a kind are one person's, as in the recognition of faces or of typing, that is the person's data.",
        _of_kind(Kind.INFERENCE, Specificity.INDISCRIMINATE),
        _worst,
    ),
    Question(
        "Can somebody make a copy of the model by asking it?",
        "A copy can be asked without limit and unseen, so that limits on questions protect nobody any more.",
        _of_kind(Kind.EXTRACTION, *Specificity),
        _copied,
    ),
    Question(
        "Does it give away secrets that were planted to find out?",
        "Planted records, called canaries, stand for what must not leak: what is learnt of them can be learnt of other "
        "unusual records.",
        lambda finding: finding.code == Code.CANARIES,
        _worst,
    ),
)
