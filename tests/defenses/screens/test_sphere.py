import numpy as np
import pytest

from amlsec.data import Batch, texts
from amlsec.defenses.screens.sphere import Sphere
from mails_and_blobs import blobs, inbox
from said import caught, said

ALL = slice(None)


def many_columns(n, seed, columns=200):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return Batch(rng.normal(size=(n, columns)) + 0.3 * y[:, None], y)


def test_the_distance_is_the_papers():
    """|x - mu_y| of columns in standard deviations; mu_y and these are those of the trusted rows learnt from."""
    screen, offered = Sphere().fit(blobs(100, 0)), blobs(40, 1)
    base = screen.known_.base
    mu = [base.labelled(label).X.mean(axis=0) for label in (0, 1)]
    naive = [np.sqrt((((x - mu[y]) / base.X.std(axis=0)) ** 2).sum()) for x, y in zip(offered.X, offered.y, strict=True)]
    assert np.allclose(said(screen.judge(offered))[0], naive, rtol=5e-3)


@pytest.mark.parametrize("label", [0, 1])
def test_far_rows_are_found_in_every_direction(label):
    directions = np.vstack([np.eye(4), -np.eye(4)])
    far = Batch(1 + 9 * directions, np.full(8, label))
    verdicts = Sphere().fit(blobs(400, 0)).judge(blobs(200, 1) + far)
    assert caught(verdicts, slice(200, None)) == 1
    assert caught(verdicts, slice(0, 200)) <= 0.1


def test_mails_of_the_other_label_s_words_are_far():
    screen = Sphere().fit(inbox(400, 0))
    mails = inbox(100, 1)
    assert caught(screen.judge(mails.relabelled(1 - mails.y)), ALL) >= 0.95


def test_it_misses_flips_where_the_radius_is_wide():
    """In 200 columns a row is about 14 from its centroid, and the classes only 4 apart: a linear model tells them well."""
    offered = many_columns(200, 1)
    screen = Sphere().fit(many_columns(800, 0))
    assert caught(screen.judge(offered.relabelled(1 - offered.y)), ALL) <= 0.35
    assert caught(screen.judge(offered), ALL) <= 0.1


def test_it_misses_rows_put_just_within():
    """The worst an attacker may do to a linear model, all in one place: as near the other class as the radius lets him."""
    screen = Sphere().fit(blobs(400, 0))
    own, other = screen.centroids_
    towards = (other - own) / np.linalg.norm(other - own)
    spread = screen.known_.base.X.std(axis=0)
    radius = np.quantile(screen._distances(screen.known_.calibration.labelled(0)), 0.9)
    row = screen.known_.base.X.mean(axis=0) + spread * (own + radius * towards)
    poison = Batch(np.tile(row, (60, 1)), np.zeros(60, dtype=np.int64))
    assert caught(screen.judge(poison), ALL) == 0
    assert np.linalg.norm((own + radius * towards) - other) < 0.5 * radius


def test_an_unknown_word_alone_is_no_error():
    odd = Batch(texts(["zzz", ""]), np.array([0, 1]))
    assert len(Sphere().fit(inbox(100, 0)).judge(odd)) == 2
