"""Model inversion (Fredrikson, Jha and Ristenpart 2015) on the ORL faces: a face drawn from a recogniser's scores.

For each of 20 people a model answers whether a picture shows that person: trained on 7 pictures of each of the 20. The
attacker owns pictures of 20 other people, and asks the model 2,000 times. What he draws is held against the people's
other pictures: does it look most like the person whom the model knows? Three folds (--small: one, with fewer queries).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _claims import Claim, conclude, main, note, save
from _faces import FACES, pictures
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from amlsec.budget import QueryBudget
from amlsec.catalogue import named
from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.evidence import rate
from amlsec.frame import guess
from amlsec.oracle import Classifier
from amlsec.shadow import Shadow
from amlsec.space.image import ImageSpace

NEEDS: tuple[str, ...] = (FACES,)
SHAPE, KNOWN, TRAINED_ON = (56, 46), 20, 7
MODELS = {
    "logistic regression": LogisticRegression(max_iter=1000),
    "five nearest pictures": KNeighborsClassifier(5),
    "forest": RandomForestClassifier(50, random_state=0),
}
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Gallery:
    """The people whom models know, and those whom the attacker knows.

    Attributes
    ----------
    trained : pictures (20, 7, pixels) that models are trained on
    others : the same people's other pictures (20, 3, pixels)
    strangers : pictures (200, pixels) of other people, the attacker's own
    """

    trained: Floats
    others: Floats
    strangers: Floats


def gallery(seed: int) -> Gallery:
    rng, every = np.random.default_rng(seed), pictures()
    people, order = rng.permutation(len(every)), rng.permutation(every.shape[1])
    known = every[people[:KNOWN]]
    strangers = every[people[KNOWN:]].reshape(-1, every.shape[2])
    return Gallery(known[:, order[:TRAINED_ON]], known[:, order[TRAINED_ON:]], strangers)


def drawn(faces: Gallery, learner: Any, person: int, queries: int) -> Floats:
    """The face (pixels,) that the attacker draws of a person, of whom he has never seen a picture."""
    X, who = faces.trained.reshape(-1, faces.trained.shape[2]), np.repeat(np.arange(KNOWN), TRAINED_ON)
    model = Classifier(learner.fit(X, np.where(who == person, MALICIOUS, BENIGN)))
    own = Shadow(Batch(faces.strangers, np.full(len(faces.strangers), BENIGN)), ImageSpace(SHAPE))
    unseen, every = Batch(np.zeros((1, X.shape[1])), np.array([MALICIOUS])), np.arange(X.shape[1])
    rng, budget = np.random.default_rng(person), QueryBudget(queries)
    return guess(named("model-inversion"), model, unseen, every, shadow=own, budget=budget, rng=rng)[0]


def better(faces: Gallery, face: Floats, person: int) -> float:
    """How many of the 19 others a drawn face looks more like; who draws the mean of all looks like nobody: half of them."""
    mean = faces.strangers.mean(axis=0)
    held, seen = faces.others.mean(axis=1) - mean, face - mean
    if not np.abs(seen).max() > 1e-9:
        return (KNOWN - 1) / 2
    likeness = held @ seen / np.linalg.norm(held, axis=1)
    return float((likeness > likeness[person]).sum())


def fold(seed: int, asked: Sequence[str], queries: int) -> dict[str, Floats]:
    """For each model how many people each drawn face (20,) looks more like."""
    faces = gallery(seed)
    faces_of = {name: [drawn(faces, MODELS[name], p, queries) for p in range(KNOWN)] for name in asked}
    return {
        name: np.array([better(faces, face, person) for person, face in enumerate(every)])
        for name, every in faces_of.items()
    }


def claims(folds: Sequence[dict[str, Floats]]) -> list[Claim]:
    def first(name: str) -> list[float]:
        return [float((ahead[name] == 0).mean()) for ahead in folds]

    def low(name: str) -> list[float]:
        hits = np.concatenate([ahead[name] == 0 for ahead in folds])
        return [rate(int(hits.sum()), len(hits)).low]

    found = [
        Claim("people recognised among 20, logistic regression (chance 5 %)", first("logistic regression"), 0.25, 1),
        Claim("lower end of its 95 % interval, folds together", low("logistic regression"), 0.1, 1),
        Claim("mean place, 1 is first (chance 10.5)", [1 + f["logistic regression"].mean() for f in folds], 1, 4, unit=" "),
    ]
    if "forest" not in folds[0]:
        return found
    return [
        *found,
        Claim("people recognised, five nearest pictures", first("five nearest pictures"), 0.15, 1),
        Claim("people recognised, forest", first("forest"), 0, 0.25),
    ]


def draw(folds: Sequence[dict[str, Floats]], out: Path) -> None:
    """How many people are among the first places, mean over folds; no face is shown, as the pictures are people's own."""
    from matplotlib.figure import Figure

    figure, places = Figure(figsize=(6.4, 4.0)), np.arange(1, KNOWN + 1)
    axes = figure.subplots()
    for name in folds[0]:
        within = [[(ahead[name] < place).mean() for place in places] for ahead in folds]
        axes.plot(places, 100 * np.mean(within, axis=0), marker="o", markersize=3, label=name)
    axes.plot(places, 100 * places / KNOWN, "k:", label="chance")
    axes.set(xlabel=f"places looked at, of {KNOWN}", ylabel="people found, %", ylim=(0, 103), xticks=places[::2])
    axes.legend()
    save(figure, "model_inversion", out)


def run(small: bool, out: Path) -> int:
    """Reproduce that a recogniser's scores give faces away."""
    asked, folds = list(MODELS)[: 1 if small else None], []
    for seed in range(1 if small else 3):
        folds.append(fold(seed, asked, 600 if small else 2000))
        note(f"fold {seed} done")
    draw(folds, out)
    return conclude("Model inversion, ORL faces", claims(folds))


if __name__ == "__main__":
    main(run)
