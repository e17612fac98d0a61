"""What does not apply to a model, by what it is."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from amlsec.audit.fixed import NOTHING_TRAINS, require_guards, stands_before, unknown_past, unsuited, without_training
from amlsec.audit.settings import settings
from amlsec.catalogue import Kind, discover
from amlsec.errors import InvalidInput
from amlsec.evidence import Finding, Severity, State
from amlsec.models.command import Command
from amlsec.models.fixed import Fixed
from amlsec.threat import Influence
from amlsec.whitebox.linear import Linear
from grounds import card

COMMAND = Fixed(Command(("true",), verdicts={0: 0}))
SCORED = Fixed(Command(("true",), verdicts={0: 0}, score=".+"))
TRAINED = Fixed(LogisticRegression().fit(np.array([[0.0], [1.0]]), [0, 1]))


def evasion(access, inside=None):
    return replace(card("evasion", None, access=access), inside=inside)


@pytest.mark.parametrize(
    ("attack", "model", "why"),
    [
        (evasion("labels"), COMMAND, ""),
        (evasion("outcomes"), COMMAND, ""),
        (evasion("scores"), COMMAND, "it takes scores of the model, this one gives labels"),
        (evasion("scores"), SCORED, ""),
        (evasion("parameters"), SCORED, "it takes parameters of the model, this one gives scores"),
        (evasion("parameters", Linear), TRAINED, ""),
        (evasion("parameters", Linear), LogisticRegression(), ""),
        (evasion("parameters", Linear), KNeighborsClassifier(), "a KNeighborsClassifier has no linear to be seen"),
        (card("poisoning", None), TRAINED, NOTHING_TRAINS),
        (card("poisoning", None), LogisticRegression(), ""),
        (card("membership", None, "privacy"), TRAINED, "on which rows it was trained is not known"),
        (card("membership", None, "privacy"), LogisticRegression(), ""),
        (card("inference", None, "privacy"), TRAINED, "on which rows it was trained is not known"),
        (card("extraction", None, "privacy", access="labels"), COMMAND, ""),
        (card("extraction", None, "privacy", access="scores"), COMMAND, "this one gives labels"),
    ],
)
def test_why_an_attack_does_not_apply(attack, model, why):
    said = unsuited(attack, model)
    assert said == why or (why and why in said)


def test_every_attack_on_training_is_left_out_and_no_other():
    for attack in (one for one in discover() if one.kind.is_attack):
        causative = attack.cell.influence == Influence.CAUSATIVE
        assert (unsuited(attack, TRAINED) == NOTHING_TRAINS) == causative


def test_guards_alone_stand_before_a_fixed_model():
    defenses = [one for one in discover() if not one.kind.is_attack]
    assert {one.kind for one in defenses if stands_before(one, TRAINED)} == {Kind.GUARD}
    assert all(stands_before(one, LogisticRegression()) for one in defenses)


def test_layers_that_would_train_it_are_refused():
    told = settings({"data": "x.csv", "target": "y", "layers": "roni & abstain"})
    require_guards(told, LogisticRegression())
    with pytest.raises(InvalidInput, match="holds roni: the model under audit is fixed"):
        require_guards(told, TRAINED)
    require_guards(settings({"data": "x.csv", "target": "y", "layers": "dynamic-threshold | abstain"}), TRAINED)
    require_guards(settings({"data": "x.csv", "target": "y"}), TRAINED)


def test_its_past_is_not_known():
    assert [NOTHING_TRAINS in note for note in unknown_past(COMMAND)] == [True]
    assert unknown_past(LogisticRegression()) == ()


def test_findings_about_training_rows_do_not_apply():
    found = [Finding("AML-S01", "Sources", State.MEASURED, severity=Severity.HIGH, sentence="x")]
    assert without_training(found, LogisticRegression()) == found
    [idle] = without_training(found, COMMAND)
    assert (idle.code, idle.title, idle.state, idle.because) == ("AML-S01", "Sources", "not applicable", NOTHING_TRAINS)
    assert (idle.severity, idle.sentence) == (Severity.NONE, "")
