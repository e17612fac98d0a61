import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import betabinom

from amlsec.errors import InvalidInput
from amlsec.register import (
    WEIGHTS,
    Exposure,
    Labelling,
    Register,
    Source,
    Weight,
    beta,
    combined,
    evidence,
    parse,
    read,
    track_record,
)

TEXT = """
[sources.web]
about = "anyone's pages"
exposure = "anyone"
authenticated = false
labelled = "users"
verified = 0.25
judged = 40
bad = 1

[sources.desk]
exposure = "staff"
authenticated = true
labelled = "experts"
verified = 1
"""


def test_likelihood_written_naively():
    """The logistic of the sum of means, and of 1.96 standard deviations either side."""
    a1, b1 = beta(WEIGHTS["bad.compromised"])
    a0, b0 = beta(WEIGHTS["bad.honest"])
    ratio = betabinom.pmf(1, 40, a1, b1) / betabinom.pmf(1, 40, a0, b0)
    factor = math.log(0.8 * ratio + 0.2)
    mean = -3.0 + 1.0 + 0.5 + 0.5 - 2.0 * 0.25 + factor
    sd = math.sqrt(0.7**2 + 0.4**2 + 0.3**2 + 0.3**2 + (0.6 * 0.25) ** 2 + (0.25 * factor) ** 2)
    found = parse(TEXT).likelihood("web")
    assert found.value == pytest.approx(1 / (1 + math.exp(-mean)))
    assert found.low == pytest.approx(1 / (1 + math.exp(-mean + 1.959964 * sd)))
    assert found.high == pytest.approx(1 / (1 + math.exp(-mean - 1.959964 * sd)))


def test_beta_has_its_mean_and_sd():
    from scipy.stats import beta as distribution

    for share in (WEIGHTS["bad.compromised"], WEIGHTS["bad.honest"]):
        assert distribution(*beta(share)).mean() == pytest.approx(share.mean)
        assert distribution(*beta(share)).std() == pytest.approx(share.sd)


def test_posterior_is_the_frequency_of_compromise_in_the_world_it_describes():
    """Draw sources from the model itself: of those with a given record, the stated share is compromised."""
    rng = np.random.default_rng(0)
    prior, n = 0.2, 400_000
    compromised = rng.random(n) < prior
    bad_share = np.where(
        compromised, rng.beta(*beta(WEIGHTS["bad.compromised"]), n), rng.beta(*beta(WEIGHTS["bad.honest"]), n)
    )
    bad = rng.binomial(20, bad_share)
    for k in (0, 1, 2, 4):
        log_odds = math.log(prior / (1 - prior)) + track_record(20, k)
        assert compromised[bad == k].mean() == pytest.approx(combined({"all": Weight(log_odds, 0)}).value, abs=0.03)


def test_good_behaviour_speaks_for_a_source_only_so_far():
    before = Register((Source("s"),))
    odds = [register.likelihood("s").value for register in (before, before.updated("s", judged=100_000, bad=0))]
    assert odds[1] / (1 - odds[1]) == pytest.approx(0.2 * odds[0] / (1 - odds[0]), rel=1e-3)


@given(st.integers(0, 200), st.integers(0, 200))
def test_a_worse_record_is_worse(judged, bad):
    bad = min(bad, judged)
    before = Register((Source("s"),)).updated("s", judged=judged, bad=bad)
    assert before.updated("s", judged=1, bad=1).likelihood("s").value >= before.likelihood("s").value - 1e-12
    assert before.updated("s", judged=1, bad=0).likelihood("s").value <= before.likelihood("s").value + 1e-12


@given(st.lists(st.booleans(), max_size=30))
def test_verdicts_one_by_one_or_together(verdicts):
    one_by_one = Register()
    for bad in verdicts:
        one_by_one = one_by_one.updated("s", judged=1, bad=int(bad))
    together = Register().updated("s", judged=len(verdicts), bad=sum(verdicts))
    assert one_by_one.likelihood("s") == together.likelihood("s")


def test_every_care_taken_lowers_the_likelihood():
    def likelihood(**said):
        return Register((Source("s", **said),)).likelihood("s").value

    by_exposure = [likelihood(exposure=exposure) for exposure in Exposure]
    assert by_exposure == sorted(by_exposure, reverse=True)
    by_labelling = [likelihood(labelled=labelling) for labelling in Labelling]
    assert by_labelling == sorted(by_labelling, reverse=True)
    assert likelihood(authenticated=True) < likelihood()
    assert likelihood(verified=1.0) < likelihood(verified=0.1) < likelihood()


