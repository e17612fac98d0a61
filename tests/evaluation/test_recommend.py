"""The defense that leaves least over all attacks, its price counted."""

from amlsec.evaluation.recommend import recommended
from amlsec.evidence import Defended, change, rate


def left(name, won, price=0, knowing=None):
    adaptive = None if knowing is None else rate(knowing, 100)
    return Defended(name.title(), rate(won, 100), change(price, 0, 100), 100, adaptive=adaptive, member=name)


def test_harm_left_by_the_stronger_attacker_and_the_price_decide():
    alone = rate(80, 100)
    assert recommended([(alone, [left("a", 5, knowing=70), left("b", 30, knowing=20)])]).member == "b"
    assert recommended([(alone, [left("a", 5, price=60), left("b", 30)])]).member == "b"
    assert recommended([(alone, [left("a", 5, price=10), left("b", 30)])]).member == "a"


def test_who_was_not_played_leaves_all_of_the_harm():
    played = [(rate(80, 100), [left("a", 0), left("b", 20)]), (rate(60, 100), [left("b", 20)])]
    found = recommended(played)
    assert (found.member, found.attacks, round(found.left, 3), round(found.alone, 3)) == ("b", (2, 2), 0.2, 0.7)


def test_who_escaped_the_attacker_who_knows_it_is_not_the_better_for_it():
    """Of three played by him two broke; a fourth was only played blind, against whom it does worse than they did."""
    alone = rate(80, 100)
    broke = [left("a", 5, knowing=78), left("b", 8, knowing=79)]
    assert recommended([(alone, [*broke, left("c", 10, knowing=40), left("d", 15)])]).member == "c"
    assert recommended([(alone, [*broke, left("d", 15)])]) is None


def test_what_chance_may_explain_recommends_nobody():
    assert recommended([(rate(12, 20), [left("a", 55)])]) is None
    assert recommended([(rate(12, 20), [left("a", 10)])]).member == "a"


def test_nothing_is_recommended_that_is_worse_than_nothing_or_helps_against_nothing():
    assert recommended([]) is None
    assert recommended([(rate(80, 100), [])]) is None
    assert recommended([(rate(20, 100), [left("a", 5, price=30)])]) is None
    assert recommended([(change(2, 2, 100), [left("a", 0)])]) is None


def test_whether_attackers_knew_it_is_told():
    assert recommended([(rate(80, 100), [left("a", 5, knowing=6)])]).knowing
    assert not recommended([(rate(80, 100), [left("a", 5)])]).knowing
