"""ROC curves on logarithmic axes: the points drawn are those measured."""

import numpy as np
import pytest

from amlsec.errors import InvalidInput
from amlsec.evaluation import drawing, roc
from amlsec.evaluation.membership import measure
from amlsec.evidence import Roc, rate


def lines(axes):
    return {line.get_label(): line for line in axes.get_lines()}


KNOWN = Roc("", 200, ((0.0, 0.1), (0.001, 0.2), (0.01, 0.4), (1.0, 1.0)))


def test_points_stand_where_they_were_measured_and_none_at_no_false_claim():
    [axes] = roc.figure([("LiRA", KNOWN)]).axes
    drawn, guessing = lines(axes)["LiRA"], lines(axes)["guessing"]
    assert drawn.get_xydata().tolist() == [[0.001, 0.2], [0.01, 0.4], [1.0, 1.0]]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert np.array_equal(guessing.get_xdata(), guessing.get_ydata())
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["LiRA", "guessing"]


def test_the_first_curve_stands_out_and_has_its_binomial_band():
    others = [(f"attack {i}", KNOWN) for i in range(5)]
    [axes] = roc.figure([("worst", KNOWN), *others]).axes
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["worst", *(name for name, _ in others), "guessing"]
    by_name = lines(axes)
    assert by_name["worst"].get_color() == drawing.ATTACK.colour
    assert len({by_name[name].get_color() for name, _ in others}) == 5
    [band] = axes.collections
    corners = band.get_paths()[0].vertices
    ends = corners[np.isclose(corners[:, 0], 0.01), 1]
    assert (ends.min(), ends.max()) == pytest.approx((rate(80, 200).low, rate(80, 200).high))


def test_the_axes_reach_to_less_than_one_row():
    [axes] = roc.figure([("LiRA", KNOWN)]).axes
    assert axes.get_xlim() == axes.get_ylim() == (pytest.approx(0.0007), 1)


def test_a_guess_of_nothing_can_be_drawn():
    judged = measure(np.zeros(300), np.zeros(300))
    [axes] = roc.figure([("nothing", Roc("", 300, judged.roc))]).axes
    assert lines(axes)["nothing"].get_xydata().tolist() == [[1.0, 1.0]]


@pytest.mark.parametrize("number", [0, 7])
def test_no_curve_or_too_many_are_refused(number):
    with pytest.raises(InvalidInput, match="curves"):
        roc.figure([("LiRA", KNOWN)] * number)
