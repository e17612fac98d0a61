"""Which ROC curves an audit draws."""

from amlsec.audit import roc_chart
from amlsec.evidence import Defended, Roc, rate
from audit import example

POINTS = ((0.001, 0.05), (0.01, 0.3), (1.0, 1.0))


def attack(title, *defenses, defended=()):
    rocs = tuple(Roc(name, 1000, POINTS) for name in ("", *defenses))
    return example.finding(title=title, rocs=rocs, defended=defended, harm=rate(300, 1000))


def test_the_worst_alone_then_behind_its_best_defense_then_the_others_alone():
    best, worse = Defended("Rounded", rate(10, 1000), None, 1000), Defended("Labels", rate(200, 1000), None, 1000)
    found = [attack("LiRA", "Labels", "Rounded", defended=(worse, best)), example.finding(), attack("Loss", "Rounded")]
    assert [name for name, _ in roc_chart.named(found)] == ["LiRA", "behind Rounded", "Loss"]


def test_a_defense_that_does_not_help_is_not_drawn():
    useless = Defended("Rounded", rate(290, 1000), None, 1000)
    assert [name for name, _ in roc_chart.named([attack("LiRA", "Rounded", defended=(useless,))])] == ["LiRA"]


def test_screen_readers_are_told_the_figures():
    drawn = roc_chart.svg([attack("LiRA <b>")])
    assert "LiRA &lt;b&gt;: 5.0% found at 0.1% false claims, 30.0% found at 1.0% false claims" in drawn
    assert "<b>" not in drawn


def test_without_a_curve_nothing_is_drawn():
    assert roc_chart.svg([example.finding()]) is None


def test_more_attacks_than_can_be_told_apart_are_left_out():
    assert "attack 9" not in roc_chart.svg([attack(f"attack {i}") for i in range(10)])
