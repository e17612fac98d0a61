"""A search over texts led by scores, towards whichever verdict is wanted."""

from __future__ import annotations

from itertools import cycle, islice

import numpy as np

from amlsec.attacks.lockstep import Search, evidence, wins
from amlsec.attacks.text_steps import Choice, Message, Words, exchanged, pruned, shortest_prefix


def by_scores(mail: Message) -> Search:
    """Best-N-words by scores: rank words by what each does alone, add the best, again and again where needed, then prune."""
    ranked = yield from _ranked(mail)
    enough = (yield from shortest_prefix(mail, ranked)) or (yield from _repeated(mail, ranked))
    if enough:
        few = yield from pruned(mail, enough)
        yield from exchanged(mail, few, ranked[: max(1, mail.queries // 4)])


def _ranked(mail: Message) -> Choice:
    tried = mail.words[: max(1, mail.queries // 2)]
    scores = yield evidence(mail.adding([(word,) for word in tried]))
    return tuple(tried[k] for k in np.argsort(scores, kind="stable"))


def _repeated(mail: Message, ranked: Words) -> Choice:
    """The best 1, 2, 4, ... words over and over, up to the cost; for filters that count a word more than once."""
    cycles = [tuple(islice(cycle(ranked[:count]), mail.most)) for count in 2 ** np.arange(5)]
    won = np.flatnonzero((yield wins(mail.adding(cycles))))
    return cycles[won[0]] if len(won) else ()
