"""ORL faces as a verification task: do two pictures show the same person?"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.datasets.demo import Demo
from amlsec.datasets.folder import distinct_sample, file_of

FILE = "orl_faces/orl_faces.npz"
ABOUT = "the ORL faces (AT&T Laboratories Cambridge) as arrays `images` (400, 112, 92) and `subject` (400,)"
COMPONENTS, SHRINK = 20, 4
Floats = NDArray[np.float64]


def load(seed: int = 0) -> Demo:
    """Pairs of pictures as distances on 20 eigenfaces: 1,800 of one person, benign, and as many impostors, malicious.

    The source is the person who is claimed to be seen. Raises InvalidInput where AMLSEC_DATA names no folder with the file.
    """
    with np.load(file_of(FILE, ABOUT), allow_pickle=False) as file:
        images, person = file["images"].astype(np.float64), file["subject"].astype(np.int64)
    pairs, y = _pairs(person, np.random.default_rng(seed))
    faces = _eigenfaces(images)
    source = np.array([f"person {claimed}" for claimed in person[pairs[:, 0]]], dtype=object)
    batch = Batch(np.abs(faces[pairs[:, 0]] - faces[pairs[:, 1]]), y, source)
    rows = distinct_sample(batch, np.random.default_rng(seed))[0]
    columns = tuple(f"eigenface_{k + 1}" for k in range(COMPONENTS))
    notes = (
        "The pictures are real (ORL faces, AT&T Laboratories Cambridge); impostors are pairs of two persons, drawn at "
        f"random with seed {seed}, as many as there are pairs of one.",
        "Each picture stands in many pairs: rows of different parts share pictures, though no pair stands in two.",
    )
    return Demo(rows, columns, "pair", "same person", "impostor", notes=notes)


def _pairs(person: NDArray[np.int64], rng: np.random.Generator) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Positions of both pictures (n, 2), and whether they show two persons (n,)."""
    both = np.array(list(combinations(range(len(person)), 2)))
    same = person[both[:, 0]] == person[both[:, 1]]
    impostors = rng.choice(np.flatnonzero(~same), int(same.sum()), replace=False)
    chosen = np.concatenate([np.flatnonzero(same), impostors])
    return both[chosen], np.where(same[chosen], BENIGN, MALICIOUS)


def _eigenfaces(images: Floats) -> Floats:
    """Whitened coordinates (n, 20) of the pictures, each shrunk fourfold."""
    from sklearn.decomposition import PCA

    count, height, width = images.shape
    blocks = images.reshape(count, height // SHRINK, SHRINK, width // SHRINK, SHRINK)
    small = blocks.mean(axis=(2, 4)).reshape(count, -1)
    coordinates: Floats = PCA(COMPONENTS, whiten=True, random_state=0).fit_transform(small)
    return coordinates
