"""Reject on negative impact against the dictionary attack (Nelson et al. 2008), on Enron-Spam.

The paper's protocol: bases of 20 and quizzes of 50 mails, half of them spam, five trials, how many ham mails a candidate
costs. Ours: base and quiz of 200 each, and p-values against trusted mails instead of a threshold chosen by eye. Three
folds, each with 60 real spam and 10 mails of each kind of attack, every mail with its own 99 % of the words; --small is one
fold with 3 mails of two kinds.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from _claims import Claim, conclude, main, note, save
from _enron import NEEDS as NEEDS
from _enron import american, aspell_like, draw, load, tokenize, usenet_like
from numpy.typing import NDArray

from amlsec.attacks.poisoning.focused import focused
from amlsec.budget import PoisonBudget
from amlsec.data import BENIGN, MALICIOUS, Batch, texts
from amlsec.defenses.learners.spambayes import SpamBayes
from amlsec.defenses.screens.roni import RONI
from amlsec.evidence import Decision
from amlsec.impact.leet08 import leet08
from amlsec.scene import Scene
from amlsec.space.text import TextSpace

TRUSTED, REAL = 1000, 60
FILTER = SpamBayes(tokenizer=tokenize, threshold=0.15)
Outcome = dict[str, dict[str, NDArray[np.float64]]]


def dictionary_mails(words: Sequence[str], count: int, rng: np.random.Generator) -> Batch:
    """Spam with an empty subject and 99 % of the words each."""
    kept = [" ".join(word for word in words if rng.random() < 0.99) for _ in range(count)]
    return Batch(texts([f"\n{body}" for body in kept]), np.full(count, MALICIOUS))


def focused_mails(target: Batch, spam: Batch, rng: np.random.Generator) -> Batch:
    """One for each spam, that holds half of the words of one ham."""
    scene = Scene(spam, len(spam) * 100, TextSpace([]), target=target)
    return focused(scene, budget=PoisonBudget(0.01), rng=rng, guessed=0.5).added


def fold(pool: Batch, lists: dict[str, list[str]], count: int, seed: int) -> Outcome:
    """For each kind of candidate: ham lost by the paper's protocol and at 200/200, and our screen's decision."""
    rng = np.random.default_rng(seed)
    trusted, offered, hostile = draw(pool.y, rng, TRUSTED, REAL, count)
    kinds = {"real spam": pool.rows(offered).labelled(MALICIOUS)}
    kinds |= {name: dictionary_mails(words, count, rng) for name, words in lists.items()}
    target, own = pool.rows(hostile).labelled(BENIGN).rows([0]), pool.rows(hostile).labelled(MALICIOUS)
    kinds["focused"] = focused_mails(target, own, rng)
    return judged(pool.rows(trusted), kinds, rng)


def judged(trusted: Batch, kinds: dict[str, Batch], rng: np.random.Generator) -> Outcome:
    together = sum(list(kinds.values())[1:], next(iter(kinds.values())))
    screen = RONI(estimator=SpamBayes(tokenizer=tokenize), at_most=(200, 200, 2 * TRUSTED)).fit(trusted)
    answers = {
        "20/50": leet08(FILTER, trusted, together, rng),
        "200/200": leet08(FILTER, trusted, together, rng, sizes=(200, 200)),
        "decision": screen.judge(together).decision.astype(np.float64),
    }
    ends = np.cumsum([len(mails) for mails in kinds.values()])[:-1]
    return {what: dict(zip(kinds, np.split(values, ends), strict=True)) for what, values in answers.items()}


def claims(outcomes: Sequence[Outcome], lists: Sequence[str]) -> list[Claim]:
    def each(what: str, kind: str, reduce: str) -> list[float]:
        return [float(getattr(outcome[what][kind], reduce)()) for outcome in outcomes]

    def caught(kind: str) -> list[float]:
        return [float((outcome["decision"][kind] != Decision.ACCEPT).mean()) for outcome in outcomes]

    paper = [
        Claim(f"20/50: ham lost to a mail, mean, {name}", each("20/50", name, "mean"), 10, 17, "every mail >= 6.8", "ham")
        for name in lists
    ]
    least = [Claim(f"200/200: ham lost, least, {name}", each("200/200", name, "min"), 10, 100, unit="ham") for name in lists]
    found = [Claim(f"our screen stops, {name}", caught(name), 1, 1, "100 %") for name in lists]
    return [
        *paper,
        Claim("20/50: the same, real spam", each("20/50", "real spam", "mean"), -2, 2, "every mail <= 4.4", "ham"),
        Claim("20/50: worst real spam", each("20/50", "real spam", "max"), 0, 12, "4.4", "ham"),
        *least,
        Claim("200/200: worst real spam", each("200/200", "real spam", "max"), 0, 4, unit="ham"),
        *found,
        Claim(
            "our screen rejects, real spam",
            [float((o["decision"]["real spam"] == Decision.REJECT).mean()) for o in outcomes],
            0,
            0,
            "0 %",
        ),
        Claim("our screen quarantines or rejects, real spam", caught("real spam"), 0, 0.05, "0 %"),
        Claim(
            "20/50: ham lost to a mail, mean, focused less real spam",
            [float(o["20/50"]["focused"].mean() - o["20/50"]["real spam"].mean()) for o in outcomes],
            -1,
            1,
            "not told apart",
            "ham",
        ),
        Claim("20/50: ROC area, focused against real spam", [area(o["20/50"]) for o in outcomes], 0, 0.70, unit=""),
        Claim("our screen stops, focused attack (a known blind spot)", caught("focused"), 0, 0.4, "not told apart"),
    ]


def area(lost: dict[str, NDArray[np.float64]]) -> float:
    """The area under the ROC curve of ham lost: 0.5 tells nothing, 1 everything."""
    from sklearn.metrics import roc_auc_score

    focused, real = lost["focused"], lost["real spam"]
    return float(roc_auc_score(np.repeat([1, 0], [len(focused), len(real)]), np.concatenate([focused, real])))


def draw_clouds(outcomes: Sequence[Outcome], out: Path) -> None:
    """How much ham each candidate costs, under both sizes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4))
    for axes, what in zip(figure.subplots(1, 2), ("20/50", "200/200"), strict=True):
        kinds = list(outcomes[0][what])
        axes.boxplot(
            [np.concatenate([outcome[what][kind] for outcome in outcomes]) for kind in kinds], orientation="horizontal"
        )
        axes.set_yticks(range(1, len(kinds) + 1), kinds)
        axes.set(title=f"base and quiz of {what.replace('/', ' and ')}", xlabel="ham of the quiz lost to one mail")
    figure.tight_layout()
    save(figure, "roni_enron", out)


def run(small: bool, out: Path) -> int:
    """Reproduce RONI against the dictionary attack."""
    pool = load().batch
    lists = {"Aspell-like": aspell_like(), "Usenet-like": usenet_like()}
    lists |= {} if small else {"spelling list": american()}
    outcomes = []
    for seed in range(1 if small else 3):
        outcomes.append(fold(pool, lists, 3 if small else 10, seed))
        note(f"fold {seed} done")
    draw_clouds(outcomes, out)
    return conclude("RONI against the dictionary attack, Enron-Spam", claims(outcomes, list(lists)))


if __name__ == "__main__":
    main(run)
