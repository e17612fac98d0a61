"""Small worlds, one for each kind of space, in which every law is tried."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.cluster import AgglomerativeClustering
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from amlsec.catalogue import Card, Victim
from amlsec.data import BENIGN, MALICIOUS, Batch, texts
from amlsec.defenses.detectors.pca_residual import PCAResidual
from amlsec.errors import AccessDenied
from amlsec.oracle import Oracle
from amlsec.scene import Scene
from amlsec.space.bytes import ByteSpace
from amlsec.space.contract import Space
from amlsec.space.image import ImageSpace
from amlsec.space.tabular import Column, Kind, May, TabularSpace, infer
from amlsec.space.text import TextSpace
from amlsec.space.traffic import TrafficSpace
from amlsec.threat import Access
from amlsec.whitebox.forest import Forest
from amlsec.whitebox.linear import Linear
from amlsec.whitebox.neighbors import Neighbors
from amlsec.whitebox.slope import Slope
from amlsec.whitebox.word_weights import WordWeights

HAM = ("agenda", "meeting", "minutes", "budget", "report", "lunch", "project", "review")
SPAM = ("viagra", "winner", "cash", "casino", "prize", "cheap", "offer", "click")
COMMON = ("the", "and", "for", "you", "with", "from")


@dataclass(frozen=True)
class World:
    """Rows, the space they lie in, a model that judges them, and an easy classifier, detector or clusterer."""

    draw: Callable[[int, np.random.Generator], Batch]
    space: Space
    model: Any
    learner: Callable[[], Any]

    def rows(self, n: int, seed: int) -> Batch:
        """n rows, every other one malicious."""
        return self.draw(n, np.random.default_rng(seed))


class Judge:
    """A model that says what it was asked: evidence above 0 is malice."""

    def __init__(self, evidence: Callable[[Any], Any]) -> None:
        self._evidence, self.asked = evidence, 0
        self.estimator: Any = None

    def scores(self, X: Any, /) -> Any:
        self.asked += len(X)
        return np.asarray(self._evidence(X), dtype=np.float64)

    def labels(self, X: Any, /) -> Any:
        return (self.scores(X) > 0).astype(np.int64)


REPRESENTATIVES: dict[type[Any], Callable[[], Any]] = {
    Linear: LogisticRegression,
    Slope: LogisticRegression,
    Forest: lambda: RandomForestClassifier(10, random_state=0),
    WordWeights: lambda: make_pipeline(CountVectorizer(), MultinomialNB()),
    Neighbors: lambda: KNeighborsClassifier(1),
}
"""An easy model for each part that a white-box attack may look for."""


def judge(card: Card, world: World) -> Judge:
    """What judges a world's rows: its rule, or for a white-box attack a fitted model with the part that it looks for."""
    if card.inside is None:
        return Judge(world.model)
    rows = world.rows(60, 3)
    estimator = REPRESENTATIVES[card.inside]().fit(rows.X, rows.y)
    judged = Judge(lambda X: estimator.predict_proba(X)[:, 1] - 0.5 if len(X) else np.zeros(0))
    judged.estimator = estimator
    return judged


class SealedOracle:
    """An oracle whose model and count an attacker cannot reach around its methods."""

    def __init__(self, card: Card, world: World, rows: int, queries: int, wanted: int = BENIGN) -> None:
        self.judge = judge(card, world)
        inner = Oracle(self.judge, access=card.access, rows=rows, queries=queries, wanted=wanted)
        self.access, self.wanted = card.access, wanted
        self.labels, self.scores, self.left = inner.labels, inner.scores, inner.left
        self.channel, self.clicks, self.wait = inner.channel, inner.clicks, inner.wait
        self._send, self._sent = inner.send, set()
        self._spent = lambda: int(inner.spent.sum())
        self._parameters = inner.parameters

    @property
    def spent(self) -> Any:
        raise AccessDenied("the count of queries is the frame's")

    def parameters(self) -> Any:
        return self._parameters()

    def send(self, X: Any, copies: Any, /, *, of: Any) -> Any:
        self._sent |= set(map(str, X.tolist()))
        return self._send(X, copies, of=of)

    def charged(self) -> int:
        """How many rows the model was asked about by the book: a row is judged once, however often it is sent."""
        return len(self._sent) if self.access == Access.OUTCOMES else self._spent()

    @property
    def honest(self) -> bool:
        """Whether the model was asked exactly what the oracle counted; who holds the parameters may ask it himself."""
        return self.access == Access.PARAMETERS or self.judge.asked == self.charged()


