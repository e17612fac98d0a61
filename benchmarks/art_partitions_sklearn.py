"""ART's DeepPartitionEnsemble takes no classifier of scikit-learn, and its hash leaves parts empty."""

import numpy as np
from art.estimators.classification import DeepPartitionEnsemble, SklearnClassifier
from sklearn.linear_model import LogisticRegression

rng = np.random.default_rng(0)
X, y = rng.normal(size=(2000, 20)), rng.integers(0, 2, 2000)
print(len({int(np.sum(row)) % 50 for row in X}), "of 50 parts get a row of 2,000 by its default hash")
try:
    DeepPartitionEnsemble(SklearnClassifier(LogisticRegression().fit(X, y)))
except TypeError as error:
    print(f"{type(error).__name__}: {str(error).splitlines()[0][:110]}")
