"""The finding that says whether the model's answers to the same row change by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from amlsec.audit.codes import Code
from amlsec.errors import ModelFailed
from amlsec.evaluation.ground import Ground
from amlsec.evaluation.steadiness import asked_again, first_verdicts
from amlsec.evidence import MEDIUM_HARM, Finding, Interval, Severity, State, rate
from amlsec.models.fixed import Finished


def asked_at_the_end(ground: Ground, clean: Mapping[str, Any]) -> list[int] | str:
    """[otherwise, asked] against the clean game's verdicts, or why a fixed model gave none; [] for one that is trained.

    Each worker trains a model of its own, so that there a change could be the training's; a fixed one is the same.
    """
    if not isinstance(ground.offers["estimator"], Finished):
        return []
    try:
        model, test = ground.clean_model(None), ground.test
        return asked_again(model, test.X, first_verdicts(clean, test.y))
    except ModelFailed as error:
        return str(error)


def steadiness_finding(clean: Mapping[str, Any], at_the_end: Sequence[int] | str) -> Finding:
    """From the clean game's second look, and from one at the end of the audit where there was one."""
    at_once = rate(*clean["again"])
    looks = [at_once] + ([] if isinstance(at_the_end, str) or not at_the_end else [rate(*at_the_end)])
    worst = max(looks, key=lambda look: look.value)
    lost = f" It could not be asked at the end: {at_the_end}." if isinstance(at_the_end, str) else ""
    return Finding(
        code=Code.STEADINESS,
        title="The same row, asked again",
        state=State.MEASURED,
        severity=_severity(worst),
        sentence=_sentence(looks) + lost,
        trials=clean["again"][1],
        advice="Read every figure as unsure by that much: verdicts that change by themselves count as an attacker's wins."
        if worst.value
        else "",
    )


def _severity(worst: Interval) -> Severity:
    if not worst.value:
        return Severity.NONE
    return Severity.MEDIUM if worst.low >= MEDIUM_HARM else Severity.LOW


def _sentence(looks: Sequence[Interval]) -> str:
    if not any(look.value for look in looks):
        return "The model says the same of the same row" + (", at once and at the end." if len(looks) > 1 else ".")
    shown = [f"{look} of the rows get another verdict {when}" for look, when in zip(looks, _WHEN, strict=False)]
    return f"The model answers differently to the same row: {', '.join(shown)}."


_WHEN = ("when asked again at once", "at the end of the audit")
