"""What an attacker owns grows with what he knows."""

import numpy as np

from amlsec.catalogue import Kind, of_kind
from amlsec.data import Batch
from amlsec.shadow import Shadow
from amlsec.space.tabular import infer
from amlsec.threat import Knowledge

ROWS = Batch(np.arange(6.0).reshape(3, 2), np.array([0, 1, 0]))


def test_knowledge_grows_step_by_step():
    shadow = Shadow(ROWS, infer(ROWS.X, ["a", "b"]), "learner", ROWS)
    limited = [shadow.limited_to(knowledge) for knowledge in Knowledge]
    assert [(len(known.rows), known.learner) for known in limited] == [(0, None), (3, None), (3, None), (3, "learner")]
    assert all(known.planted is ROWS and known.space is shadow.space for known in limited)


def test_who_copies_has_rows_of_the_same_kind_and_says_so():
    assert all(card.knowledge.includes(Knowledge.FEATURES) for card in of_kind(Kind.EXTRACTION))
