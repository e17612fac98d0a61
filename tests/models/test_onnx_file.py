"""An ONNX file says what the model said that it was made from; one that could run foreign code is not opened."""

import pickle
import time

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import StringTensorType
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from amlsec.data import texts
from amlsec.errors import InvalidInput, ModelFailed, UnsafeFile
from amlsec.models.fixed import Fixed
from amlsec.models.onnx_file import OnnxFile
from amlsec.models.onnx_session import ROWS_AT_ONCE, opened
from amlsec.space.tabular import infer
from amlsec.threat import Access

X = np.random.default_rng(0).normal(size=(ROWS_AT_ONCE + 9, 3)).astype(np.float32)
Y = (X[:, 0] - X[:, 1] > 0.2).astype(int)
LINE = LogisticRegression().fit(X, Y)
WORDS = {"ham": 0, "spam": 1}


def saved(tmp_path, model, name="model.onnx"):
    path = tmp_path / name
    path.write_bytes(model.SerializeToString())
    return path


def graph(nodes, outputs, shape=("n", 3), kind=TensorProto.FLOAT, initializers=(), domains=("",), **more):
    """A model of these nodes with one input X."""
    given = helper.make_tensor_value_info("X", kind, shape)
    inner = helper.make_graph(nodes, "g", [given], outputs, initializers)
    told = [helper.make_opsetid(domain, 17) for domain in domains]
    return helper.make_model(inner, opset_imports=told, ir_version=8, **more)


def floats(name, width):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", width])


def net(width, *, sigmoid=False, rows="n"):
    """X W + b, as one logit, one probability or two logits; of two, the second less the first is that of one."""
    weights = np.array([[0.0, 1.0], [0.0, -2.0], [0.5, 1.0]], dtype=np.float32)[:, -width:]
    if width == 1:
        weights = weights - np.array([[0.0], [0.0], [0.5]], dtype=np.float32)
    tensors = [numpy_helper.from_array(weights, "W"), numpy_helper.from_array(np.full(width, 0.25, np.float32), "b")]
    nodes = [helper.make_node("MatMul", ["X", "W"], ["xw"]), helper.make_node("Add", ["xw", "b"], ["logit"])]
    if sigmoid:
        nodes.append(helper.make_node("Sigmoid", ["logit"], ["chance"]))
    return graph(nodes, [floats("chance" if sigmoid else "logit", width)], (rows, 3), initializers=tensors)


@pytest.mark.parametrize("options", [{}, {"zipmap": False}], ids=["zipmap", "a tensor"])
@pytest.mark.parametrize("model", [LINE, RandomForestClassifier(9, random_state=0).fit(X, Y)], ids=["line", "forest"])
def test_labels_and_probabilities_of_a_converted_classifier(tmp_path, model, options):
    file = OnnxFile(saved(tmp_path, to_onnx(model, X[:1], options=options)))
    chance = model.predict_proba(X)
    sure = np.abs(chance[:, 0] - 0.5) > 1e-4
    assert (file.labels(X) == model.predict(X))[sure].all()
    np.testing.assert_allclose(file.scores(X), chance[:, 1] - chance[:, 0], atol=1e-5)
    assert file.access == Access.PARAMETERS


@pytest.mark.parametrize("options", [{}, {"zipmap": False}], ids=["zipmap", "a tensor"])
@pytest.mark.parametrize("words", [("ham", "spam"), ("attack", "usual")])
def test_labels_that_are_words_whichever_comes_first(tmp_path, words, options):
    names = {words[0]: 0, words[1]: 1} if words[0] == "ham" else {words[0]: 1, words[1]: 0}
    y = np.where([names[word] == 1 for word in words][1] == (Y == 1), words[1], words[0])
    model = LogisticRegression().fit(X, y)
    file = OnnxFile(saved(tmp_path, to_onnx(model, X[:1], options=options)), names=names)
    assert (file.labels(X) == [names[word] for word in model.predict(X)]).mean() > 0.999
    malicious = list(model.classes_).index(next(word for word, verdict in names.items() if verdict))
    np.testing.assert_allclose(file.scores(X), 2 * model.predict_proba(X)[:, malicious] - 1, atol=1e-5)


