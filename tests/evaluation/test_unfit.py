"""An attack that finds the model to be of another kind than it needs does not apply; it has not failed."""

import pytest
from sklearn.neighbors import KNeighborsClassifier

from amlsec.budget import EvasionBudget
from amlsec.evaluation.folder import saved
from amlsec.evaluation.jobs import Job, Work, play
from amlsec.evaluation.results import Results
from grounds import on_a_line

BUDGET = EvasionBudget(2.0, 0)


class Foreign(KNeighborsClassifier):
    """Of a class that nobody knows."""


@pytest.fixture
def work(tmp_path):
    ground = on_a_line(Foreign(1))
    parts = {name: getattr(ground, name) for name in ("train", "trusted", "shadow", "outsiders", "test")}
    folder = saved(parts, tmp_path / "rows", ground.space, ground.offers)
    return lambda job: Work(folder, job, BUDGET)


def test_it_is_told_apart_from_a_failure(work):
    assert play(work(Job("linear-exact"))) == {"unfit": "a Foreign has no linear to be seen"}
    assert "failed" in play(work(Job("no-such-attack")))
    assert "outcome" in play(work(Job("random-noise")))


def test_results_keep_why_and_count_it_as_played(work):
    results = Results()
    for job in (Job("linear-exact"), Job("linear-exact", "abstain")):
        results.add(job, play(work(job)))
    assert (results.run, results.not_run) == (2, 0)
    assert results.unfit == {"linear-exact": "a Foreign has no linear to be seen"}
    assert results.why("linear-exact", "abstain") == "a Foreign has no linear to be seen"
    assert results.of("linear-exact") == []


def test_one_that_is_unfit_behind_a_defense_alone_applies():
    results = Results()
    results.add(Job("linear-exact", "bagged-ensemble"), {"unfit": "a BaggedEnsemble has no linear to be seen"})
    assert results.unfit == {}
