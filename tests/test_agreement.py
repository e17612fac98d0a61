import numpy as np
import pytest
from scipy import special, stats
from scipy.integrate import dblquad, quad
from sklearn.linear_model import LogisticRegression

from amlsec.agreement import Count, agreement, reference, suspicions
from amlsec.data import Batch
from amlsec.register import WEIGHTS, Register, beta, track_record


def test_factor_is_the_integral_it_names():
    counts, errors = {1: Count(12, 4)}, {1: Count(30, 3)}

    def likelihood(kind):
        a, b = beta(WEIGHTS[f"bad.{kind}"])

        def density(e, p):
            q = e * (1 - p) + (1 - e) * p
            return q**4 * (1 - q) ** 8 * stats.beta.pdf(e, 4, 28) * stats.beta.pdf(p, a, b)

        return dblquad(density, 1e-9, 1 - 1e-9, 0, 1, epsabs=1e-9)[0]

    expected = np.log(likelihood("compromised") / likelihood("honest"))
    assert agreement(counts, errors, WEIGHTS, 50) == pytest.approx(expected, abs=0.01)


def test_without_errors_agreement_is_the_track_record():
    flawless = {1: Count(1e9, 0)}
    assert agreement({1: Count(20, 3)}, flawless, WEIGHTS, 1e9) == pytest.approx(track_record(20, 3), abs=0.02)


def test_a_compromised_source_lies_about_one_label_or_the_other():
    errors = {0: Count(30, 1), 1: Count(30, 2)}
    counts = {0: Count(20, 1), 1: Count(20, 6)}
    alone = [agreement({label: count}, errors, WEIGHTS, 50) for label, count in counts.items()]
    assert agreement(counts, errors, WEIGHTS, 50) == pytest.approx(np.log(np.mean(np.exp(alone))))


def test_counts_are_worth_no_more_than_said():
    errors = {1: Count(1000, 20)}
    thousand = agreement({1: Count(1000, 200)}, errors, WEIGHTS, 50)
    assert thousand == pytest.approx(agreement({1: Count(50, 10)}, {1: Count(50, 1)}, WEIGHTS, 50))


def gaussians(seed, n, gap=4.0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    return Batch(rng.normal(gap * y - gap / 2)[:, None], y)


def test_reference_counts_every_trusted_row_once_and_errs_as_the_model_does_on_new_rows():
    trusted, new = gaussians(0, 2000, gap=1.0), gaussians(1, 20_000, gap=1.0)
    found = reference(trusted, LogisticRegression(), np.random.default_rng(0))
    fresh = found.counts(new)
    for label in (0, 1):
        assert found.errors[label].rows == (trusted.y == label).sum()
        errs = found.errors[label].disagree / found.errors[label].rows
        assert errs == pytest.approx(fresh[label].disagree / fresh[label].rows, abs=0.03)


def test_too_few_trusted_rows_are_no_reference():
    rows = gaussians(0, 50)
    assert reference(rows.labelled(1), LogisticRegression(), np.random.default_rng(0)) is None
    assert reference(rows.rows([]), LogisticRegression(), np.random.default_rng(0)) is None


@pytest.mark.parametrize("disagree", [0, 1, 3, 5, 12, 20])
def test_factor_is_the_posterior_odds_of_the_world_it_describes(disagree):
    """A source of 20 malicious rows, and a model known to err on 5 % of rows: the integral over the share of bad rows."""

    def marginal(kind):
        share = stats.beta(*beta(WEIGHTS[f"bad.{kind}"]))

        def density(p):
            return share.pdf(p) * stats.binom.pmf(disagree, 20, 0.05 * (1 - p) + 0.95 * p)

        return quad(density, 0, 1, points=[0.001, 0.01, 0.1, 0.5], limit=500)[0]

    found = agreement({1: Count(20, disagree)}, {1: Count(1e7, 5e5)}, WEIGHTS, 1e9)
    assert found == pytest.approx(np.log(marginal("compromised") / marginal("honest")), abs=0.005)


def test_factor_is_right_where_nothing_but_a_tail_explains_the_rows():
    """Half of 50 rows are disagreed with by a model that was always right: integrals by the trapezoid rule in log-odds."""
    p, e = special.expit(np.linspace(-30, 30, 2001))[:, None], special.expit(np.linspace(-20, 20, 1001))
    q = e * (1 - p) + (1 - e) * p
    log = stats.beta.logpdf(e, 1, 21) + np.log(e * (1 - e) * p * (1 - p)) + 25 * np.log(q) + 25 * np.log1p(-q)
    kinds = (stats.beta.logpdf(p, *beta(WEIGHTS[f"bad.{kind}"])) for kind in ("compromised", "honest"))
    compromised, honest = (special.logsumexp(log + kind) for kind in kinds)
    found = agreement({1: Count(50, 25)}, {1: Count(20, 0)}, WEIGHTS)
    assert found == pytest.approx(compromised - honest, abs=0.01)


def test_record_and_agreement_together_say_what_they_would_say_at_once():
    """The likelihood does not depend on which of the two is weighed first: their joint factor, dormant sources apart."""
    trusted, offered = gaussians(0, 200), gaussians(1, 60)
    offered = offered.relabelled(np.where(np.arange(60) < 6, 1 - offered.y, offered.y)).from_source("web")
    against = reference(trusted, LogisticRegression(), np.random.default_rng(0))
    register = Register().updated("web", judged=30, bad=1)
    joint = np.exp(track_record(30, 1) + agreement(against.counts(offered), against.errors, WEIGHTS))
    prior = np.exp(-3.0 + 1.0 + 0.5 + 0.5)
    odds = prior * (0.8 * joint + 0.2)
    found = suspicions(offered, register, against)["web"].likelihood
    assert found.value == pytest.approx(odds / (1 + odds))


def test_without_a_reference_the_register_alone_speaks():
    rows = gaussians(0, 10).from_source("web")
    register = Register().updated("web", judged=10, bad=2)
    found = suspicions(rows, register, None)
    assert found["web"].likelihood == register.likelihood("web")
    assert found["web"].counts is None