def test_an_unknown_source_is_taken_for_the_worst_and_says_so():
    register = parse(TEXT)
    assert "nobody" not in register
    assert "web" in register
    assert "not in the register" in register["nobody"].about
    worst = Source("w", Exposure.ANYONE, authenticated=False, labelled=Labelling.USERS, verified=0)
    assert register.likelihood("nobody") == combined(evidence(worst))


def test_updating_does_not_change_the_register_it_starts_from():
    register = parse(TEXT)
    register.updated("web", judged=5, bad=5)
    assert register["web"].judged == 40


def test_weights_are_overridden_by_the_prior_table():
    nested = parse(TEXT + "[prior]\nexposure.anyone = [2, 0.1]\nbase = [-1, 0]\n")
    quoted = parse(TEXT + '[prior]\n"exposure.anyone" = [2, 0.1]\nbase = [-1, 0]\n')
    assert nested == quoted
    assert nested.weights["exposure.anyone"] == Weight(2.0, 0.1)
    assert nested.evidence("web")["base"] == Weight(-1.0, 0.0)
    assert nested.evidence("desk") == {**parse(TEXT).evidence("desk"), "base": Weight(-1.0, 0.0)}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[sources.a]\nexposure = 'everyone'", r"sources.a.exposure in f.toml is 'everyone': must be one of anyone, regis"),
        ("[sources.a]\nauthenticated = 1", r"sources.a.authenticated in f.toml is 1: must be true or false"),
        ("[sources.a]\nverified = 2", r"verified of source a in f.toml is 2.0: must lie in \[0, 1\]"),
        ("[sources.a]\nverified = nan", r"sources.a.verified in f.toml is nan: must be a number"),
        ("[sources.a]\njudged = 1\nbad = 2", r"bad of source a in f.toml is 2: must lie in \[0, judged\]"),
        ("[sources.a]\njudged = true", r"sources.a.judged in f.toml is True: must be a whole number"),
        ("[sources.a]\ncolour = 'red'", r"sources.a.colour in f.toml is 'red': is unknown; known are about, auth"),
        ("[source.a]", r"source in f.toml is .*: is unknown; known are prior, sources"),
        ("sources = 3", r"sources in f.toml is 3: must be a table"),
        ("[sources]\na = 3", r"sources.a in f.toml is 3: must be a table"),
        ("[prior]\nbase = 3", r"prior.base in f.toml is 3: must be \[mean, sd\]"),
        ("[prior]\nbase = [0, -1]", r"prior.base in f.toml is \[0, -1\]: must be \[mean, sd\]"),
        ("[prior]\ndormant = [1, 0]", r"prior.dormant in f.toml is 1.0: must lie in \[0, 1\)"),
        ("[prior]\nexposure.nobody = [0, 1]", r"prior.exposure.nobody in f.toml"),
        ("[prior]\nbad.honest = [0.5, 0.5]", r"prior.bad.honest in f.toml is \[0.5, 0.5\]: must be mean and sd of a beta"),
        ("[sources", r"register is 'f.toml': must be TOML"),
    ],
)
def test_bad_entries_name_file_key_value_and_rule(text, named):
    with pytest.raises(InvalidInput, match=named):
        parse(text, where="f.toml")


def test_bad_verdicts_are_named():
    with pytest.raises(InvalidInput, match="bad is 3"):
        Register().updated("s", judged=2, bad=3)


def test_read_a_file_and_a_missing_one(tmp_path):
    (tmp_path / "sources.toml").write_text(TEXT)
    assert read(tmp_path / "sources.toml") == parse(TEXT)
    with pytest.raises(InvalidInput, match=r"none.toml"):
        read(tmp_path / "none.toml")


def test_the_documented_weights_are_those_in_use():
    page = (Path(__file__).parents[1] / "docs" / "sources.md").read_text("utf-8")
    rows = re.findall(r"^\| ([a-z.-]+) \| (-?[\d.]+) \| ([\d.]+) \|", page, re.MULTILINE)
    assert {name: Weight(float(mean), float(sd)) for name, mean, sd in rows} == WEIGHTS


def test_the_documented_examples_are_read():
    page = (Path(__file__).parents[1] / "docs" / "sources.md").read_text("utf-8")
    entry, prior = re.findall(r"```toml[^\n]*\n(.*?)```", page, re.DOTALL)
    register = parse(entry + prior)
    assert register["user-reports"].judged == 150
    assert register.weights["exposure.partners"] == Weight(0.5, 0.3)