@pytest.mark.parametrize("flipped", [False, True])
def test_one_decision_value_beside_the_labels(tmp_path, flipped):
    names = {"a": 1, "b": 0} if flipped else {"a": 0, "b": 1}
    model = LinearSVC(random_state=0).fit(X, np.where(Y, "b", "a"))
    file = OnnxFile(saved(tmp_path, to_onnx(model, X[:1])), names=names)
    np.testing.assert_allclose(file.scores(X), model.decision_function(X) * (-1 if flipped else 1), atol=1e-4)
    assert ((file.scores(X) > 0) == file.labels(X)).all()


@pytest.mark.parametrize(
    ("model", "shift"),
    [(net(1), 0.25), (net(2), 0.0), (net(1, sigmoid=True), 0.25)],
    ids=["one logit", "two logits", "a probability"],
)
def test_a_net_without_labels(tmp_path, model, shift):
    file = OnnxFile(saved(tmp_path, model))
    logit = X @ np.array([1.0, -2.0, 0.5]) + (
        0.0 if model.graph.output[0].type.tensor_type.shape.dim[1].dim_value == 2 else 0.25
    )
    sure = np.abs(logit) > 1e-4
    assert (file.labels(X) == (logit > 0))[sure].all()
    assert (np.sign(file.scores(X)) == np.sign(logit))[sure].all()
    order = np.argsort(logit)
    assert (np.diff(file.scores(X)[order]) >= -1e-5).all()


def test_one_that_takes_a_row_at_a_time(tmp_path):
    file, free = OnnxFile(saved(tmp_path, net(1, rows=1))), OnnxFile(saved(tmp_path, net(1), "free.onnx"))
    np.testing.assert_allclose(file.scores(X[:7]), free.scores(X[:7]), rtol=1e-6)


def test_texts(tmp_path):
    mails = ["cash prize now", "see you at noon", "cash cash", "noon agenda"] * 5
    model = make_pipeline(CountVectorizer(lowercase=False), LogisticRegression()).fit(mails, [1, 0, 1, 0] * 5)
    file = OnnxFile(saved(tmp_path, to_onnx(model, initial_types=[("text", StringTensorType([None, 1]))])))
    assert file.labels(texts(["cash", "agenda noon"])).tolist() == [1, 0]
    with pytest.raises(InvalidInput, match="takes numbers, the rows are texts"):
        OnnxFile(saved(tmp_path, net(1))).labels(texts(["cash"]))


def test_columns_by_name_categories_as_strings(tmp_path):
    nodes = [
        helper.make_node(
            "LabelEncoder", ["kind"], ["k"], domain="ai.onnx.ml", keys_strings=["a", "b"], values_floats=[0.0, 5.0]
        )
    ]
    nodes.append(helper.make_node("Add", ["k", "size"], ["logit"]))
    given = [
        helper.make_tensor_value_info("kind", TensorProto.STRING, ["n", 1]),
        helper.make_tensor_value_info("size", TensorProto.FLOAT, ["n", 1]),
    ]
    inner = helper.make_graph(nodes, "g", given, [floats("logit", 1)])
    domains = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 2)]
    path = saved(tmp_path, helper.make_model(inner, opset_imports=domains, ir_version=8))
    rows = np.array([[-3.0, 0.0], [-3.0, 1.0]])
    columns = infer(np.array([[-9.5, 0.0], [9.0, 1.0]]), ["size", "kind"], [[], ["a", "b"]]).columns
    file = OnnxFile(path, columns=columns)
    assert file.scores(rows).tolist() == [-3.0, 2.0]
    assert file.labels(rows).tolist() == [0, 1]
    for told in (columns[:1], columns[1:]):
        with pytest.raises(InvalidInput, match="columns that the rows do not have: (kind|size)"):
            OnnxFile(path, columns=told)
    with pytest.raises(InvalidInput, match="do not have: kind, size"):
        OnnxFile(path).labels(rows)


def test_a_table_of_another_width_is_refused_before_any_work(tmp_path):
    path = saved(tmp_path, net(1))
    columns = infer(X.astype(float), ["a", "b", "c"]).columns
    assert OnnxFile(path, columns=columns).labels(X[:2]).shape == (2,)
    with pytest.raises(InvalidInput, match="takes 3 columns, the rows have 2: a, b"):
        OnnxFile(path, columns=columns[:2])


def test_labels_alone_are_all_that_is_seen(tmp_path):
    model = to_onnx(LINE, X[:1])
    del model.graph.output[1]
    file = OnnxFile(saved(tmp_path, model))
    assert file.access == Access.LABELS
    assert (file.scores(X) == file.labels(X)).all()


