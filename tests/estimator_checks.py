"""scikit-learn's own checks as cases of a test."""

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

_NEEDS_A_VARIABLE = "check_array_api_input"  # SCIPY_ARRAY_API, set before SciPy is imported; it would be skipped


def cases(**estimators):
    """(estimator, check) for each estimator, by its name."""
    return [
        pytest.param(estimator, check, id=f"{name}-{number}-{check.func.__name__}")
        for name, given in estimators.items()
        for number, (estimator, check) in enumerate(estimator_checks_generator(given))
        if check.func.__name__ != _NEEDS_A_VARIABLE
    ]
