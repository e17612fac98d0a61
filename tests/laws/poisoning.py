"""Laws of poisoning attacks."""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone

from amlsec.budget import PoisonBudget
from amlsec.catalogue import Card
from amlsec.data import Batch
from amlsec.frame import poison
from amlsec.frame import share as used
from amlsec.scene import Poison, Scene, contaminate
from amlsec.threat import Access, Knowledge
from laws.toys import World, global_state, once, own_rows, same, scene, worlds

USUAL = PoisonBudget(0.1)


def _scene(world: World) -> Scene:
    return scene(world, world.rows(12, 1))


def _scenes(card: Card) -> list[Scene]:
    return [_scene(world) for world in worlds(card)]


def _poison(card: Card, on: Scene, budget: PoisonBudget = USUAL, seed: int = 0) -> Poison:
    return poison(card, on, budget=budget, rng=np.random.default_rng(seed))


class Watched(NamedTuple):
    """The poison of a usual scene, and what was seen before and after: the scene's rows, its learner, the global state."""

    poison: Poison
    rows: tuple[list[Batch], list[Batch]]
    learner: tuple[Any, Any]
    state: tuple[bytes, bytes]


def _watch(card: Card, world: World) -> Watched:
    on = _scene(world)
    rows = [Batch(part.X.copy(), part.y.copy()) for part in (on.own, on.known, on.target)]
    learner, state = _inside(on.learner), global_state()
    poison = _poison(card, on)
    return Watched(poison, (rows, [on.own, on.known, on.target]), (learner, _inside(on.learner)), (state, global_state()))


def _inside(learner: Any) -> tuple[str, list[str], bool]:
    """Its settings, what it holds, and whether it or its last step was fitted."""
    return str(learner.get_params()), sorted(vars(learner)), hasattr(learner, "classes_")


def _watched(card: Card) -> list[Watched]:
    """One run in each world for all laws that only look at it."""
    return [once(card, world, _watch) for world in worlds(card)]


def _equal(one: Poison, two: Poison) -> bool:
    pairs = [(one.edited, two.edited)]
    pairs += [
        (getattr(a, part), getattr(b, part)) for a, b in ((one.added, two.added), (one.edits, two.edits)) for part in "Xy"
    ]
    return all(same(*pair) for pair in pairs)


def check_same_seed_same_poison(card: Card) -> None:
    for on, watched in zip(_scenes(card), _watched(card), strict=True):
        assert _equal(_poison(card, on), watched.poison)


def check_share_0_changes_nothing(card: Card) -> None:
    for on in _scenes(card):
        assert len(_poison(card, on, PoisonBudget(0.0))) == 0


def check_stays_within_its_share(card: Card) -> None:
    for on in _scenes(card):
        for share in (0.01, 0.02, 0.2, 0.5):
            assert used(on, _poison(card, on, PoisonBudget(share))) <= share + 1e-9


def check_leaves_the_scene_alone(card: Card) -> None:
    for watched in _watched(card):
        assert all(same(one.X, two.X) and same(one.y, two.y) for one, two in zip(*watched.rows, strict=True))
        before, after = watched.learner
        assert before == after, "the scene's learner was fitted or set itself, not a clone"


def check_uses_no_more_than_its_knowledge(card: Card) -> None:
    for on, watched in zip(_scenes(card), _watched(card), strict=True):
        shown = card.run(on, budget=USUAL, rng=np.random.default_rng(0))
        assert _equal(shown, watched.poison), "does better on what its card says it does not know"


def check_bears_knowing_less(card: Card) -> None:
    for on in _scenes(card):
        for knowledge in Knowledge:
            if knowledge != card.knowledge and card.knowledge.includes(knowledge):
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
    for on, watched in zip(_scenes(card), _watched(card), strict=True):
        train, own = on.known + on.own, np.arange(len(on.known), 60)
        after = contaminate(train, own, watched.poison)
        assert len(after) == 60
        assert after.X.dtype == train.X.dtype
        on.learner.fit(after.X, after.y)


def check_sees_the_model_exactly_where_it_is_after_what_that_gives_away(card: Card) -> None:
    assert (card.access == Access.NONE) == card.turns_verdicts


def check_leaves_the_global_random_state_alone(card: Card) -> None:
    for watched in _watched(card):
        before, after = watched.state
        assert before == after
