"""What attackers offer: every attack a function from what the attacker has to the rows he offers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from _quality_data import Parts, lengths, mixed, words_of

from amlsec.attacks.poisoning.dictionary import dictionary as dictionary_attack
from amlsec.attacks.poisoning.focused import focused as focused_attack
from amlsec.attacks.poisoning.random_flips import random_flips
from amlsec.budget import PoisonBudget
from amlsec.data import BENIGN, MALICIOUS, Batch, Rows, texts
from amlsec.scene import Scene
from amlsec.space.contract import Space
from amlsec.space.tabular import infer
from amlsec.space.text import TextSpace, infer_words

HALF = PoisonBudget(0.5)
BATCHES = 10
"""Over so many batches the drift goes from harmless rows to rows of the other class."""


@dataclass(frozen=True, eq=False)
class Attacker:
    """What he has.

    Attributes
    ----------
    known : rows of both labels that nobody else holds
    targets : benign rows that he wants misjudged
    prize : the malicious row that he wants to get through
    count : how many rows he offers
    """

    known: Batch
    targets: Batch
    prize: Batch
    count: int

    @property
    def assets(self) -> Batch:
        """What a defender who knows his aims would protect."""
        return self.targets + self.prize

    def some(self, label: int, rng: np.random.Generator) -> Rows:
        """So many of his rows of this label, with repeats where he has fewer."""
        own = self.known.labelled(label).X
        return own[np.resize(rng.permutation(len(own)), self.count)]

    def some_targets(self) -> Rows:
        return self.targets.X[np.arange(self.count) % len(self.targets)]

    def scene(self, own: Batch, space: Space, target: Batch | None = None, count: int | None = None) -> Scene:
        """The scene in which half of the final rows are his `count`."""
        return Scene(own, 2 * (self.count if count is None else count), space, self.known, None, target)


def attacker(parts: Parts, count: int, targets: int = 10) -> Attacker:
    """His targets are benign rows and one malicious one of his part; the rest is what he knows."""
    benign, malicious = (np.flatnonzero(parts.attacker.y == label) for label in (BENIGN, MALICIOUS))
    aims = np.concatenate([benign[:targets], malicious[:1]])
    rows = parts.attacker
    return Attacker(rows.drop(aims), rows.rows(benign[:targets]), rows.rows(malicious[:1]), count)


def dictionary(him: Attacker, rng: np.random.Generator) -> Batch | None:
    """Spam of nine tenths of all words of the benign texts he knows, or programs of nine tenths of all their features."""
    benign = him.known.labelled(BENIGN)
    if benign.X.dtype == object:
        scene = him.scene(benign, TextSpace(words_of(benign.X)))
        added = dictionary_attack(scene, budget=HALF, rng=rng).added.X
        return labelled(mixed(added, texts([""] * him.count), 0.1, rng), MALICIOUS)
    if not _binary(benign.X):
        return None
    everything = np.repeat(benign.X.max(axis=0)[None], him.count, axis=0)
    return labelled(mixed(everything, np.zeros_like(everything), 0.1, rng), MALICIOUS)


def focused_plain(him: Attacker, rng: np.random.Generator) -> Batch:
    """Half of a target's words and nothing else; table rows with nine of ten cells of a target. Labelled malicious."""
    if him.known.X.dtype == object:
        return _focused(him, him.known.labelled(BENIGN), rng)
    return labelled(mixed(him.some_targets(), him.some(MALICIOUS, rng), 0.1, rng), MALICIOUS)


def focused_padded(him: Attacker, rng: np.random.Generator) -> Batch:
    """The same dressed as one of his spams; table rows with half of a target's cells. Labelled malicious."""
    if him.known.X.dtype == object:
        return _focused(him, him.known, rng)
    return labelled(mixed(him.some_targets(), him.some(MALICIOUS, rng), 0.5, rng), MALICIOUS)


def _focused(him: Attacker, own: Batch, rng: np.random.Generator) -> Batch:
    """Each mail guesses anew, so that few are alike."""
    parts = []
    for k in range(him.count):
        scene = him.scene(own, TextSpace([]), him.targets.rows([k % len(him.targets)]), count=1)
        parts.append(focused_attack(scene, budget=HALF, rng=rng, guessed=0.5).added.X)
    return labelled(np.concatenate(parts), MALICIOUS)


def pseudospam(him: Attacker, rng: np.random.Generator) -> Batch:
    """Half of a malicious row in half of a benign one, offered as benign: later rows of his kind are to get through."""
    return labelled(mixed(him.some(BENIGN, rng), him.some(MALICIOUS, rng), 0.5, rng), BENIGN)


def split(him: Attacker, rng: np.random.Generator) -> Batch:
    """The dictionary in rows of usual length: words that speak most for benign texts; benign cells drawn one by one."""
    benign, malicious = him.known.labelled(BENIGN).X, him.some(MALICIOUS, rng)
    if benign.dtype == object:
        words = np.array(infer_words(him.known, most=1000).words)
        sizes = np.clip(lengths(malicious), 1, len(words)).astype(int)
        return labelled(texts([" ".join(rng.choice(words, size, replace=False)) for size in sizes]), MALICIOUS)
    cells = [rng.choice(column, him.count) for column in benign.T]
    return labelled(np.column_stack(cells), MALICIOUS)


def flips(him: Attacker, rng: np.random.Generator) -> Batch:
    """Rows of both labels under the other one."""
    own = him.known.rows(np.resize(rng.permutation(len(him.known)), him.count))
    return random_flips(him.scene(own, _space(own)), budget=HALF, rng=rng).edits


def cluster(him: Attacker, rng: np.random.Generator) -> Batch:
    """Near copies of the one row that he wants to get through, a tenth of each replaced by benign content."""
    return labelled(mixed(np.repeat(him.prize.X, him.count, axis=0), him.some(BENIGN, rng), 0.1, rng), BENIGN)


def drift(him: Attacker, rng: np.random.Generator) -> Batch:
    """Benign rows of which each batch holds a tenth more of malicious ones, until in the last nothing else is left."""
    return labelled(mixed(him.some(BENIGN, rng), him.some(MALICIOUS, rng), moved(him.count), rng), BENIGN)


def moved(count: int) -> Any:
    """How far each row of the drift has gone, (count,) in (0, 1]."""
    return (1 + np.arange(count) % BATCHES) / BATCHES


ATTACKS: tuple[Callable[[Attacker, np.random.Generator], Batch | None], ...] = (
    dictionary,
    split,
    focused_plain,
    focused_padded,
    pseudospam,
    cluster,
    drift,
    flips,
)


def labelled(rows: Rows, label: int) -> Batch:
    return Batch(rows, np.full(len(rows), label, dtype=np.int64))


def _binary(X: Rows) -> bool:
    return bool(np.isin(X, (0.0, 1.0)).all())


def _space(own: Batch) -> Space:
    return TextSpace([]) if own.is_text else infer(own.X, [f"column {j}" for j in range(own.X.shape[1])])
