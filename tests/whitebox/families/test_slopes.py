"""Every family's margin is the model's own, and its gradient that of finite differences."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, Normalizer, PowerTransformer, StandardScaler
from sklearn.svm import SVC, NuSVC

from amlsec.errors import NotApplicable
from amlsec.oracle import Classifier
from amlsec.whitebox.linear import Linear
from amlsec.whitebox.look import inside
from amlsec.whitebox.slope import Slope

RNG = np.random.default_rng(0)
y = np.arange(120) % 2
X = RNG.normal(size=(120, 4)) * [1.0, 2.0, 0.5, 1.0] + 0.8 * y[:, None]
AT = RNG.normal(size=(20, 4))


def net(activation="relu", layers=(6, 5), **more):
    return MLPClassifier(layers, activation=activation, max_iter=40, tol=1.0, random_state=0, **more)


MODELS = {
    "linear SVC": SVC(kernel="linear"),
    "radial SVC": SVC(C=3.0),
    "polynomial SVC": SVC(kernel="poly", degree=3, coef0=1.0),
    "sigmoid SVC": SVC(kernel="sigmoid", gamma=0.1),
    "NuSVC": NuSVC(nu=0.3, gamma=0.2),
    "deep net": net(layers=(6, 5, 4)),
    "net of tangents": net("tanh"),
    "logistic net": net("logistic"),
    "net of identities": net("identity", layers=(3,)),
    "one layer": net(layers=(8,)),
    "no hidden layer": net(layers=()),
    "naive Bayes": GaussianNB(),
    "quadratic": QuadraticDiscriminantAnalysis(),
    "linear discriminant": LinearDiscriminantAnalysis(),
    "standardised net": make_pipeline(StandardScaler(), net("tanh")),
    "twice scaled": make_pipeline(MinMaxScaler(), "passthrough", StandardScaler(), SVC()),
    "components": make_pipeline(StandardScaler(), PCA(2), SVC()),
    "whitened": make_pipeline(PCA(3, whiten=True), net("tanh")),
    "truncated": make_pipeline(TruncatedSVD(2), LogisticRegression()),
    "picked": make_pipeline(SelectKBest(k=2), GaussianNB()),
}


def own_margin(model, rows):
    """Log-odds or decision function, by the model's own methods."""
    if hasattr(model, "decision_function"):
        return model.decision_function(rows)
    return np.diff(model.predict_log_proba(rows), axis=1)[:, 0]


@pytest.mark.parametrize("name", MODELS)
def test_the_margin_is_the_models_and_its_gradient_that_of_finite_differences(name):
    model = MODELS[name].fit(X, y)
    slope = inside(Classifier(model), Slope)
    assert slope.margin(AT) == pytest.approx(own_margin(model, AT), rel=1e-7, abs=1e-9)
    assert ((slope.margin(AT) > 0) == (model.predict(AT) == 1)).all()
    found = slope.gradient(AT)
    assert found.shape == AT.shape
    for row, gradient in zip(AT, found, strict=True):
        up, down = (approx_fprime(row, lambda at: own_margin(model, at[None])[0], sign * 1e-6) for sign in (1, -1))
        assert gradient == pytest.approx((up + down) / 2, rel=1e-6, abs=2e-7 * max(1, np.abs(gradient).max()))


@pytest.mark.parametrize("name", ["linear SVC", "truncated", "linear discriminant"])
def test_what_is_linear_is_read_as_linear(name):
    model = MODELS[name].fit(X, y)
    assert inside(Classifier(model), Linear).margin(AT) == pytest.approx(model.decision_function(AT))


def test_sparse_support_vectors_are_read_too():
    from scipy.sparse import csr_matrix

    model = SVC().fit(csr_matrix(X), y)
    assert inside(Classifier(model), Slope).margin(AT) == pytest.approx(model.decision_function(csr_matrix(AT)))


def test_margins_are_not_squashed_where_probabilities_are():
    model = GaussianNB().fit(X, y)
    far = np.full((1, 4), 200.0)
    assert inside(Classifier(model), Slope).margin(far)[0] > 1000
    assert (inside(Classifier(model), Slope).gradient(far) != 0).all()


