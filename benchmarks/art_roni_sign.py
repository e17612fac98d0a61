"""ART's RONIDefense keeps what lowers accuracy and drops what raises it: its own two functions, asked about both."""

import numpy as np
from art.defences.detector.poison import RONIDefense
from art.estimators.classification import SklearnClassifier
from art.utils import performance_diff
from sklearn.svm import LinearSVC

X = np.linspace(-1, 1, 100)[:, None]
right = (X[:, 0] > 0).astype(int)
good, bad = (SklearnClassifier(LinearSVC().fit(X, y)) for y in (right, (X[:, 0] > 0.6).astype(int)))
roni = RONIDefense(good, X, np.eye(2)[right], X, np.eye(2)[right], calibrated=False, eps=0.1)
for what, before, after in (("lowers", good, bad), ("raises", bad, good)):
    shift = performance_diff(before, after, X, np.eye(2)[right])
    print(f"a row that {what} accuracy: shift {shift:+.2f}, {'dropped' if roni.is_suspicious(before, shift) else 'kept'}")
