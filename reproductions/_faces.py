"""The ORL faces (Samaria and Harter 1994): 40 people, 10 pictures each, as eigenface coefficients."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from _data import data_path
from numpy.typing import NDArray
from sklearn.decomposition import PCA

FACES = "orl_faces/orl_faces.npz"
ENROLLED, COEFFICIENTS = 5, 60
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class People:
    """Coefficients of each person's pictures, and the distance up to which a matcher accepts.

    Attributes
    ----------
    enrolled, others : (people, 5, coefficients): the pictures of the enrolment, and the rest
    radius : of the distances between people's enrolled pictures and other people's templates, 1 % are shorter
    """

    enrolled: Floats
    others: Floats
    radius: float


@cache
def pictures() -> Floats:
    """Grey values (40, 10, pixels), in [0, 1], at half the height and width: means of 2 x 2 pixels."""
    with np.load(data_path(FACES), allow_pickle=False) as file:
        images, subject = file["images"].astype(np.float64) / 255, file["subject"]
    small = images.reshape(len(images), images.shape[1] // 2, 2, images.shape[2] // 2, 2).mean(axis=(2, 4))
    return np.stack([small[subject == person].reshape(10, -1) for person in np.unique(subject)])


def people(seed: int, false_accepts: float = 0.01) -> People:
    """Five pictures of each person enrolled at random; eigenfaces and radius follow from the enrolled ones alone."""
    rng = np.random.default_rng(seed)
    shuffled = np.stack([person[rng.permutation(len(person))] for person in pictures()])
    enrolled = shuffled[:, :ENROLLED]
    faces = PCA(COEFFICIENTS, svd_solver="full").fit(np.concatenate(list(enrolled)))
    found = faces.transform(shuffled.reshape(-1, shuffled.shape[2])).reshape(*shuffled.shape[:2], -1)
    kept, rest = found[:, :ENROLLED], found[:, ENROLLED:]
    return People(kept, rest, threshold(kept, false_accepts))


def threshold(enrolled: Floats, false_accepts: float) -> float:
    """The distance from a template within which that share of other people's pictures lie."""
    templates = enrolled.mean(axis=1)
    distance = np.linalg.norm(enrolled[:, None] - templates[None, :, None], axis=3)
    return float(np.quantile(distance[~np.eye(len(enrolled), dtype=bool)], false_accepts))