def test_no_rows_and_other_processes(tmp_path):
    file = pickle.loads(pickle.dumps(OnnxFile(saved(tmp_path, to_onnx(LINE, X[:1])))))
    assert file.labels(X[:0]).shape == file.scores(X[:0]).shape == (0,)
    assert Fixed(file).predict(X[:3]).tolist() == LINE.predict(X[:3]).tolist()


def test_an_output_of_several_is_named(tmp_path):
    model = to_onnx(RandomForestClassifier(3, random_state=0).fit(X, Y), X[:1], options={"zipmap": "columns"})
    path = saved(tmp_path, model)
    with pytest.raises(InvalidInput, match="several outputs of numbers, i0, i1: name one"):
        OnnxFile(path)
    with pytest.raises(InvalidInput, match="must be an output that holds numbers: i0, i1"):
        OnnxFile(path, score="i2")
    file = OnnxFile(path, score="i1")
    assert np.corrcoef(file.scores(X), file.labels(X))[0, 1] > 0.9


# What is refused


def test_data_in_other_files_is_refused(tmp_path):
    tensor = numpy_helper.from_array(np.ones((3, 1), np.float32), "W")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")
    node = helper.make_node("MatMul", ["X", "W"], ["logit"])
    with pytest.raises(UnsafeFile, match="keeps data in other files"):
        OnnxFile(saved(tmp_path, graph([node], [floats("logit", 1)], initializers=[tensor])))


def test_data_in_other_files_is_refused_however_deep_it_lies(tmp_path):
    tensor = TensorProto(data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="weights")
    inner = helper.make_graph([helper.make_node("Constant", [], ["c"], value=tensor)], "then", [], [floats("c", 1)])
    node = helper.make_node("If", ["X"], ["logit"], then_branch=inner, else_branch=inner)
    with pytest.raises(UnsafeFile, match="keeps data in other files"):
        OnnxFile(saved(tmp_path, graph([node], [floats("logit", 1)])))


def test_operators_outside_the_standard_are_refused(tmp_path):
    node = helper.make_node("Call", ["X"], ["logit"], domain="evil.corp")
    with pytest.raises(UnsafeFile, match=r"operators that onnxruntime does not bring: evil\.corp\.Call"):
        OnnxFile(saved(tmp_path, graph([node], [floats("logit", 3)], domains=("", "evil.corp"))))


def test_functions_of_standard_operators_will_do(tmp_path):
    twice = helper.make_function(
        "own", "Twice", ["x"], ["y"], [helper.make_node("Add", ["x", "x"], ["y"])], [helper.make_opsetid("", 17)]
    )
    nodes = [
        helper.make_node("ReduceSum", ["X", "one"], ["s"], keepdims=1),
        helper.make_node("Twice", ["s"], ["logit"], domain="own"),
    ]
    axis = numpy_helper.from_array(np.array([1], dtype=np.int64), "one")
    model = graph(nodes, [floats("logit", 1)], initializers=[axis], domains=("", "own"), functions=[twice])
    np.testing.assert_allclose(OnnxFile(saved(tmp_path, model)).scores(X[:5]), 2 * X[:5].sum(axis=1), rtol=1e-4)


def calling(name, inner, times):
    """A function of the domain own that calls another so often."""
    domain = "" if inner == "Neg" else "own"
    nodes = [helper.make_node(inner, [f"x{k}"], [f"x{k + 1}"], domain=domain) for k in range(times)]
    told = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
    return helper.make_function("own", name, ["x0"], [f"x{times}"], nodes, told)


@pytest.mark.parametrize(
    ("functions", "times"), [([("F", "F")], 1), ([(f"F{k or ''}", f"F{k + 1}") for k in range(22)] + [("F22", "Neg")], 2)]
)
def test_functions_that_call_one_another_without_end_are_refused(tmp_path, functions, times):
    told = [calling(name, inner, times) for name, inner in functions]
    call = helper.make_node("F", ["X"], ["logit"], domain="own")
    model = graph([call], [floats("logit", 1)], ("n", 1), functions=told, domains=("", "own"))
    with pytest.raises(UnsafeFile, match="written out, are more than 16,384 operators"):
        OnnxFile(saved(tmp_path, model))


