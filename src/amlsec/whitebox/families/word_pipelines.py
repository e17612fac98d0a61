"""Pipelines of scikit-learn that count the words of a text and weigh them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from amlsec.errors import NotApplicable
from amlsec.whitebox.linear import Linear
from amlsec.whitebox.look import read, reads
from amlsec.whitebox.word_weights import WordWeights

Floats = NDArray[np.float64]


@reads(WordWeights, "Pipeline")
def word_weights(pipeline: Any) -> WordWeights:
    """CountVectorizer or TfidfVectorizer, perhaps TfidfTransformer, then a linear rule.

    Raises NotApplicable where tokens can be more than one word, or what follows is not linear.
    """
    from sklearn.feature_extraction.text import TfidfTransformer

    counting, *rest = [step for _, step in pipeline.steps]
    _check(counting)
    weighing = counting if hasattr(counting, "sublinear_tf") else TfidfTransformer(norm=None, use_idf=False)
    if rest and type(rest[0]).__name__ == "TfidfTransformer":
        weighing, rest = rest[0], rest[1:]
    rule = read(type(pipeline)([(f"step{k}", step) for k, step in enumerate(rest)]), Linear)
    return WordWeights(
        counting.build_analyzer(),
        counting.vocabulary_,
        rule.weights,
        weighing.idf_ if weighing.use_idf else np.ones(len(rule.weights)),
        _tally(counting.binary, weighing.sublinear_tf),
        {None: 0, "l1": 1, "l2": 2}[weighing.norm],
        rule.bias,
    )


def _check(counting: Any) -> None:
    """Raises NotApplicable unless the step counts single words."""
    if not hasattr(counting, "vocabulary_"):
        raise NotApplicable(f"a pipeline that begins with a {type(counting).__name__} weighs no words")
    if tuple(counting.ngram_range) != (1, 1) or counting.analyzer != "word":
        raise NotApplicable("tokens of more than one word, or of parts of words, depend on where a word stands")


def _tally(once: bool, slowly: bool) -> Any:
    """What counts count for: once, or slower than they grow, or as they are."""
    if once:
        return np.sign
    return _slowly if slowly else np.positive


def _slowly(counts: Floats) -> Floats:
    """1 + log c, and 0 for 0."""
    grown: Floats = np.where(counts > 0, 1 + np.log(np.maximum(counts, 1.0)), 0.0)
    return grown
