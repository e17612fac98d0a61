"""Methods that score rows: ours, peers and plain baselines; larger is worse.

Ours and the baselines see one row at a time beside trusted rows. Cleanlab and KNN-Shapley see the whole batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from _quality_data import lengths
from numpy.typing import NDArray
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from amlsec.data import BENIGN, MALICIOUS, Batch
from amlsec.defenses.screens.case import Case
from amlsec.defenses.screens.harm_tests import Harm, judge_rows
from amlsec.defenses.screens.harms import Test, consistency, margin, net_loss, protected_loss
from amlsec.defenses.screens.roni import RONI
from amlsec.defenses.screens.stand_in import label_reader, stand_in
from amlsec.impact.contract import Labelled
from amlsec.impact.knn_shapley import knn_shapley

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

COUNTS, MARGIN, COMBINED, PROTECTED = "RONI counts", "RONI margin", "RONI combined", "RONI protected"
SHAPLEY, CLEANLAB, FOREST = "KNN-Shapley", "cleanlab", "isolation forest"
CONFIDENCE, NEIGHBORS, LENGTH = "self-confidence", "kNN consistency", "length"
OURS = (COUNTS, MARGIN, COMBINED, PROTECTED)
METHODS = (*OURS, CLEANLAB, SHAPLEY, FOREST, CONFIDENCE, NEIGHBORS, LENGTH)


@dataclass(frozen=True, eq=False)
class Ours:
    """RONI's tests of rows, beside the calibration rows of a screen that knows only trusted rows."""

    screen: RONI
    rows: Batch
    assets: Batch

    @cached_property
    def case(self) -> Case:
        return Case(self.screen.calibration_ + self.rows, self.screen.trials_, stand_in, self.assets, label_reader)

    @cached_property
    def harm(self) -> dict[str, Floats]:
        """What each test says of the calibration rows and then of the rows."""
        return {test.__name__: test(self.case) for test in (margin, consistency, protected_loss, net_loss)}

    def measured(self, *tests: Test) -> Harm:
        """The tests' harm of the rows beside that of the calibration rows."""
        found, null = np.array([self.harm[test.__name__] for test in tests]), self.screen.calibration_
        return Harm(found[:, len(null) :], self.rows.y, found[:, : len(null)], null.y, [test.__name__ for test in tests])

    def scores(self) -> dict[str, Floats]:
        """Each form of RONI by its scores of the rows."""
        return {
            COUNTS: self.measured(net_loss).harm[0],
            MARGIN: self.measured(margin).harm[0],
            COMBINED: judge_rows(self.measured(margin, consistency), 0.05).score,
            PROTECTED: judge_rows(self.measured(margin, consistency, protected_loss), 0.05).score,
        }


@dataclass(frozen=True, eq=False)
class Peers:
    """Other methods on trusted rows, which come first, and rows to score.

    Texts are tf-idf vectors for linear models and their 100 leading directions where distances count; table columns are
    scaled. Trained models are logistic regression for texts, a random forest for tables.
    """

    trusted: Batch
    rows: Batch

    @cached_property
    def wide(self) -> Any:
        both = self.trusted.X if self.trusted.is_text else self.trusted.X[:, np.ptp(self.trusted.X, axis=0) > 0]
        if self.trusted.is_text:
            counter = TfidfVectorizer(token_pattern=r"\S+", min_df=2, binary=True).fit(both)
            return counter.transform(np.concatenate([self.trusted.X, self.rows.X]))
        kept = np.ptp(self.trusted.X, axis=0) > 0
        scaler = StandardScaler().fit(both)
        return scaler.transform(np.concatenate([self.trusted.X, self.rows.X])[:, kept])

    @cached_property
    def near(self) -> Floats:
        if not self.trusted.is_text:
            return np.asarray(self.wide)
        leading = TruncatedSVD(100, random_state=0).fit(self.wide[: len(self.trusted)])
        return np.asarray(leading.transform(self.wide))

    @property
    def y(self) -> NDArray[np.int64]:
        return np.concatenate([self.trusted.y, self.rows.y])

    def model(self) -> Any:
        if self.trusted.is_text:
            return LogisticRegression(C=10.0, max_iter=1000, solver="liblinear")
        return RandomForestClassifier(100, random_state=0)

    def scores(self) -> dict[str, Floats]:
        """The methods that see one row at a time."""
        known = len(self.trusted)
        neighbors = KNeighborsClassifier(10, weights="distance").fit(self.near[:known], self.trusted.y)
        model = self.model().fit(self.wide[:known], self.trusted.y)
        return {
            FOREST: self._isolated(),
            CONFIDENCE: -_of_label(model.predict_proba(self.wide[known:]), self.rows.y),
            NEIGHBORS: -_of_label(neighbors.predict_proba(self.near[known:]), self.rows.y),
            LENGTH: lengths(self.rows.X),
        }

    def _isolated(self) -> Floats:
        """One isolation forest a label, grown on the trusted rows of it."""
        known, found = len(self.trusted), np.zeros(len(self.rows))
        for label in (BENIGN, MALICIOUS):
            forest = IsolationForest(random_state=0).fit(self.near[:known][self.trusted.y == label])
            found[self.rows.y == label] = -forest.score_samples(self.near[known:][self.rows.y == label])
        return found

    def cleanlab(self, places: Places) -> Floats:
        """Its label quality of the rows at these places, by 5-fold probabilities over the trusted rows and them."""
        from cleanlab.rank import get_label_quality_scores

        both = self._with_trusted(places)
        folds = StratifiedKFold(5, shuffle=True, random_state=0)
        guesses = cross_val_predict(self.model(), self.wide[both], self.y[both], cv=folds, method="predict_proba")
        return -np.asarray(get_label_quality_scores(self.y[both], guesses))[len(self.trusted) :]

    def shapley(self, places: Places) -> Floats:
        """KNN-Shapley (k = 5) of the rows at these places, among them and trusted rows, for a fifth of the trusted rows."""
        both, quiz = self._with_trusted(places), len(self.trusted) // 5
        rows = Labelled(self.near[both[quiz:]], self.y[both[quiz:]])
        return -knn_shapley(rows, Labelled(self.near[:quiz], self.y[:quiz]))[len(self.trusted) - quiz :]

    def _with_trusted(self, places: Places) -> Places:
        return np.concatenate([np.arange(len(self.trusted)), len(self.trusted) + places])

    def of_batch(self) -> dict[str, Callable[[Places], Floats]]:
        """The methods that see the batch."""
        return {CLEANLAB: self.cleanlab, SHAPLEY: self.shapley}


def _of_label(probabilities: Floats, y: NDArray[np.int64]) -> Floats:
    return np.asarray(probabilities[np.arange(len(y)), y])


def stacked_batches(batches: Sequence[Batch]) -> tuple[Batch, list[Places]]:
    """Batches on end, and the places of each."""
    ends = np.cumsum([0, *(len(batch) for batch in batches)])
    whole = Batch(np.concatenate([batch.X for batch in batches]), np.concatenate([batch.y for batch in batches]))
    return whole, [np.arange(a, b) for a, b in pairwise(ends)]
