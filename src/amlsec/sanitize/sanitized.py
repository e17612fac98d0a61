"""A screen as a meta-estimator of scikit-learn."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from amlsec.errors import InvalidInput
from amlsec.sanitize.given import batches, taken
from amlsec.sanitize.weights import Judgement, judgement


def _delegated(name: str, says: str) -> Any:
    """A method that is there where the classifier has it, and asks the fitted one."""

    def method(self: Any, X: Any) -> NDArray[Any]:
        check_is_fitted(self)
        answer: NDArray[Any] = getattr(self.estimator_, name)(X)
        return answer

    method.__name__, method.__doc__ = name, says
    return available_if(lambda self: hasattr(getattr(self, "estimator_", self.estimator), name))(method)


class Sanitized(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier that is trained on those rows only that a screen accepts.

    With metadata routing on, `source` and `time` are requested by default; anything else that `fit` is given, as
    `sample_weight`, is routed to the classifier. With it off, in a Pipeline these are `<step>__source`, `<step>__time`.

    The trusted rows must look as the rows this step is given: put it around the steps that change rows, not behind them.
    They are not trained on, unless they are among the rows.

    Parameters
    ----------
    screen : any screen; a clone of it is fitted
    estimator : the classifier, or a Pipeline that ends with one
    trusted : rows the screen learns from: a Batch, or a pair (X, y); None where the screen is fitted already, and stays
        so when cloned, as `sklearn.frozen.FrozenEstimator(screen)` does
    malicious : the malicious label; None: 1 of numbers or booleans, else the one of two known by its name, as "spam"
    quarantine : the weight of quarantined rows, in [0, 1]; strictly between, the classifier must take `sample_weight`

    Attributes
    ----------
    estimator_ : the fitted classifier
    screen_ : the fitted screen
    verdicts_ : what it said of each training row
    classes_ : the labels, as the classifier has them

    >>> from sklearn.linear_model import LogisticRegression
    >>> from amlsec.defenses.screens.provenance import Provenance
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 300)
    >>> X = rng.normal(4.0 * y - 2)[:, None]
    >>> source, said = np.repeat(["honest", "liar"], [30, 70]), np.append(y[200:230], 1 - y[230:])
    >>> model = Sanitized(Provenance(), LogisticRegression(), trusted=(X[:200], y[:200]))
    >>> alone = LogisticRegression().fit(X[200:], said).score(X, y)
    >>> bool(alone < 0.1), bool(model.fit(X[200:], said, source=source).score(X, y) > 0.9)
    (True, True)
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {"source": True, "time": True}

    def __init__(
        self, screen: Any, estimator: Any, *, trusted: Any = None, malicious: Any = None, quarantine: float = 0.0
    ) -> None:
        self.screen = screen
        self.estimator = estimator
        self.trusted = trusted
        self.malicious = malicious
        self.quarantine = quarantine

    def fit(self, X: Any, y: Any, *, source: Any = None, time: Any = None, **params: Any) -> Self:
        """Judge the rows, and fit the classifier on those kept; what of `params` has a value a row is cut alike.

        Raises InvalidInput where an argument breaks a rule, or nothing of a label is kept.
        """
        offered, trusted = batches(X, y, source=source, time=time, trusted=self.trusted, malicious=self.malicious)
        self._check(params, len(offered))
        judged = judgement(self.screen, offered, trusted, self.quarantine)
        cut = {name: _cut(value, judged.kept, len(offered)) for name, value in params.items()}
        routed = self._routed(self._weighted(cut, judged))
        self.estimator_ = clone(self.estimator).fit(taken(X, judged.kept), taken(y, judged.kept), **routed)
        self.classes_ = self.estimator_.classes_
        self.screen_, self.verdicts_ = judged.screen, judged.verdicts
        return self

    predict = _delegated("predict", "The classifier's labels (n,).")
    predict_proba = _delegated("predict_proba", "The classifier's probabilities (n, classes).")
    predict_log_proba = _delegated("predict_log_proba", "Logarithms of the classifier's probabilities (n, classes).")
    decision_function = _delegated("decision_function", "The classifier's evidence (n,).")

    @property
    def n_features_in_(self) -> int:
        """Columns that the classifier was fitted on, where it counts them."""
        return self.estimator_.n_features_in_  # type: ignore[no-any-return]

    @property
    def feature_names_in_(self) -> NDArray[Any]:
        """Names of these columns, where they had any."""
        return self.estimator_.feature_names_in_  # type: ignore[no-any-return]

    def get_metadata_routing(self) -> MetadataRouter:
        """Source and time go to the screen, the rest to the classifier's `fit`."""
        fits = MethodMapping().add(caller="fit", callee="fit")
        router = MetadataRouter(owner=type(self).__name__).add_self_request(self)
        return router.add(estimator=self.estimator, method_mapping=fits)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.string = True
        return tags

    @property
    def _weighs(self) -> bool:
        return 0 < self.quarantine < 1

    def _check(self, params: dict[str, Any], n: int) -> None:
        """That the classifier can be fitted so, before anything is judged."""
        if self._weighs and not (_routes() or has_fit_parameter(self.estimator, "sample_weight")):
            rule = f"must be 0 or 1, as {type(self.estimator).__name__}.fit takes no sample_weight"
            raise InvalidInput("quarantine", self.quarantine, rule)
        weight = params.get("sample_weight")
        if weight is not None and np.shape(weight) != (n,):
            raise InvalidInput("sample_weight", f"of shape {np.shape(weight)}", f"must have one value for each of {n} rows")

    def _weighted(self, params: dict[str, Any], judged: Judgement) -> dict[str, Any]:
        """The parameters, with quarantined rows' weights where these are neither 0 nor 1."""
        if not self._weighs:
            return params
        given = params.get("sample_weight")
        weight = judged.weight[judged.kept] * (1.0 if given is None else np.asarray(given))
        return params | {"sample_weight": weight}

    def _routed(self, params: dict[str, Any]) -> dict[str, Any]:
        if not (params and _routes()):
            return params
        return dict(process_routing(self, "fit", **params)["estimator"]["fit"])


def _routes() -> bool:
    return bool(get_config()["enable_metadata_routing"])


def _cut(value: Any, kept: NDArray[np.intp], n: int) -> Any:
    """The kept rows of what has one value for each of n rows; anything else as it is."""
    rowwise = hasattr(value, "__len__") and not isinstance(value, str | dict) and len(value) == n
    return taken(value, kept) if rowwise else value