@pytest.mark.parametrize(
    ("model", "part", "message"),
    [
        (KNeighborsClassifier(), Slope, "a KNeighborsClassifier has no slope"),
        (SVC(kernel=lambda a, b: a @ b.T), Slope, "has no slope"),
        (SVC(), Linear, "with the kernel 'rbf' is not linear"),
        (make_pipeline(Normalizer(), SVC()), Slope, "a step Normalizer stands before the model"),
        (make_pipeline(PowerTransformer(), PCA(1), SVC()), Slope, "a step PowerTransformer stands before the model"),
    ],
)
def test_what_cannot_be_seen_is_said(model, part, message):
    with pytest.raises(NotApplicable, match=message):
        inside(Classifier(model.fit(X, y)), part)


@pytest.mark.parametrize("model", [SVC(), GaussianNB(), net(), LogisticRegression()])
def test_three_classes_are_not_0_and_1(model):
    with pytest.raises(NotApplicable, match=r"of the classes \[0, 1, 2\] is no model of 0 and 1"):
        inside(Classifier(model.fit(X, np.arange(120) % 3)), Slope)


class Trained(BaseEstimator):
    """As skorch keeps what it has trained."""

    def __init__(self, module):
        self.module_ = module


@pytest.mark.parametrize("outputs", [0, 1, 2])
def test_torch_modules(outputs):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    layers = [torch.nn.Linear(4, 6), torch.nn.Tanh(), torch.nn.Linear(6, max(1, outputs))]
    module = torch.nn.Sequential(*layers, *([torch.nn.Flatten(0)] if outputs == 0 else [])).double()
    slope = inside(Classifier(Trained(module)), Slope)
    w, v = (layers[k].weight.detach().numpy() for k in (0, 2))
    a, b = (layers[k].bias.detach().numpy() for k in (0, 2))
    logits = np.tanh(AT @ w.T + a) @ v.T + b
    assert slope.margin(AT) == pytest.approx(logits[:, 1] - logits[:, 0] if outputs == 2 else logits[:, 0])
    gradient = approx_fprime(AT[0], lambda at: slope.margin(at[None])[0], 1e-7)
    assert slope.gradient(AT)[0] == pytest.approx(gradient, abs=1e-6)


def test_torch_modules_in_single_precision_are_asked_in_it():
    torch = pytest.importorskip("torch")
    slope = inside(Classifier(Trained(torch.nn.Linear(4, 1))), Slope)
    assert slope.gradient(AT).dtype == slope.margin(AT).dtype == np.float64


@pytest.mark.parametrize("answer", ["rounded", "detached", "the same for all"])
def test_a_torch_module_without_a_gradient_is_not_applicable(answer):
    torch = pytest.importorskip("torch")

    class Jumps(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.bias = torch.nn.Parameter(torch.zeros(1))

        def forward(self, rows):
            if answer == "the same for all":
                return self.bias.expand(len(rows))
            return (rows[:, 0] > 0).double() if answer == "rounded" else rows[:, 0].detach()

    slope = inside(Classifier(Trained(Jumps())), Slope)
    assert slope.margin(AT).shape == (20,)
    with pytest.raises(NotApplicable, match="Jumps cannot be differentiated"):
        slope.gradient(AT)


def encoding(*scaled):
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import OneHotEncoder

    return ColumnTransformer([("codes", OneHotEncoder(), [1]), *scaled], remainder="passthrough")


def test_a_slope_is_seen_through_encoded_and_scaled_columns():
    mixed = np.column_stack([X[:, 0], np.arange(120) % 3, X[:, 1:3]])
    steps = encoding(("scale", StandardScaler(), [3, 0]), ("none", "drop", [2]))
    model = make_pipeline(steps, net("tanh")).fit(mixed, y)
    slope, at = inside(Classifier(model), Slope), mixed[:9]
    assert slope.margin(at) == pytest.approx(own_margin(model, at))
    found = slope.gradient(at)
    assert (found[:, [1, 2]] == 0).all()
    for column in (0, 3):
        step = 1e-6 * np.eye(4)[column]
        change = (own_margin(model, at + step) - own_margin(model, at - step)) / 2e-6
        assert found[:, column] == pytest.approx(change, rel=1e-5, abs=1e-7)


def test_columns_that_are_bent_are_not_seen_through():
    model = make_pipeline(encoding(("bent", PowerTransformer(), [0])), LogisticRegression())
    mixed = np.column_stack([X[:, 0], np.arange(120) % 3])
    with pytest.raises(NotApplicable, match="a step PowerTransformer stands before the model"):
        inside(Classifier(model.fit(mixed, y)), Slope)
    with pytest.raises(NotApplicable, match="a step ColumnTransformer stands before the model"):
        inside(Classifier(model), Linear)
