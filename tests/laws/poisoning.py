"""Laws of poisoning attacks."""

from dataclasses import replace

import numpy as np
from sklearn.base import clone

from amlsec.budget import PoisonBudget
from amlsec.catalogue import Card
from amlsec.frame import poison
from amlsec.frame import share as used
from amlsec.scene import Poison, Scene, contaminate
from amlsec.threat import Access, Knowledge
from laws.toys import global_state, own_rows, same, scene, worlds

USUAL = PoisonBudget(0.1)


def _scenes(card: Card) -> list[Scene]:
    return [scene(world, world.rows(12, 1)) for world in worlds(card)]


def _poison(card: Card, on: Scene, budget: PoisonBudget = USUAL, seed: int = 0) -> Poison:
    return poison(card, on, budget=budget, rng=np.random.default_rng(seed))


def _equal(one: Poison, two: Poison) -> bool:
    pairs = [(one.edited, two.edited)]
    pairs += [
        (getattr(a, part), getattr(b, part)) for a, b in ((one.added, two.added), (one.edits, two.edits)) for part in "Xy"
    ]
    return all(same(*pair) for pair in pairs)


def check_same_seed_same_poison(card: Card) -> None:
    for on in _scenes(card):
        assert _equal(_poison(card, on), _poison(card, on))


def check_share_0_changes_nothing(card: Card) -> None:
    for on in _scenes(card):
        assert len(_poison(card, on, PoisonBudget(0.0))) == 0


def check_stays_within_its_share(card: Card) -> None:
    for on in _scenes(card):
        for share in (0.01, 0.02, 0.2, 0.5):
            assert used(on, _poison(card, on, PoisonBudget(share))) <= share + 1e-9


def check_leaves_the_scene_alone(card: Card) -> None:
    for on in _scenes(card):
        batches = [on.own, on.known, on.target]
        before = [(batch.X.copy(), batch.y.copy()) for batch in batches]
        settings = str(on.learner.get_params())
        card.run(on.limited_to(card.knowledge), budget=USUAL, rng=np.random.default_rng(0))
        assert all(same(batch.X, X) and same(batch.y, y) for batch, (X, y) in zip(batches, before, strict=True))
        assert str(on.learner.get_params()) == settings
        assert not hasattr(on.learner, "classes_"), "the scene's learner was fitted itself, not a clone"


def check_uses_no_more_than_its_knowledge(card: Card) -> None:
    for on in _scenes(card):
        shown = card.run(on, budget=USUAL, rng=np.random.default_rng(0))
        assert _equal(shown, _poison(card, on)), "does better on what its card says it does not know"


def check_bears_knowing_less(card: Card) -> None:
    for on in _scenes(card):
        for knowledge in Knowledge:
            if card.knowledge.includes(knowledge):
                _poison(card, on.limited_to(knowledge))


def check_works_in_a_later_round(card: Card) -> None:
    for on in _scenes(card):
        last = on.known + on.own
        later = replace(on, deployed=clone(on.learner).fit(last.X, last.y))
        assert used(on, _poison(card, later)) <= USUAL.share + 1e-9


def check_works_whatever_rows_he_controls(card: Card) -> None:
    for world in worlds(card):
        for own in own_rows(world).values():
            _poison(card, scene(world, own))


def check_poison_can_be_trained_on(card: Card) -> None:
    for on in _scenes(card):
        train, own = on.known + on.own, np.arange(len(on.known), 60)
        after = contaminate(train, own, _poison(card, on))
        assert len(after) == 60
        assert after.X.dtype == train.X.dtype
        on.learner.fit(after.X, after.y)


def check_sees_the_model_exactly_where_it_is_after_what_that_gives_away(card: Card) -> None:
    assert (card.access == Access.NONE) == card.turns_verdicts


def check_leaves_the_global_random_state_alone(card: Card) -> None:
    before = global_state()
    for on in _scenes(card):
        _poison(card, on)
    assert global_state() == before
