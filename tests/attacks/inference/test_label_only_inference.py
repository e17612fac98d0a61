import numpy as np

from people import TRAIT, Answers, guesses, people

OWN = people(500, seed=9)


def test_where_one_value_alone_gives_the_label_it_is_guessed() -> None:
    rows = people(40).relabelled(np.ones(40, dtype=int))
    assert (guesses("label-only-inference", Answers(0.1, 0.2, 0.9), rows, own=OWN) == 2).all()


def test_rows_with_several_values_that_give_the_label_are_guessed_as_rows_like_them() -> None:
    """In zip codes below 2 the trait is read from verdicts: it is 1. Elsewhere every trait gives the label."""

    class HalfBlind(Answers):
        def labels(self, X):
            return np.where(X[:, 0] < 2, X[:, TRAIT] == 1, 1).astype(np.int64)

    rows = people(200).relabelled(np.ones(200, dtype=int))
    assert (guesses("label-only-inference", HalfBlind(), rows, own=OWN) == 1).all()


def test_what_is_learnt_from_rows_like_them_may_hang_on_their_columns() -> None:
    """Young people's verdicts give the trait away, by zip code: 1 in code 0, 2 elsewhere. Old people's do not."""

    class Old(Answers):
        def labels(self, X):
            told = X[:, TRAIT] == np.where(X[:, 0] == 0, 1, 2)
            return np.where(X[:, 2] < 0, told, 1).astype(np.int64)

    rows = people(400).relabelled(np.ones(400, dtype=int))
    found = guesses("label-only-inference", Old(), rows, own=OWN)[:, 0]
    assert (found == np.where(rows.X[:, 0] == 0, 1, 2)).mean() > 0.97


def test_where_no_verdict_tells_the_commonest_value_is_guessed() -> None:
    for model in (Answers(0.9, 0.9, 0.9), Answers(0.1, 0.1, 0.1)):
        assert (guesses("label-only-inference", model, people(20), own=OWN) == 0).all()


def test_each_value_costs_a_query() -> None:
    for queries, asked in ((9, 3), (2, 2), (1, 0), (0, 0)):
        model = Answers(0.1, 0.6, 0.9)
        guesses("label-only-inference", model, people(20), own=OWN, queries=queries)
        assert model.asked == 20 * asked
