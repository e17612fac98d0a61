"""Polymorphic blending of Fogla et al. (2006) against PAYL on single bytes: what substitution and padding do to its alarms.

Normal traffic: the HTML mails of the SpamAssassin corpus, of each the first 1,460 bytes from its first tag on; half of them
are learned from, the other half is new. Attacks: pieces of a program's machine code, each encoded by XOR with a key of
its own. The paper's normal traffic is HTTP of its authors' network and its attack one exploit, which are not public.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from _claims import Claim, conclude, main, note, save
from _data import data_path
from _payl import PAYL, counted
from numpy.typing import NDArray

from amlsec.attacks.evasion.byte_blending import byte_blending, padding
from amlsec.budget import EvasionBudget
from amlsec.oracle import Alarms
from amlsec.space.bytes import ByteSpace, by_rank

MAILS, PROGRAM = "spamassassin/spamassassin_raw.parquet", "/bin/ls"
NEEDS: tuple[str, ...] = (MAILS, PROGRAM)
PACKET = 1460
LENGTHS = (100, 200, 400, 800)
GROWTH = (0, 25, 50, 100, 200, 400, 800, 1300)
Floats = NDArray[np.float64]
Curves = dict[int, dict[str, Floats]]


def pages() -> Floats:
    """The counts of the first 1,460 bytes of each HTML mail from its first tag on; mails and beginnings count once."""
    raw = pq.read_table(data_path(MAILS), columns=["raw"])["raw"].to_pylist()
    starts = ((text, text.lower().find("<html")) for text in raw)
    begun = [text[at:].encode("utf-8", "replace")[:PACKET] for text, at in starts if at >= 0]
    return counted(b"".join(page for page in dict.fromkeys(begun) if len(page) == PACKET), PACKET)


def attacks(length: int, many: int, rng: np.random.Generator) -> Floats:
    """Counts of pieces of machine code, XORed with one key each."""
    code = data_path(PROGRAM).read_bytes()
    start = len(code) // 4
    starts = rng.integers(start, 2 * start, many)
    keys = rng.integers(1, 256, many)
    return np.concatenate(
        [
            counted(bytes(byte ^ int(key) for byte in code[at : at + length]), length)
            for at, key in zip(starts, keys, strict=True)
        ]
    )


def fold(normal: Floats, many: int, seed: int) -> tuple[float, Curves, list[float]]:
    """False alarms on new traffic; distances of attacks by length, way and growth; how long exact blends are."""
    rng = np.random.default_rng(seed)
    learned, new = np.split(rng.permutation(normal), [len(normal) // 2])
    payl, profile = PAYL().fit(learned), learned.mean(axis=0) / PACKET
    curves: Curves = {}
    exact: list[float] = []
    for length in LENGTHS:
        X = attacks(length, many, rng)
        curves[length] = {
            "padding alone": _distances(payl, X, ByteSpace(profile, longest=PACKET, may_replace=False), rng),
            "substitution and padding": _distances(payl, X, ByteSpace(profile, longest=PACKET), rng),
        }
        exact.append(_times_for_an_exact_blend(X, profile))
    return float(Alarms(payl).labels(new).mean()), curves, exact


def _distances(payl: PAYL, X: Floats, space: ByteSpace, rng: np.random.Generator) -> Floats:
    """PAYL's distance in thresholds (growths, n) of attacks that may grow by so many bytes beside the decoder's table."""
    blended = []
    for most in GROWTH:
        table = float(space.table(X).max()) if space.may_replace and most else 0.0
        blended.append(byte_blending(None, X, space=space, budget=EvasionBudget(most + table, 0), rng=rng))
    return np.array([payl.distance(rows) / payl.threshold_ for rows in blended])


def _times_for_an_exact_blend(X: Floats, profile: Floats) -> float:
    """How many times as long a median attack's blend is once its frequencies are the profile's, 100 at most."""
    moved = by_rank(X, np.broadcast_to(profile, X.shape))
    return float(np.median(1 + padding(moved, profile, 99 * X.sum(axis=1)).sum(axis=1) / X.sum(axis=1)))


def claims(folds: list[tuple[float, Curves, list[float]]]) -> list[Claim]:
    def share(length: int, way: str, growth: int) -> list[float]:
        return [float((curves[length][way][GROWTH.index(growth)] > 1).mean()) for _, curves, _ in folds]

    made = [Claim("false alarms on new traffic, 1 % set", [alarms for alarms, _, _ in folds], 0, 0.02)]
    for length in LENGTHS:
        made += [
            Claim(f"{length} bytes, encoded only: alarms", share(length, "padding alone", 0), 0.95, 1),
            Claim(
                f"{length} bytes, blended into a packet: alarms", share(length, "substitution and padding", 1300), 0, 0.05
            ),
        ]
    return made


def draw(folds: list[tuple[float, Curves, list[float]]], out: Path) -> None:
    """PAYL's median distance against the bytes added, by payload length and way, mean over folds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 3.6))
    for axes, way in zip(figure.subplots(1, 2, sharey=True), ("padding alone", "substitution and padding"), strict=True):
        for length in LENGTHS:
            median = np.mean([np.median(curves[length][way], axis=1) for _, curves, _ in folds], axis=0)
            axes.plot(GROWTH, median, marker="o", label=f"{length} bytes")
        axes.axhline(1, color="black", linestyle="--", linewidth=1)
        axes.set(title=way, xlabel="bytes added, at most")
        axes.set_xscale("symlog", linthresh=25)
        axes.set_xlim(-3, 1800)
        axes.set_yscale("log")
    figure.axes[0].set_ylabel("PAYL's distance, thresholds (alarm above 1)")
    figure.axes[1].legend(title="attack of")
    save(figure, "polymorphic_blending", out)


def tell(folds: list[tuple[float, Curves, list[float]]]) -> None:
    """Alarms at every growth, and how long exact blends are."""
    for length, times in zip(LENGTHS, np.mean([exact for _, _, exact in folds], axis=0), strict=True):
        note(f"{length} bytes: a blend with the profile's exact frequencies is {times:.1f} times as long")
        for way in folds[0][1][length]:
            shares = np.mean([(curves[length][way] > 1).mean(axis=1) for _, curves, _ in folds], axis=0)
            note(
                f"  alarms, {way}: " + ", ".join(f"+{most} {share:.0%}" for most, share in zip(GROWTH, shares, strict=True))
            )


def run(small: bool, out: Path) -> int:
    """Reproduce polymorphic blending against PAYL."""
    normal = pages()
    note(f"{len(normal)} normal payloads")
    folds = [fold(normal, 20 if small else 200, seed) for seed in range(5)]
    tell(folds)
    draw(folds, out)
    return conclude("Polymorphic blending against PAYL on single bytes, HTML mails", claims(folds))


if __name__ == "__main__":
    main(run)
