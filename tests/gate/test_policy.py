"""Policies: what a person writes is what the gate judges by, and what is wrong is said with key, value and rule."""

import inspect
import json

import numpy as np
import pytest

from amlsec.catalogue import Kind, of_kind
from amlsec.errors import InvalidInput
from amlsec.gate.policy import DEFAULT, OFFERED, Caps, Rates, Sentinel, parsed_policy
from gate_rows import judged, sentenced


def screens(text: str, rule: str = "one"):
    return parsed_policy(f'rule = "{rule}"\n[screens.one]\n{text}').screens


def test_the_default_is_what_is_left_out() -> None:
    assert parsed_policy(DEFAULT) == parsed_policy("")
    assert parsed_policy("").rates == Rates()
    assert parsed_policy("").caps == Caps()
    assert parsed_policy("").sentinel == Sentinel()


def test_the_text_is_kept_and_the_policy_is_json() -> None:
    policy = parsed_policy(DEFAULT)
    assert policy.text == DEFAULT
    said = json.loads(json.dumps(policy.as_json()))
    assert said["rule"] == "roni & provenance"
    assert said["caps"]["days"] == 7
    assert said["screens"]["provenance"]["convicts"] is False


@pytest.mark.parametrize("card", list(of_kind(Kind.SCREEN)), ids=lambda card: card.name)
def test_every_screen_of_the_catalogue_serves_with_its_own_defaults_written_out(card) -> None:
    takes = {k: v.default for k, v in inspect.signature(card.run).parameters.items() if k not in OFFERED}
    told = "\n".join(
        f"{key} = {json.dumps('row' if callable(value) else list(value) if isinstance(value, tuple) else value)}"
        for key, value in takes.items()
    )
    (screen,) = screens(f'screen = "{card.name}"\n{told}')
    assert screen.screen == card.name
    assert set(screen.parameters) == set(takes)
    assert isinstance(screen.build({}), card.run)


def test_one_policy_may_judge_by_row_and_by_group() -> None:
    text = 'rule = "roni & copies"\n[screens.roni]\n[screens.copies]\nscreen = "roni"\ngroup = "near-duplicates"'
    policy = parsed_policy(text)
    assert [screen.name for screen in policy.screens] == ["roni", "copies"]
    assert [screen.build({}).get_params()["group"] for screen in policy.screens][1] == "near-duplicates"
    assert all(screen.convicts for screen in policy.screens)


@pytest.mark.parametrize(
    "text", ['screen = "provenance"', 'screen = "roni"\ngroup = "source"', 'screen = "roni"\ngroup = "day"']
)
def test_who_judges_a_source_does_not_convict(text: str) -> None:
    assert [screen.convicts for screen in screens(text)] == [False]
    with pytest.raises(InvalidInput, match=r"screens\.one\.convicts in the policy is True: must be false: it judges"):
        screens(f"{text}\nconvicts = true")


def test_any_screen_may_be_told_not_to_convict() -> None:
    assert [screen.convicts for screen in screens('screen = "sphere"\nconvicts = false')] == [False]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rule = ", "policy is 'the policy': must be TOML"),
        ("rules = 1", "rules in the policy is 1: is unknown; known are caps, model, protected, rates, rule"),
        ("rule = 1", "rule in the policy is 1: must be a text"),
        ('rule = "roni &"', "layers is 'roni &': ends too early"),
        ('rule = "roni"\n[screens.sphere]', "names roni, but there is no table"),
        ('rule = "roni"\n[screens.roni]\n[screens.sphere]', "must name every screen, and leaves out sphere"),
        ('rule = "no-such"', r"screens\.no-such\.screen in the policy is 'no-such': must be a screen of the catalogue"),
        ('rule = "abstain"', "must be a screen, and is of the kind guard"),
        ("screens = 3", "screens in the policy is 3: must be a table"),
        (
            'rule = "roni"\n[screens.roni]\nfdrr = 1',
            r"screens\.roni\.fdrr in the policy is 1: is unknown; known",
        ),
        ('rule = "roni"\n[screens.roni]\nestimator = "x"', r"screens\.roni\.estimator in the policy is 'x': is unknown"),
        ('rule = "roni"\n[screens.roni]\nfdr = "x"', r"screens\.roni\.fdr in the policy is 'x': must be a number"),
        ('rule = "roni"\n[screens.roni]\ntrials = 1.5', "is 1.5: must be a whole number"),
        ('rule = "roni"\n[screens.roni]\ntrials = true', "is True: must be a whole number"),
        ('rule = "roni"\n[screens.roni]\nat_most = [1]', r"is \[1\]: must have 3 parts"),
        ('rule = "roni"\n[screens.roni]\nat_most = [1, 2, "x"]', "is 'x': must be a whole number"),
        ('rule = "roni"\n[screens.roni]\nhold_back = nan', "is nan: must be a number"),
        ("[rates]\nfalse_rejection = 0", r"rates.false_rejection in the policy is 0: must lie in \[1e-12, 1\)"),
        ("[rates]\nfalse_rejection = 5e-324", "must lie in"),
        (f"[rates]\nfalse_rejection = {'9' * 400}", "must be at most 9007199254740992 in size"),
        (f"[rates]\nperiod = {'9' * 400}", "must be at most 9007199254740992 in size"),
        (f"[rates]\nperiod = {'9' * 5000}", "must be TOML"),
        (f"x = {'[' * 5000}", "must be TOML"),
        (f'rule = "{"(" * 5000}roni"', "has too many brackets"),
        ("[rates]\nperiod = 0", "rates.period in the policy is 0: must be at least 1"),
        ("[rates]\nquarantine = 1", "must lie in"),
        ("[caps]\nshare = 0", "caps.share in the policy is 0: must lie in"),
        ("[caps]\ngrowth = 1.5", "caps.growth in the policy is 1.5: must lie in"),
        ("[caps]\ndays = 0.5", "caps.days in the policy is 0.5: must be a whole number"),
        ("[caps]\nfloor = -1", "must be at least 0"),
        ("[caps]\nflor = 1", "is unknown; known are days, floor, growth, share"),
        ("[sentinel]\nlevel = 2", "must lie in"),
        ("[sentinel]\nlevel = 1e-320", "must lie in"),
        ("[sentinel]\ntolerance = 0.5", "must lie in"),
        ("[protected]\nmost = 0", "must be at least 1"),
        ('[model]\nfile = "model.pkl"', "must be a .skops file"),
        ('[model]\nfile = "/tmp/model.skops"', "must be a .skops file in the folder of the gate"),
        ('[model]\nfile = "a/../../model.skops"', "must be a .skops file in the folder of the gate"),
        ('[model]\nfile = "a\\u0000.skops"', "must be a .skops file in the folder of the gate"),
    ],
)
def test_what_is_wrong_is_said(text: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        parsed_policy(text)


def test_the_least_chances_can_be_judged_by() -> None:
    """No smaller part of them is 0, or too far from 1 for a computer."""
    text = f"[rates]\nfalse_rejection = 1e-12\nperiod = {2**53}\n[sentinel]\nlevel = 1e-12"
    said = sentenced(judged(np.full(9, 0.5), p=np.full(9, 1e-3)), text=text)
    assert said.learned == 0
    assert not said.standing.own.watch.suspended