def test_nothing_is_computed_while_it_is_opened(tmp_path):
    shape = numpy_helper.from_array(np.array([6000, 6000]), "shape")
    nodes = [helper.make_node("ConstantOfShape", ["shape"], ["A"]), helper.make_node("MatMul", ["A", "A"], ["B"])]
    nodes += [helper.make_node("ReduceSum", ["B"], ["none"]), helper.make_node("Add", ["X", "none"], ["logit"])]
    file = saved(tmp_path, graph(nodes, [floats("logit", 1)], ("n", 1), initializers=[shape]))
    began = time.process_time()
    OnnxFile(file)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("content", "more", "said"),
    [
        (None, {}, "no such file"),
        (b"<html>no model</html>", {}, "ONNX"),
        (b"", {}, "has no output"),
        (to_onnx(LINE, X[:1]).SerializeToString()[:-9], {}, "ONNX"),
        (to_onnx(LINE, X[:1]).SerializeToString(), {"largest": 100}, "is larger than"),
        (net(1, rows=5).SerializeToString(), {}, "takes 5 rows at once"),
        (graph([helper.make_node("Nonsense", ["X"], ["l"])], [floats("l", 1)]).SerializeToString(), {}, "cannot be run"),
    ],
    ids=["missing", "html", "empty", "cut short", "large", "five rows", "no such operator"],
)
def test_what_is_no_model_is_refused(tmp_path, content, more, said):
    path = tmp_path / "model.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidInput, match=said):
        OnnxFile(path, **more)


def test_a_model_whose_outputs_are_neither_labels_nor_numbers(tmp_path):
    output = helper.make_tensor_value_info("out", TensorProto.UINT8, ["n", 3])
    node = helper.make_node("Cast", ["X"], ["out"], to=TensorProto.UINT8)
    with pytest.raises(InvalidInput, match="neither labels nor numbers"):
        OnnxFile(saved(tmp_path, graph([node], [output])))


# What fails when asked


def test_a_model_that_takes_nothing(tmp_path):
    model = graph([helper.make_node("Constant", [], ["logit"], value_floats=[1.0])], [floats("logit", 1)])
    del model.graph.input[:]
    with pytest.raises(InvalidInput, match="takes no input"):
        OnnxFile(saved(tmp_path, model))


def test_other_labels(tmp_path):
    file = OnnxFile(saved(tmp_path, to_onnx(LogisticRegression().fit(X, np.where(Y, "spam", "ham")), X[:1])))
    with pytest.raises(ModelFailed, match="which is none of its labels: 0, 1"):
        file.labels(X)
    assert set(OnnxFile(file.path, names=WORDS).labels(X).tolist()) == {0, 1}


def test_more_than_two_classes(tmp_path):
    model = LogisticRegression().fit(X, np.arange(len(X)) % 3)
    file = OnnxFile(saved(tmp_path, to_onnx(model, X[:1], options={"zipmap": False})), names={"2": 1})
    with pytest.raises(ModelFailed, match="tells 3 classes apart"):
        file.scores(X)


def test_rows_of_another_width(tmp_path):
    with pytest.raises(ModelFailed, match="model.onnx"):
        OnnxFile(saved(tmp_path, net(1))).labels(X[:, :2])


def test_one_answer_for_all_rows(tmp_path):
    node = helper.make_node("ReduceSum", ["X"], ["logit"], keepdims=1)
    with pytest.raises(ModelFailed, match=r"answered with shape \(1, 1\) for 4 rows"):
        OnnxFile(saved(tmp_path, graph([node], [floats("logit", 1)]))).labels(X[:4])


def test_a_file_that_changed_is_not_the_model_any_more(tmp_path):
    file = pickle.dumps(OnnxFile(saved(tmp_path, net(1))))
    saved(tmp_path, net(2))
    opened.cache_clear()
    with pytest.raises(ModelFailed, match="changed since the audit began"):
        pickle.loads(file).labels(X)


def test_one_that_runs_without_end_is_ended(tmp_path):
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Add", ["x", "x"], ["y"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("y", TensorProto.FLOAT, None),
        ],
    )
    forever = numpy_helper.from_array(np.array(2**62, dtype=np.int64), "forever")
    yes = numpy_helper.from_array(np.array(True), "yes")
    loop = helper.make_node("Loop", ["forever", "yes", "X"], ["logit"], body=body)
    file = OnnxFile(saved(tmp_path, graph([loop], [floats("logit", 1)], ("n", 1), initializers=[forever, yes])), timeout=0.3)
    with pytest.raises(ModelFailed, match="gave no answer in 0.3 s"):
        file.labels(X[:2, :1])
