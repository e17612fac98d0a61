import numpy as np
import pytest
from scipy.sparse import csr_matrix

from amlsec.defenses.screens.class_centroids import centroids
from mails_and_blobs import blobs


@pytest.mark.parametrize("kind", [np.asarray, csr_matrix])
def test_the_mean_of_each_label(kind):
    rows = blobs(30, 0)
    found = centroids(kind(rows.X), rows)
    assert np.allclose(found, [rows.X[::2].mean(axis=0), rows.X[1::2].mean(axis=0)])
