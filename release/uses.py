"""The smallest use of each extra; `python release/uses.py NAME` makes one, in the folder where it is called.

Where the extra is missing each raises InvalidInput that says how to install it.
"""

import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np

from amlsec import Batch


def blobs(n: int = 120) -> Batch:
    """Rows of two classes a distance apart."""
    y = np.arange(n) % 2
    return Batch(np.random.default_rng(0).normal(size=(n, 2)) + 4.0 * y[:, None], y)


def dask() -> None:
    """A chunk of work on a scheduler; without one running here it is the scheduler that is missing, not the extra."""
    from amlsec.engine import Store, Task, Workers, run
    from amlsec.errors import InvalidInput

    try:
        list(run(dict, [Task("one", {})], Store(Path("results")), workers=Workers(cluster="tcp://127.0.0.1:9")))
    except InvalidInput as error:
        if "no Dask scheduler answers there" not in str(error):
            raise


def skops() -> None:
    """A model from a file."""
    from sklearn.linear_model import LogisticRegression

    from amlsec.models.skops_file import skops_file

    try:
        from skops import io
    except ImportError:
        Path("model.skops").touch()
    else:
        io.dump(LogisticRegression().fit(blobs().X, blobs().y), "model.skops")
    skops_file(Path("model.skops"))


def cleanlab() -> None:
    """A screen by confident learning."""
    from amlsec.catalogue import named

    screen = named("confident-learning").build().fit(blobs())
    assert len(screen.judge(blobs(20)).accepted) == 20


def torch() -> None:
    """A network that trains on the worst rows around."""
    from amlsec.catalogue import named

    net = named("pgd-training").run(epochs=2).fit(blobs().X, blobs().y)
    assert set(net.predict(blobs().X)) <= {0, 1}


def privacy() -> None:
    """The account of noisy steps."""
    from amlsec.privacy import epsilon_of_steps

    assert 0 < epsilon_of_steps(2.0, 1e-5, 0.1, 10) < 10


def opacus() -> None:
    """A network that hides each row."""
    from amlsec.catalogue import named

    net = named("private-net").run(epsilon=2.0, steps=5, random_state=0).fit(blobs().X, blobs().y)
    assert set(net.predict(blobs().X)) <= {0, 1}


def onnx() -> None:
    """A model from an ONNX file: malicious where the sum of a row is above 0."""
    from amlsec.models.onnx_file import OnnxFile

    Path("model.onnx").write_bytes(_sum_above_zero())
    model = OnnxFile(Path("model.onnx"), score="score")
    assert model.labels(np.array([[1.0, 1.0], [-1.0, -1.0]])).tolist() == [1, 0]


def _sum_above_zero() -> bytes:
    try:
        from onnx import TensorProto, helper
    except ImportError:
        return b"no model"
    rows, score = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, n]) for name, n in (("rows", 2), ("score", 1))
    )
    ones = helper.make_tensor("ones", TensorProto.FLOAT, [2, 1], [1.0, 1.0])
    graph = helper.make_graph([helper.make_node("MatMul", ["rows", "ones"], ["score"])], "sum", [rows], [score], [ones])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


class _Benign(BaseHTTPRequestHandler):
    """A service that finds nothing malicious."""

    def do_POST(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"verdict": 0}')

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def http() -> None:
    """A model behind HTTP."""
    from amlsec.data import texts
    from amlsec.models.endpoint import Endpoint

    with HTTPServer(("127.0.0.1", 0), _Benign) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/"
            assert Endpoint(url, verdict="verdict").labels(texts(["hello", "again"])).tolist() == [0, 0]
        finally:
            server.shutdown()


def gate() -> None:
    """A gate that judges what is submitted, and answers over HTTP."""
    from amlsec.cli.app import app

    rows = blobs(600)
    lines = ["a,b,label", *(f"{a},{b},{'bad' if y else 'ok'}" for (a, b), y in zip(rows.X, rows.y, strict=True))]
    Path("trusted.csv").write_text("\n".join(lines[:501]))
    Path("web.csv").write_text("\n".join([lines[0], *lines[501:]]))
    for words in (
        "init trusted.csv --target label --malicious bad",
        "submit web.csv --source web",
        "verify",
    ):
        app(["gate", *words.split()], standalone_mode=False)
    from amlsec.gate.http.app import app as served

    assert served(Path("amlsec-gate")).routes


def pg() -> None:
    """The driver of PostgreSQL; no server is asked."""
    from amlsec import Gate  # noqa: F401
    from amlsec.gate.database import Database

    Database("postgresql://nobody@127.0.0.1:9/gate").close()


def s3() -> None:
    """The driver of S3; no server is asked."""
    from amlsec import Gate  # noqa: F401
    from amlsec.gate.store import Store

    Store("s3://bucket/gate", {"key": "nobody", "secret": "none"})


def mlflow() -> None:
    """A run to log into."""
    from amlsec.errors import InvalidInput
    from amlsec.tracking import tracked

    try:
        tracked()
    except InvalidInput as error:
        if "must be active" not in str(error):
            raise


def demo() -> None:
    """The text messages."""
    from amlsec.datasets.sms import load

    assert len(load().batch.y) > 1000


USES = {use.__name__: use for use in (dask, skops, cleanlab, torch, privacy, opacus, onnx, http, gate, pg, s3, mlflow, demo)}

if __name__ == "__main__":
    USES[sys.argv[1]]()
