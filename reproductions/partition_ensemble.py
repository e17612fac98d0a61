"""The certificate of Deep Partition Aggregation (Levine and Feizi 2021) over SpamBayes.

5,000 ham and 5,000 spam of Enron-Spam in 500 parts, 500 and 500 to test, score above 0.5 is spam, three folds (--small:
one). The paper used images; 100 mails are the 1 % with which the dictionary attack makes one SpamBayes useless.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
from _claims import Claim, conclude, main, note, save
from _enron import NEEDS as NEEDS
from _enron import Mails, attack_mail, draw, load, some_of, usenet_like
from numpy.typing import NDArray
from scipy.sparse import vstack
from sklearn.base import BaseEstimator, ClassifierMixin, clone

from amlsec.data import MALICIOUS
from amlsec.defenses.learners.partition_ensemble import PartitionEnsemble
from amlsec.defenses.learners.spambayes import SpamBayes

PARTS, ATTACK = 500, 101


class OwnColumns(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier that keeps only the columns its training rows use.

    SpamBayes gives a token it never saw no weight, so its answers stay the same, at 1 % of the memory.
    """

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def fit(self, X: Any, y: NDArray[np.int64]) -> Self:
        self.columns_ = np.unique(X.indices)
        self.estimator_ = clone(self.estimator).fit(X[:, self.columns_], y)
        self.classes_ = self.estimator_.classes_
        return self

    def predict(self, X: Any) -> NDArray[np.int64]:
        labels: NDArray[np.int64] = self.estimator_.predict(X[:, self.columns_])
        return labels


def ensemble() -> PartitionEnsemble:
    return PartitionEnsemble(OwnColumns(SpamBayes(threshold=0.5)), partitions=PARTS)


def fold(mails: Mails, seed: int) -> NDArray[np.int64]:
    """How many poison rows each right prediction withstands; -1 where it is wrong."""
    y = mails.batch.y
    train, test = draw(y, np.random.default_rng(seed), 5000, 500)
    fitted = ensemble().fit(mails.tokens[train], y[train])
    right = fitted.predict(mails.tokens[test]) == y[test]
    return np.where(right, fitted.certify(mails.tokens[test]), -1)


def under_attack(mails: Mails, mail: Any, seed: int) -> tuple[float, float]:
    """Test accuracy of one SpamBayes and of the ensemble after a dictionary attack of 1 %."""
    y = mails.batch.y
    rng = np.random.default_rng(seed)
    train, test = draw(y, rng, 5000, 500)
    poison = [some_of(mail, 0.99, rng) for _ in range(ATTACK)]
    X, labels = vstack([mails.tokens[train], *poison], format="csr"), np.append(y[train], np.full(ATTACK, MALICIOUS))
    models = SpamBayes(threshold=0.5), ensemble()
    alone, together = (float(model.fit(X, labels).score(mails.tokens[test], y[test])) for model in models)
    return alone, together


def draw_curve(bounds: list[NDArray[np.int64]], out: Path) -> None:
    """Certified share of test mails against the number of poison mails."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4))
    axes = figure.subplots()
    poison = np.arange(PARTS // 2 + 1)
    curves = np.array([[(bound >= rows).mean() for rows in poison] for bound in bounds])
    axes.plot(poison, 100 * curves.mean(axis=0), label=f"proved, {PARTS} parts, mean of {len(bounds)} folds")
    axes.fill_between(poison, 100 * curves.min(axis=0), 100 * curves.max(axis=0), alpha=0.3)
    axes.axvline(ATTACK, linestyle=":", color="k", label="dictionary attack, 1 %")
    axes.set(xlabel="mails the attacker adds or removes", ylabel="mails proved to stay right, %", ylim=(0, 101))
    axes.legend()
    save(figure, "partition_ensemble", out)


def claims(bounds: list[NDArray[np.int64]], attacked: list[tuple[float, float]]) -> list[Claim]:
    def certified(rows: int) -> list[float]:
        return [float((bound >= rows).mean()) for bound in bounds]

    return [
        Claim("right, no attack", certified(0), 0.94, 1),
        Claim("right and proved against 25 mails", certified(25), 0.85, 1),
        Claim("right and proved against 50 mails", certified(50), 0.75, 1),
        Claim("right and proved against 100 mails", certified(100), 0.50, 1),
        Claim("median mails borne", [float(np.median(bound)) for bound in bounds], 100, 250, unit="mails"),
        Claim("right under 101 Usenet-like dictionary mails, SpamBayes alone", [a for a, _ in attacked], 0, 0.90),
        Claim("the same, ensemble", [b for _, b in attacked], float(np.mean(certified(ATTACK))), 1),
    ]


def run(small: bool, out: Path) -> int:
    """Reproduce the certificate of the partition ensemble on spam."""
    mails = load()
    mail = attack_mail(mails, usenet_like())
    bounds, attacked = [], []
    for seed in range(1 if small else 3):
        bounds.append(fold(mails, seed))
        note(f"fold {seed} certified")
        attacked.append(under_attack(mails, mail, seed))
    draw_curve(bounds, out)
    return conclude(f"Partition ensemble of {PARTS} SpamBayes filters, Enron-Spam", claims(bounds, attacked))


if __name__ == "__main__":
    main(run)