def _table(n: int, rng: np.random.Generator) -> Batch:
    y = np.arange(n) % 2
    X = np.column_stack([rng.normal(4.0 * y), rng.poisson(1 + 6 * y), rng.integers(0, 3, n)]).astype(np.float64)
    return Batch(np.clip(X, [-9, 0, 0], [9, 30, 2]), y)


def _mails(n: int, rng: np.random.Generator) -> Batch:
    y = np.arange(n) % 2
    own = [rng.choice(SPAM if label else HAM, 5, replace=False) for label in y]
    return Batch(texts([" ".join([*words, *rng.choice(COMMON, 3), f"no{rng.integers(10**6)}"]) for words in own]), y)


def _words_of(text: str, words: tuple[str, ...]) -> int:
    return sum(word in words for word in text.split())


_COLUMNS = (
    Column("size", Kind.NUMERIC, -9, 9),
    Column("links", Kind.INTEGER, 0, 30, scale=2.0, may=May.UP),
    Column("script", Kind.CATEGORY, 0, 2, categories=("latin", "greek", "cyrillic")),
)


def _images(n: int, rng: np.random.Generator) -> Batch:
    """Pictures of 4 x 4 pixels, bright at the top or at the bottom."""
    y = np.arange(n) % 2
    top = np.repeat([1.0, 0.0], 8)
    bright = np.where(y[:, None] == MALICIOUS, top, 1 - top)
    return Batch(np.clip(0.2 + 0.6 * bright + rng.normal(0, 0.1, (n, 16)), 0, 1), y)


def _normal_and_far(n: int, rng: np.random.Generator) -> Batch:
    """Normal rows, and malicious ones far from them."""
    y = np.arange(n) % 2
    return Batch(rng.normal(size=(n, 3)) * [3.0, 1.0, 0.5] + 12.0 * y[:, None] * [0, 1, -1], y)


ROUTING = np.array(
    [[1, 1, 0, 0, 0], [1, 0, 1, 0, 0], [0, 1, 0, 1, 0], [0, 0, 1, 1, 1], [1, 0, 0, 0, 1], [0, 1, 1, 0, 1]], dtype=np.float64
)
"""Which of 6 links carry which of 5 flows."""


def _loads(n: int, rng: np.random.Generator) -> Batch:
    """Link loads of flows that rise and fall together; malicious rows have a burst on the first flow."""
    y = np.arange(n) % 2
    flows = np.array([10.0, 8, 6, 5, 4]) * (1 + 0.3 * rng.normal(size=(n, 1))) + rng.normal(0, 0.3, (n, 5))
    flows = np.maximum(flows, 0) + 30.0 * y[:, None] * [1, 0, 0, 0, 0]
    return Batch(flows @ ROUTING.T, y)


LETTERS = np.bincount(np.frombuffer(b"the and for you with from " * 9, dtype=np.uint8), minlength=256) / 234
"""How frequent each byte is in plain words."""


def _payloads(n: int, rng: np.random.Generator) -> Batch:
    """Counts of the bytes of payloads of 40 bytes, plain words or, malicious, bytes at random."""
    y = np.arange(n) % 2
    rows = [rng.multinomial(40, np.full(256, 1 / 256) if label else LETTERS) for label in y]
    return Batch(np.array(rows, dtype=np.float64).reshape(n, 256), y)


def _blobs(n: int, rng: np.random.Generator) -> Batch:
    """Two clusters far apart; labels say which."""
    y = np.arange(n) % 2
    return Batch(rng.normal(size=(n, 2)) + 12.0 * y[:, None], y)


