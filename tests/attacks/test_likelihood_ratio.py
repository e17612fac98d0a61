import numpy as np
import pytest
from scipy.stats import norm, t

from amlsec.attacks.halves import Told
from amlsec.attacks.likelihood_ratio import above, likelier, ratio, rehearsed
from amlsec.attacks.spreads import moderated, shared


def draws(models, n, seed=0):
    """Log-odds with gaps: each row inside half of the models."""
    rng = np.random.default_rng(seed)
    inside, outside = rng.normal(2, 1, (models, n)), rng.normal(0, 2, (models, n))
    held = (np.arange(models)[:, None] + np.arange(n)) % 2 == 0
    return Told(np.where(held, inside, np.nan), np.where(held, np.nan, outside))


def plainly(seen, told, estimate):
    """The paper's algorithm 1, row by row, with the law of the next draw."""
    found = np.zeros(len(seen))
    for sign, part in ((1, told.inside), (-1, told.outside)):
        spread = estimate(part)
        for k in range(len(seen)):
            own = part[:, k][~np.isnan(part[:, k])]
            variance, freedom = (float(np.broadcast_to(each, len(seen))[k]) for each in spread)
            scale = np.sqrt(variance * (1 + 1 / len(own)))
            law = norm(own.mean(), scale) if np.isinf(freedom) else t(freedom, own.mean(), scale)
            found[k] += sign * law.logpdf(seen[k])
    return found


@pytest.mark.parametrize("models", [4, 63, 70])
@pytest.mark.parametrize("estimate", [shared, moderated])
def test_ratio_is_the_papers_formula(models, estimate):
    seen, told = np.random.default_rng(1).normal(1, 2, 30), draws(models, 30)
    np.testing.assert_allclose(ratio(seen, told, estimate), plainly(seen, told, estimate), rtol=1e-9)


def test_above_is_in_standard_deviations():
    rng = np.random.default_rng(0)
    seen, unseen = rng.normal(size=50), rng.normal(size=(9, 50)) * rng.uniform(0.5, 2, 50)
    expected = (seen - unseen.mean(axis=0)) / np.sqrt(moderated(unseen).variance)
    np.testing.assert_allclose(above(seen, unseen), expected)


@pytest.mark.parametrize(("rows", "better"), [("alike", shared), ("unlike", moderated)])
def test_the_attacker_takes_the_variances_that_find_more_of_his_own(rows, better):
    rng = np.random.default_rng(3)
    spread = np.ones(4000) if rows == "alike" else np.exp(rng.normal(0, 2, 4000))
    inside, outside = (rng.normal(mean * spread, spread, (13, 4000)) for mean in (3.0, 0.0))
    held = (np.arange(13)[:, None] + np.arange(4000)) % 2 == 0
    told = Told(np.where(held, inside, np.nan)[1:], np.where(held, np.nan, outside)[1:])
    seen = np.where(held[0], inside[0], outside[0])
    found = {estimate: rehearsed(told, estimate) for estimate in (shared, moderated)}
    assert found[moderated] > 1.5 * found[shared] if better is moderated else found[moderated] > 0.7 * found[shared]
    best = max(found, key=found.get)
    assert (likelier(seen, told) == ratio(seen, told, best)).all()


def test_a_rehearsal_finds_what_an_attack_finds():
    """Of a model more of the same kind: known in closed form, as in the test of LiRA."""
    rng = np.random.default_rng(4)
    held = (np.arange(20)[:, None] + np.arange(20_000)) % 2 == 0
    said = rng.normal(2.0 * held, 1.0)
    told = Told(np.where(held, said, np.nan), np.where(held, np.nan, said))
    best = norm.sf(norm.isf(0.01) - 2.0 / np.sqrt(1 + 1 / 9.5))
    assert rehearsed(told, shared) == pytest.approx(best, abs=0.03)


@pytest.mark.parametrize("estimate", [shared, moderated])
def test_a_rehearsal_finds_nobody_where_models_say_the_same_of_rows_that_they_saw(estimate):
    """Nine answers in ten are one number, as of trees: how many models saw a row would show through."""
    rng = np.random.default_rng(0)
    half = rng.random((4, 20_000)) < 0.5
    held = np.stack([half, ~half], axis=1).reshape(8, -1)
    said = np.where(rng.random(held.shape) < 0.9, 27.6, rng.normal(size=held.shape))
    told = Told(np.where(held, said, np.nan), np.where(held, np.nan, said))
    assert rehearsed(told, estimate) < 0.012


def test_two_or_three_models_are_too_few_for_a_rehearsal_and_one_variance_serves():
    for models in (2, 3):
        told = draws(models, 30)
        assert rehearsed(told, moderated) == 0.0
        seen = np.random.default_rng(1).normal(1, 2, 30)
        assert (likelier(seen, told) == ratio(seen, told, shared)).all()


def test_where_no_row_has_two_draws_the_nearer_of_both_means_by_their_distance_decides():
    seen, told = np.array([1.0, 0.0, 5.0]), Told(np.array([[2.0, 2.0, 4.0]]), np.array([[0.0, 1.0, 0.0]]))
    halfway, apart = (told.inside + told.outside)[0] / 2, (told.inside - told.outside)[0]
    np.testing.assert_allclose(ratio(seen, told, shared), (seen - halfway) * apart / 2)


def test_without_models_that_saw_the_rows_it_is_one_sided():
    seen, told = np.random.default_rng(1).normal(1, 2, 30), draws(8, 30)
    assert (likelier(seen, told) != above(seen, told.outside)).any()
    unknown = told._replace(inside=np.full((8, 30), np.nan))
    assert (likelier(seen, unknown) == above(seen, told.outside)).all()


def test_models_that_agree_to_the_last_bit_give_finite_guesses():
    assert np.isfinite(ratio(np.array([1.0, -1.0]), Told(np.zeros((4, 2)), np.zeros((4, 2))))).all()
