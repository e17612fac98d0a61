import re
import sys
from itertools import pairwise

import pytest
from matplotlib.figure import Figure

import amlsec
from amlsec.errors import InvalidInput
from amlsec.evaluation import drawing
from amlsec.evaluation.display import SecurityCurveDisplay
from amlsec.evaluation.inline_svg import inline
from amlsec.evidence import Curve
from audit import example

BUDGETS = (0.0, 0.001, 0.005, 0.01, 0.05)
ALONE = example.curve("", example.SHARE, BUDGETS, (3, 44, 190, 261, 342))
RONI = example.curve("roni", example.SHARE, BUDGETS, (3, 3, 4, 5, 9))


def test_the_lines_are_the_points_and_the_bands_their_intervals():
    display = SecurityCurveDisplay.from_curves([ALONE, RONI])
    lines = display.ax_.get_lines()
    assert [line.get_label() for line in lines] == ["no defense", "roni"]
    for line, curve in zip(lines, (ALONE, RONI), strict=True):
        assert line.get_xdata().tolist() == [point.budget for point in curve.points]
        assert line.get_ydata().tolist() == [point.harm.value for point in curve.points]
    band = display.ax_.collections[0].get_paths()[0].get_extents()
    assert band.ymin == pytest.approx(min(point.harm.low for point in ALONE.points))
    assert band.ymax == pytest.approx(max(point.harm.high for point in ALONE.points))


def test_curves_differ_in_more_than_colour_and_are_named_at_their_ends():
    many = [ALONE, *(example.curve(f"d{i}", example.SHARE, BUDGETS, (3, 3, 4, 5, 9 + i)) for i in range(5))]
    axes = SecurityCurveDisplay.from_curves(many).ax_
    looks = {(line.get_linestyle(), line.get_marker()) for line in axes.get_lines()}
    assert len({marker for _, marker in looks}) == len(looks) == 6
    assert [text.get_text() for text in axes.texts] == ["no defense", "d0", "d1", "d2", "d3", "d4"]
    heights = sorted(text.xyann[1] for text in axes.texts)
    assert all(above - below >= 0.0999 for below, above in pairwise(heights))
    assert heights[0] >= 0
    assert heights[-1] <= 1


def test_it_draws_on_given_axes_and_touches_no_global_state():
    figure = Figure()
    axes = figure.add_subplot()
    display = SecurityCurveDisplay.from_finding(example.finding(curves=(ALONE,)), ax=axes)
    assert display.ax_ is axes
    assert display.figure_ is figure
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []
    assert amlsec.SecurityCurveDisplay is SecurityCurveDisplay
    assert "no defense" in display._repr_svg_()


@pytest.mark.parametrize(
    ("curves", "rule"),
    [
        ([], "must hold a curve"),
        ([Curve("", "words", ())], "each with a point"),
        ([ALONE, example.curve("roni", "words", (1.0,), (3,))], "must be one"),
    ],
)
def test_what_cannot_be_drawn_is_refused(curves, rule):
    with pytest.raises(InvalidInput, match=rule):
        SecurityCurveDisplay.from_curves(curves)


def test_one_point_shows_its_interval():
    lone = example.curve("", example.SHARE, (0.01,), (18,), 50)
    bar = SecurityCurveDisplay.from_curves([lone]).ax_.collections[0].get_segments()[0]
    assert bar[:, 1].tolist() == [lone.points[0].harm.low, lone.points[0].harm.high]


def test_wide_budgets_are_drawn_on_a_logarithmic_axis_and_narrow_ones_are_not():
    scales = [
        SecurityCurveDisplay.from_curves([example.curve("", "words", budgets, (0, 3, 9))]).ax_.get_xscale()
        for budgets in ((0.0, 1.0, 1000.0), (0.0, 5.0, 10.0))
    ]
    assert scales == ["symlog", "linear"]


@pytest.mark.parametrize(
    ("budget", "unit", "shown"),
    [
        (0.01, "share of the training rows", "1%"),
        (0.0005, "share", "0.05%"),
        (0.0, "words", "0"),
        (12345, "queries", "12,345"),
    ],
)
def test_budgets_are_written_for_a_reader(budget, unit, shown):
    assert drawing.shown_budget(budget, unit) == shown


def svg(ident: str) -> str:
    return inline(drawing.figure([ALONE, RONI]), ident=ident, title="A <b>", description='"all" & more')


def test_the_inline_picture_repeats_follows_the_page_and_has_a_name():
    picture = svg("c-1")
    assert picture == svg("c-1")
    assert '<title id="c-1-t">A &lt;b&gt;</title>' in picture
    assert "&quot;all&quot; &amp; more</desc>" in picture
    assert 'aria-labelledby="c-1-t c-1-d"' in picture
    assert set(re.findall(r"(?:stroke|fill): ([^;\"]+)", picture)) == {
        "none",
        "currentColor",
        "var(--line)",
        "var(--curve-attack)",
        "var(--curve-1)",
    }
    assert not re.search("http|xmlns|<style|font-family|DejaVu", picture)


def test_two_pictures_share_no_id_and_use_only_their_own():
    ids = [set(re.findall(r' id="([^"]+)"', svg(ident))) for ident in ("c-1", "c-2")]
    assert not ids[0] & ids[1]
    for ident, own in zip(("c-1", "c-2"), ids, strict=True):
        assert set(re.findall(r"#([\w-]+)", svg(ident))) <= own


def test_a_name_with_markup_or_mathematics_is_drawn_as_it_is():
    picture = inline(
        drawing.figure([example.curve("$x_<b>$", "words$", (0.0, 1.0), (1, 2))]), ident="c", title="", description=""
    )
    assert "$x_&lt;b&gt;$" in picture
