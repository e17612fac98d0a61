"""What a reproduction claims, how it is printed, and when it fails."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Claim:
    """One figure, measured once a fold, and the range its mean must lie in.

    Attributes
    ----------
    what : the quantity and its setting
    values : one measurement a fold
    low, high : the tolerance, ends included
    paper : the figure the literature gives, in words
    unit : "%" for shares in [0, 1], else what the number counts
    """

    what: str
    values: Sequence[float]
    low: float
    high: float
    paper: str = ""
    unit: str = "%"

    @property
    def met(self) -> bool:
        return self.low <= float(np.mean(self.values)) <= self.high

    def row(self) -> str:
        mean = float(np.mean(self.values))
        sd = self._shown(float(np.std(self.values, ddof=1))) if len(self.values) > 1 else "one fold"
        ends = f"{self._shown(self.low)} to {self._shown(self.high)}"
        return " | ".join(
            [f"| {self.what}", self._shown(mean), sd, self.paper or "-", ends, f"{'yes' if self.met else 'NO'} |"]
        )

    def _shown(self, value: float) -> str:
        return f"{value:.1%}" if self.unit == "%" else f"{value:.2f} {self.unit}".strip()


def conclude(title: str, claims: Sequence[Claim]) -> int:
    """Print the claims as a table; 1 where one is not met, else 0."""
    print(f"\n{title}\n\n| quantity | mean | SD over folds | paper | tolerance | within |\n|---|---|---|---|---|---|")
    print("\n".join(claim.row() for claim in claims))
    return int(not all(claim.met for claim in claims))


def note(line: str) -> None:
    """Progress, apart from the table."""
    print(line, file=sys.stderr, flush=True)


def save(figure: Any, name: str, out: Path) -> None:
    """Write a figure as SVG, the same bytes on every run."""
    import matplotlib

    out.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context({"svg.hashsalt": name}):
        figure.savefig(out / f"{name}.svg", metadata={"Date": None}, bbox_inches="tight")


def main(run: Callable[[bool, Path], int]) -> None:
    """The command line of every script here: --small for a quick run, --out for where the figure goes."""
    parser = argparse.ArgumentParser(description=run.__doc__)
    parser.add_argument("--small", action="store_true", help="a run of seconds, with wider tolerances")
    parser.add_argument("--out", type=Path, default=HERE.parent / "docs" / "reproductions", help="folder of the figure")
    chosen = parser.parse_args()
    sys.exit(run(chosen.small, chosen.out))
