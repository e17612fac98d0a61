import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from amlsec.data import Batch
from amlsec.errors import InvalidInput
from amlsec.sanitize.weights import judgement, screen_weights, weights_of
from told import TRUSTED, Everything, Told, dated, rows, verdicts


@settings(deadline=None)
@given(st.lists(st.integers(0, 2), max_size=30), st.floats(0, 1))
def test_weights_are_those_of_a_plain_loop(decision, quarantine):
    expected = [1.0 if d == 0 else quarantine if d == 1 else 0.0 for d in decision]
    assert weights_of(verdicts(decision), quarantine).tolist() == expected


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)), min_size=1, max_size=30), st.sampled_from([0.0, 0.3, 1.0]))
def test_rows_are_kept_or_a_label_has_none_left(told, quarantine):
    X, y = np.array([[d] for d, _ in told], dtype=float), np.array([label for _, label in told])
    keeps = [d == 0 or (d == 1 and quarantine > 0) for d, _ in told]
    lost = any(not any(keep for keep, own in zip(keeps, y, strict=True) if own == label) for label in set(y.tolist()))
    if lost:
        with pytest.raises(InvalidInput, match="y is 'left without"):
            judgement(Told(), Batch(X, y), TRUSTED, quarantine)
    else:
        assert judgement(Told(), Batch(X, y), TRUSTED, quarantine).kept.tolist() == np.flatnonzero(keeps).tolist()


def test_the_error_says_how_many_and_why():
    X, y = np.array([[0.0], [1.0], [2.0], [2.0]]), np.array(["ham", "spam", "spam", "spam"])
    rule = "left without a malicious row': the screen quarantined 1 of 3, rejected the rest; of the first it says: row 1"
    with pytest.raises(InvalidInput, match=rule):
        screen_weights(Told(), X, y, trusted=(X, y))


def test_training_with_weights_is_training_on_the_rows_kept():
    X, y = rows()
    weight = screen_weights(Told(), X, y, trusted=TRUSTED)
    kept = X[:, -1] == 0
    assert 0 < kept.sum() < len(X)
    weighed, few = (LogisticRegression(tol=1e-10) for _ in range(2))
    weighed.fit(X, y, sample_weight=weight)
    few.fit(X[kept], y[kept])
    assert np.allclose(weighed.coef_, few.coef_, atol=1e-6)


def test_the_screen_is_fitted_on_a_clone():
    X, y = rows()
    screen = Told(stricter=1)
    screen_weights(screen, X, y, trusted=TRUSTED, quarantine=0.5)
    assert not hasattr(screen, "trusted_")
    fitted = judgement(screen, Batch(X, y), TRUSTED, 0.5).screen
    assert fitted.stricter == 1
    assert fitted.trusted_ is TRUSTED


def test_without_trusted_rows_the_screen_must_be_fitted():
    X, y = rows()
    with pytest.raises(NotFittedError):
        screen_weights(Told(), X, y)
    assert (screen_weights(Told().fit(TRUSTED), X, y) == (X[:, -1] == 0)).all()


def test_labels_trusted_rows_sources_and_times_reach_the_screen():
    seen = {}

    class Noting(Everything):
        def fit(self, trusted, /):
            seen["trusted"] = trusted
            return self

        def judge(self, offered, /):
            seen["offered"] = offered
            return super().judge(offered)

    X, y, source, time = dated()
    said = np.where(y, "odd", "even")
    screen_weights(Noting(), X, said, source=source, time=time, trusted=(X[:10], said[:10]), malicious="odd")
    assert (seen["offered"].y == y).all()
    assert (seen["offered"].source == source).all()
    assert (seen["offered"].time == time).all()
    assert (X[:10] == seen["trusted"].X).all()
    assert (seen["trusted"].y == y[:10]).all()


@pytest.mark.parametrize("quarantine", [-0.1, 1.1, np.nan])
def test_a_weight_out_of_range_is_refused(quarantine):
    with pytest.raises(InvalidInput, match="quarantine"):
        screen_weights(Everything(), *rows(), quarantine=quarantine)
