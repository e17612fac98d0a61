"""ART's ProvenanceDefense compares values where it means rows: of binary rows none is left, and training on none fails."""

import numpy as np
from art.defences.detector.poison import ProvenanceDefense
from art.estimators.classification import SklearnClassifier
from sklearn.svm import LinearSVC

rng = np.random.default_rng(0)
X, y, source = rng.integers(0, 2, (200, 20)), rng.integers(0, 2, 200), np.arange(200) % 4
print(len(ProvenanceDefense.filter_input(X, y, X[source == 0])[0]), "of 150 rows of other sources are left")
model = SklearnClassifier(LinearSVC().fit(X, y))
try:
    ProvenanceDefense(model, X, np.eye(2)[y], np.eye(4)[source], X, np.eye(2)[y]).detect_poison()
except ValueError as error:
    print(f"{type(error).__name__}: {str(error).partition(' while')[0]}")
