import numpy as np
import pytest
from scipy.stats import norm

from amlsec.attacks.halves import Told
from amlsec.attacks.likelihood_ratio import MANY, above, likelier, ratio


def draws(models, n, seed=0):
    """Log-odds with gaps: each row inside half of the models."""
    rng = np.random.default_rng(seed)
    inside, outside = rng.normal(2, 1, (models, n)), rng.normal(0, 2, (models, n))
    held = (np.arange(models)[:, None] + np.arange(n)) % 2 == 0
    return Told(np.where(held, inside, np.nan), np.where(held, np.nan, outside))


def plainly(seen, told):
    """The paper's algorithm 1, row by row."""
    found = []
    for k in range(len(seen)):
        logs = []
        for part in told:
            own = part[:, k][~np.isnan(part[:, k])]
            if len(part) >= MANY:
                variance = own.var(ddof=1)
            else:
                columns = [column[~np.isnan(column)] for column in part.T]
                spare = sum(len(column) - 1 for column in columns)
                variance = sum(((column - column.mean()) ** 2).sum() for column in columns) / spare
            logs.append(norm.logpdf(seen[k], own.mean(), np.sqrt(variance)))
        found.append(logs[0] - logs[1])
    return found


@pytest.mark.parametrize("models", [4, MANY - 1, MANY, MANY + 6])
def test_ratio_is_the_papers_formula(models):
    seen, told = np.random.default_rng(1).normal(1, 2, 30), draws(models, 30)
    np.testing.assert_allclose(ratio(seen, told), plainly(seen, told), rtol=1e-9)


def test_where_no_row_has_two_draws_the_nearer_of_both_means_by_their_distance_decides():
    seen, told = np.array([1.0, 0.0, 5.0]), Told(np.array([[2.0, 2.0, 4.0]]), np.array([[0.0, 1.0, 0.0]]))
    halfway, apart = (told.inside + told.outside)[0] / 2, (told.inside - told.outside)[0]
    np.testing.assert_allclose(ratio(seen, told), (seen - halfway) * apart)


def test_without_models_that_saw_the_rows_it_is_one_sided():
    seen, told = np.random.default_rng(1).normal(1, 2, 30), draws(8, 30)
    assert (likelier(seen, told) == ratio(seen, told)).all()
    unknown = told._replace(inside=np.full((8, 30), np.nan))
    assert (likelier(seen, unknown) == above(seen, told.outside)).all()


def test_models_that_agree_to_the_last_bit_give_finite_guesses():
    assert np.isfinite(ratio(np.array([1.0, -1.0]), Told(np.zeros((4, 2)), np.zeros((4, 2))))).all()
