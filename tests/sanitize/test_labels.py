import numpy as np
import pytest

from amlsec.errors import InvalidInput
from amlsec.sanitize.labels import coded, column, malicious_of


@pytest.mark.parametrize(
    ("labels", "malicious"),
    [
        ([0, 1], 1),
        ([1.0, 0.0], 1),
        ([-1, 1], 1),
        ([False, True], True),
        ([0], 1),
        ([-1], 1),
        (["spam", "ham"], "spam"),
        (["benign", "Attack"], "Attack"),
    ],
)
def test_labels_that_say_it_themselves(labels, malicious):
    y = np.array(labels)
    assert malicious_of(y) == malicious
    assert coded(y, malicious_of(y)).tolist() == [int(label == malicious) for label in labels]


@pytest.mark.parametrize("labels", [["good", "odd"], [1, 2], ["1", "2"], ["spam", "phishing"], ["ham"], [0, 7], [-1, 0]])
def test_labels_that_do_not_must_be_told(labels):
    with pytest.raises(InvalidInput, match="say which is by malicious="):
        malicious_of(np.array(labels))
    assert malicious_of(np.array(labels), labels[0]) == labels[0]


def test_a_label_told_must_be_one_of_two():
    with pytest.raises(InvalidInput, match="malicious is 'spma': must be one of the labels \\['ham', 'spam'\\]"):
        malicious_of(np.array(["ham", "spam"]), "spma")
    assert malicious_of(np.array(["ham"]), "spam") == "spam"  # a batch may have none of them


def test_three_labels_are_too_many():
    with pytest.raises(InvalidInput, match="Only binary"):
        malicious_of(np.array([0, 1, 2]), 1)


@pytest.mark.parametrize("y", [None, 3, [[0, 1], [1, 0]], [0.5, 0.7], [0.0, np.nan], [1.0, np.inf]])
def test_what_is_no_column_of_labels_is_refused(y):
    with pytest.raises(InvalidInput, match="y is"):
        column(y)
