"""Security curves in a notebook, in the manner of scikit-learn's Display objects."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from amlsec.evidence import Curve, Finding

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class SecurityCurveDisplay:
    """Harm against budget, for an attack alone and with each defense; made by `from_curves` or `from_finding`.

    Parameters
    ----------
    curves : at least one, of one unit, each with a point

    Attributes
    ----------
    ax_ : the axes drawn on
    figure_ : their figure

    >>> from amlsec.evidence import Curve, Point, rate
    >>> points = tuple(Point(share, rate(hit, 100), 100, 3) for share, hit in ((0.0, 2), (0.01, 38)))
    >>> display = SecurityCurveDisplay.from_curves([Curve("", "share of the training rows", points)])
    >>> display.ax_.get_ylabel()
    'harm'
    """

    ax_: Axes
    figure_: Figure

    def __init__(self, curves: Sequence[Curve]) -> None:
        self.curves = tuple(curves)

    @classmethod
    def from_curves(cls, curves: Sequence[Curve], *, ax: Axes | None = None) -> Self:
        """Draw these curves; raises InvalidInput where there is none or their units differ."""
        return cls(curves).plot(ax)

    @classmethod
    def from_finding(cls, finding: Finding, *, ax: Axes | None = None) -> Self:
        """Draw the curves of a finding; raises InvalidInput where it has none."""
        return cls(finding.curves).plot(ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw on these axes, or on a new figure that no global state knows."""
        from amlsec.evaluation import drawing

        if ax is None:
            self.figure_ = drawing.figure(self.curves)
            self.ax_ = self.figure_.axes[0]
        else:
            drawing.draw(self.curves, ax)
            self.ax_, self.figure_ = ax, ax.figure.figure
        return self

    def _repr_svg_(self) -> str:
        """What a notebook shows."""
        from amlsec.evaluation import drawing

        picture = io.StringIO()
        with drawing.styled():
            self.figure_.savefig(picture, format="svg", facecolor="white", bbox_inches="tight", metadata={"Date": None})
        return picture.getvalue()