WORLDS = {
    (Victim.CLASSIFIER, "tabular"): World(
        _table,
        TabularSpace(_COLUMNS),
        lambda X: X[:, 0] + X[:, 1] / 3 - 3.3 + 0.1 * (X[:, 2] == 2),
        GaussianNB,
    ),
    (Victim.CLASSIFIER, "text"): World(
        _mails,
        TextSpace((*HAM, *SPAM), lookalikes=True),
        lambda X: [_words_of(text, SPAM) - _words_of(text, HAM) for text in X],
        lambda: make_pipeline(CountVectorizer(), MultinomialNB()),
    ),
    (Victim.CLASSIFIER, "image"): World(
        _images, ImageSpace((4, 4)), lambda X: X[:, :8].mean(axis=1) - X[:, 8:].mean(axis=1), GaussianNB
    ),
    (Victim.CLASSIFIER, "bytes"): World(
        _payloads,
        ByteSpace(LETTERS, longest=120),
        lambda X: np.abs(X / np.maximum(X.sum(axis=1, keepdims=True), 1) - LETTERS).sum(axis=1) - 1,
        GaussianNB,
    ),
    (Victim.DETECTOR, "tabular"): World(
        _normal_and_far,
        infer(_normal_and_far(200, np.random.default_rng(0)).X, ["a", "b", "c"]),
        lambda X: X[:, 1] - X[:, 2] - 12,
        lambda: PCAResidual(n_components=1),
    ),
    (Victim.DETECTOR, "image"): World(
        _images,
        ImageSpace((4, 4)),
        lambda X: X[:, :8].mean(axis=1) - X[:, 8:].mean(axis=1),
        lambda: PCAResidual(n_components=1),
    ),
    (Victim.DETECTOR, "traffic"): World(
        _loads,
        TrafficSpace(ROUTING, [0], _loads(200, np.random.default_rng(0)).labelled(BENIGN).X.mean(axis=0)),
        lambda X: X[:, 0] - X[:, 3] - 15,
        lambda: PCAResidual(n_components=1),
    ),
    (Victim.CLUSTERER, "tabular"): World(
        _blobs,
        infer(_blobs(200, np.random.default_rng(0)).X, ["a", "b"]),
        lambda X: X.sum(axis=1) - 12,
        lambda: AgglomerativeClustering(2, linkage="single"),
    ),
}
SPACES = {space for _, space in WORLDS}


def worlds(card: Card) -> list[World]:
    """The worlds of the spaces a member says it works in, with its kind of victim."""
    return [WORLDS[card.victim, space] for space in card.spaces]


_MADE: dict[tuple[str, Any], Any] = {}


def once(card: Card, world: World, make: Callable[[Card, World], Any]) -> Any:
    """What `make` makes of a member: made for the first law that asks, and a copy for each, so that no law sees another."""
    key = card.name, world.draw
    if key not in _MADE:
        _MADE[key] = make(card, world)
    return deepcopy(_MADE[key])


def frozen(rows: Batch) -> Batch:
    """Rows that raise where someone writes into them."""
    for part in (rows.X, rows.y):
        part.setflags(write=False)
    return rows


def scene(world: World, own: Batch, seed: int = 0) -> Scene:
    """A training run of 60 rows that one attacker feeds, with one target of each label."""
    known, target = world.rows(60 - len(own), 100 + seed), world.rows(2, 200 + seed)
    return Scene(frozen(own), 60, world.space, frozen(known), world.learner(), frozen(target))


def own_rows(world: World) -> dict[str, Batch]:
    """What a poisoner may control: usual rows, one row, duplicates, one class, none."""
    rows = world.rows(12, 1)
    return {
        "usual": rows,
        "one row": rows.rows([1]),
        "duplicates": rows.rows([1] * 6),
        "benign only": rows.labelled(BENIGN),
        "malicious only": rows.labelled(MALICIOUS),
        "none": rows.rows([]),
    }


def same(one: Any, two: Any) -> bool:
    """Whether two arrays agree to the last value."""
    return one.shape == two.shape and bool((one == two).all())


def global_state() -> bytes:
    """NumPy's global random state."""
    return np.random.get_state()[1].tobytes() + bytes(np.random.get_state()[2])
