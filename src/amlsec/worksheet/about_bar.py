"""Questions about the bar: what hurts more, what fails a build, how long it may take."""

from __future__ import annotations

from amlsec.threat import Severity, Violation
from amlsec.worksheet.about_attacker import preset
from amlsec.worksheet.answers import one_of, optional, setting
from amlsec.worksheet.question import Question, usually

BOTH = "both"
SEVERITIES = [severity for severity in Severity if severity != Severity.NONE]

BAR = (
    Question(
        "worse",
        asks="What hurts more: integrity (bad rows let through), availability (good rows stopped), or both alike?",
        why="A spam filter that eats an invoice is not one that lets an advert through.",
        follows="Attacks of that kind get a lower bar of their own, by [conditions].",
        usual=BOTH,
        read=one_of("worse", (Violation.INTEGRITY, Violation.AVAILABILITY, BOTH)),
        default=usually(BOTH),
        decides=lambda card: card.turns_verdicts,
    ),
    Question(
        "fail_on",
        asks=f"From which severity on shall a build fail: {', '.join(SEVERITIES)}?",
        why="A bar that nobody set fails nothing.",
        follows="`amlsec audit` exits with 1 where a finding is at least so severe.",
        usual="high",
        read=optional(one_of("fail_on", SEVERITIES)),
        default=usually(Severity.HIGH),
    ),
    Question(
        "minutes",
        asks="How many minutes may an audit take?",
        why="What matters most is played first.",
        follows="No new game begins after that; the same command goes on where it was.",
        usual="10",
        read=setting("minutes"),
        default=usually(preset("minutes")),
    ),
)
