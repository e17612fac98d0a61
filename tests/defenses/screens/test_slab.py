import numpy as np
import pytest

from amlsec.data import Batch, texts
from amlsec.defenses.screens.slab import Slab
from amlsec.defenses.screens.sphere import Sphere
from mails_and_blobs import blobs, flipped, inbox
from said import caught, said

pytestmark = pytest.mark.filterwarnings("ignore::amlsec.defenses.screens.calibration.TooFewTrusted")

ALL = slice(None)
ACROSS = np.array([1.0, -1.0, 1.0, -1.0])


def test_the_distance_is_the_papers_over_that_of_the_centroids():
    screen, offered = Slab().fit(blobs(100, 0)), blobs(40, 1)
    base = screen.known_.base

    def scaled(X):
        return (X - base.X.mean(axis=0)) / base.X.std(axis=0)

    mu = [scaled(base.labelled(label).X).mean(axis=0) for label in (0, 1)]
    papers = [abs((x - mu[y]) @ (mu[y] - mu[1 - y])) for x, y in zip(scaled(offered.X), offered.y, strict=True)]
    assert np.allclose(said(screen.judge(offered))[0], papers / np.linalg.norm(mu[1] - mu[0]), rtol=5e-3)


def test_rows_far_along_the_line_are_found_on_both_sides():
    far = Batch(np.array([[6.0] * 4, [-6.0] * 4]), np.array([0, 0]))
    assert caught(Slab().fit(blobs(400, 0)).judge(far), ALL) == 1


def test_flips_of_tables_and_texts_are_found():
    for rows in (blobs, inbox):
        verdicts = Slab().fit(rows(400, 0)).judge(flipped(rows(300, 1), 30))
        assert caught(verdicts, slice(0, 30)) >= 0.95
        assert caught(verdicts, slice(30, None)) <= 0.1


def test_it_misses_what_is_far_across_the_line_and_the_sphere_does_not():
    far = Batch(np.tile(50 * ACROSS, (20, 1)), np.zeros(20, dtype=np.int64))
    trusted = blobs(4000, 0)
    screen = Slab().fit(trusted)
    rows = far.X - screen.known_.base.X.mean(axis=0)
    direction = screen.direction_ / screen.known_.base.X.std(axis=0)
    offset = (screen.centres_[0] - rows @ direction) / (direction @ direction)
    across = Batch(far.X + offset[:, None] * direction, far.y)
    assert caught(screen.judge(across), ALL) == 0
    assert caught(Sphere().fit(trusted).judge(across), ALL) == 1


def test_where_the_centroids_coincide_all_are_accepted():
    """Single letters are no words: these mails differ, and their features do not."""
    alike = Batch(texts([f"hello {letter}" for letter in "abcdefghijklmnopqrst"]), np.arange(20) % 2)
    screen = Slab().fit(alike)
    assert not screen.direction_.any()
    assert screen.judge(alike).accepted.all()
