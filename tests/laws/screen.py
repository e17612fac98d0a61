"""Laws of screens."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone

from amlsec.catalogue import Card
from amlsec.data import Batch
from amlsec.errors import InvalidInput
from amlsec.evidence import Decision, Verdicts
from amlsec.sanitize.sampler import SanitizingSampler
from amlsec.sanitize.sanitized import Sanitized
from amlsec.sanitize.weights import screen_weights
from laws.toys import World, frozen, global_state, same, worlds

TRUSTED, OFFERED = 200, 24


def _built(card: Card, world: World) -> Any:
    return card.build({"estimator": world.learner(), "space": world.space, "random_state": 0})


def _rows(world: World) -> tuple[Batch, Batch]:
    """Trusted and offered rows of one population: all innocent."""
    return frozen(world.rows(TRUSTED, 3)), frozen(world.rows(OFFERED, 4))


def _judged(card: Card, world: World) -> Verdicts:
    trusted, offered = _rows(world)
    return _built(card, world).fit(trusted).judge(offered)


def _agree(one: Verdicts, two: Verdicts) -> bool:
    return same(one.decision, two.decision) and np.allclose(one.score, two.score, equal_nan=True)


def check_needs_no_argument(card: Card) -> None:
    for world in worlds(card):
        trusted, offered = _rows(world)
        screen = card.run()
        assert screen.fit(trusted) is screen
        assert len(screen.judge(offered)) == OFFERED


def check_gives_one_verdict_for_each_row(card: Card) -> None:
    for world in worlds(card):
        verdicts = _judged(card, world)
        assert len(verdicts) == OFFERED
        assert set(verdicts.decision.tolist()) <= set(Decision)
        assert not np.isnan(verdicts.score).any()
        assert all(reason.strip() for reason in verdicts.reason)


def check_judges_one_row_and_equal_rows(card: Card) -> None:
    for world in worlds(card):
        trusted, offered = _rows(world)
        screen = _built(card, world).fit(trusted)
        for some in (offered.rows([0]), offered.rows([0, 0, 0]), offered.rows([])):
            assert len(screen.judge(some)) == len(some)


def check_same_seed_same_verdicts(card: Card) -> None:
    for world in worlds(card):
        assert _agree(_judged(card, world), _judged(card, world))


def check_order_of_the_rows_makes_no_difference(card: Card) -> None:
    for world in worlds(card):
        trusted, offered = _rows(world)
        screen, order = _built(card, world).fit(trusted), np.random.default_rng(1).permutation(OFFERED)
        straight, turned = screen.judge(offered), screen.judge(offered.rows(order))
        assert same(straight.decision[order], turned.decision)
        assert np.allclose(straight.score[order], turned.score)


def check_accepts_rows_like_the_trusted_ones(card: Card) -> None:
    for world in worlds(card):
        assert _judged(card, world).accepted.mean() >= 0.8


def check_forgets_what_it_learned_before(card: Card) -> None:
    for world in worlds(card):
        trusted, offered = _rows(world)
        used = _built(card, world).fit(world.rows(TRUSTED, 5).relabelled(1 - trusted.y)).fit(trusted)
        assert _agree(used.judge(offered), _judged(card, world))


def check_leaves_its_input_alone(card: Card) -> None:
    for world in worlds(card):
        trusted, offered = _rows(world)
        before = [(batch.X.copy(), batch.y.copy()) for batch in (trusted, offered)]
        _built(card, world).fit(trusted).judge(offered)
        after = [(batch.X, batch.y) for batch in (trusted, offered)]
        assert all(same(a, b) for old, new in zip(before, after, strict=True) for a, b in zip(old, new, strict=True))


def check_is_cloned_with_its_settings(card: Card) -> None:
    if not issubclass(card.run, BaseEstimator):
        return
    screen = _built(card, worlds(card)[0])
    assert str(clone(screen).get_params()) == str(screen.get_params())


def check_leaves_the_global_random_state_alone(card: Card) -> None:
    before = global_state()
    for world in worlds(card):
        _judged(card, world)
    assert global_state() == before


def _weighed(screen: Any, trusted: Batch, offered: Batch) -> Any:
    return np.flatnonzero(screen_weights(screen, offered.X, offered.y, source=offered.source, trusted=trusted))


def _sampled(screen: Any, trusted: Batch, offered: Batch) -> Any:
    sampler = SanitizingSampler(screen, trusted=trusted)
    X, y = sampler.fit_resample(offered.X, offered.y, source=offered.source)
    kept = sampler.sample_indices_
    assert same(X, offered.X[kept])
    assert same(y, offered.y[kept])
    return kept


class _Recorder(ClassifierMixin, BaseEstimator):
    """Remembers what it was trained on."""

    def fit(self, X: Any, y: Any) -> Any:
        self.X_, self.y_, self.classes_ = X, y, np.unique(y)
        return self


def _trained_on(screen: Any, trusted: Batch, offered: Batch) -> Any:
    model = Sanitized(screen, _Recorder(), trusted=trusted).fit(offered.X, offered.y, source=offered.source)
    kept = np.flatnonzero(model.verdicts_.accepted)
    assert same(model.estimator_.X_, offered.X[kept])
    assert same(model.estimator_.y_, offered.y[kept])
    return kept


def _kept(form: Callable[[Any, Batch, Batch], Any], screen: Any, trusted: Batch, offered: Batch) -> list[int]:
    """The positions a form keeps; none where it refuses, as nothing of a label is left."""
    try:
        return list(form(screen, trusted, offered).tolist())
    except InvalidInput as error:
        if error.argument != "y":
            raise
        return []


def _doubtful(world: World) -> Batch:
    """Innocent rows, and as many of a source that lies."""
    honest, other = world.rows(OFFERED, 4), world.rows(OFFERED, 6)
    return honest.from_source("honest") + other.relabelled(1 - other.y).from_source("liar")


def check_keeps_the_same_rows_in_all_three_forms(card: Card) -> None:
    for world in worlds(card):
        trusted, offered = frozen(world.rows(TRUSTED, 3)), frozen(_doubtful(world))
        accepted = np.flatnonzero(_built(card, world).fit(trusted).judge(offered).accepted).tolist()
        for form in (_weighed, _sampled, _trained_on):
            assert _kept(form, _built(card, world), trusted, offered) == accepted
