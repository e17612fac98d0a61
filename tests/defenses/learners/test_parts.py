"""Rows and labels that no learner can be given."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.exceptions import NotFittedError

from amlsec.defenses.learners.median_of_means import MedianOfMeans
from amlsec.defenses.learners.partition_ensemble import PartitionEnsemble
from amlsec.defenses.learners.parts import labelled_rows, rows_of
from amlsec.defenses.learners.run_off_election import RunOffElection
from amlsec.defenses.learners.sever import Sever
from amlsec.defenses.learners.trim import Trim
from amlsec.errors import InvalidInput


@pytest.mark.parametrize("learner", [Trim(), Sever(), MedianOfMeans(), PartitionEnsemble()])
@pytest.mark.parametrize("missing", [np.array([1.0, np.nan] * 10), np.array(["ham", None] * 10, dtype=object)])
def test_a_missing_label_is_no_class(learner, missing):
    with pytest.raises(InvalidInput, match="y is 'None or NaN': must have a label for each row"):
        learner.fit(np.arange(20.0)[:, None], missing)


@pytest.mark.parametrize("learner", [Trim(), Sever(), MedianOfMeans(), PartitionEnsemble()])
@pytest.mark.parametrize("X", [np.arange(20.0), np.zeros((20, 1, 1)), np.array(["mail", None] * 10, dtype=object)])
def test_rows_are_texts_or_a_table(learner, X):
    with pytest.raises(InvalidInput, match="X is .*: must be texts"):
        learner.fit(X, np.arange(20) % 2)


@pytest.mark.parametrize("learner", [Trim(), Sever(), MedianOfMeans(), PartitionEnsemble(), RunOffElection()])
def test_asking_before_any_fit_is_named(learner):
    with pytest.raises(NotFittedError):
        learner.predict(np.zeros((1, 1)))


@pytest.mark.parametrize("learner", [Trim(), Sever(), MedianOfMeans()])
@pytest.mark.parametrize("form", [np.array, csr_matrix])
@pytest.mark.parametrize("cell", [np.nan, np.inf])
def test_a_cell_that_is_no_number_has_no_verdict(learner, form, cell):
    learner.fit(form(np.arange(90.0)[:, None]), np.arange(90) // 45)
    with pytest.raises(ValueError, match="contains (NaN|infinity)"):
        learner.predict(form([[cell]]))


def test_labels_are_of_any_type_and_texts_may_be_numpys():
    rows, labels = labelled_rows(np.array(["a b", "c"]), [True, False])
    assert rows.dtype == object
    assert rows.tolist() == ["a b", "c"]
    assert labels.tolist() == [True, False]
    assert rows_of([[1, 2]]).dtype == np.float64
