import numpy as np
import pytest

from amlsec.data import texts
from amlsec.defenses.hardness import fewest_flips
from amlsec.defenses.learners.even_weights import EvenWeights
from amlsec.errors import InvalidInput
from amlsec.whitebox.linear import Linear


def rows(n=300, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return (rng.random((n, 12)) < np.where(y[:, None], np.linspace(0.95, 0.4, 12), 0.2)).astype(float), y


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_no_weight_exceeds_the_share_of_the_free_machine_s_largest(share):
    X, y = rows()
    free = np.abs(EvenWeights(share=1.0).fit(X, y).weights_).max()
    model = EvenWeights(share=share).fit(X, y)
    assert model.bound_ == pytest.approx(share * free)
    assert np.abs(model.weights_).max() <= model.bound_ + 1e-12


def test_more_features_must_change_before_it_lets_a_row_pass():
    """On 0/1 columns, counted exactly on the features the model sees."""
    mails = texts([" ".join(f"w{j}" for j in np.flatnonzero(row)) + " the" for row in rows()[0]])
    y = rows()[1]
    hard = {}
    for share in (0.1, 1.0):
        model = EvenWeights(share=share).fit(mails, y)
        rule, F = Linear(model.weights_, model.bias_), model.features_.transform(mails[y == 1])
        stopped = rule.margin(F) > 0
        hard[share] = fewest_flips(rule, F[stopped]).mean()
        assert model.score(mails, y) > 0.85
    assert hard[0.1] > 1.15 * hard[1.0]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"share": 0.0}, "share is 0.0"),
        ({"share": 1.5}, "share is 1.5"),
        ({"C": 0.0}, "C is 0.0"),
        ({"C": np.inf}, "C is inf"),
    ],
)
def test_bad_settings_are_named(options, said):
    with pytest.raises(InvalidInput, match=said):
        EvenWeights(**options).fit(*rows())
