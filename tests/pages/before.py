"""What pages need before they can be run: a function of the page's name, `-` as `_`, fills its place with small files."""

import os
import shutil
import subprocess
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import yaml
from pyarrow import csv, parquet
from skl2onnx import to_onnx
from skl2onnx.common.data_types import StringTensorType
from sklearn.datasets import make_classification
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from skops import io

import amlsec
from amlsec.audit.files import write
from amlsec.canaries.files import save
from amlsec.canaries.plant import Wanted, plant
from amlsec.catalogue import discover, named
from amlsec.models.described import read as described
from amlsec.tables.load import Columns
from audit import example
from grounds import mails
from models.service import serving
from pages.blocks import ROOT, blocks
from pages.runner import Place

SHORT = "--seeds 1 --queries 5 --only AML-E01"
PYTORCH = "torch is missing: `make torch` installs it"


def needs_data(folder: str) -> None:
    """Skip the page where the folder of AMLSEC_DATA that it reads is missing."""
    if not Path(os.environ.get("AMLSEC_DATA", "-"), folder).exists():
        pytest.skip(f"needs {folder} in the folder that AMLSEC_DATA names")


def undefended(place: Place) -> None:
    """Audits of the page try no defense, which is most of their time."""
    place.patch.setattr("amlsec.audit.run._defenses", lambda _: [])


def hurried(place: Place, **settings: object) -> None:
    """Audits from Python are as short as those of the command line."""
    place.patch.setattr(amlsec, "run_audit", partial(amlsec.run_audit, **settings))


def mail_table(n: int, seed: int = 0, column: str = "text", lies: bool = False) -> pa.Table:
    """Mails and their labels, the wrong ones where the source lies."""
    batch = mails(n, seed=seed)
    return pa.table({column: batch.X.tolist(), "label": np.where((batch.y == 1) != lies, "spam", "ham").tolist()})


def customers() -> pa.Table:
    """Rows of people, some of whom defraud."""
    rng = np.random.default_rng(0)
    fraud = rng.random(400) < 0.3
    incomes, healths = np.array(["low", "high"]), np.array(["well", "ill"])
    return pa.table(
        {
            "income": incomes[(rng.random(400) < 0.3 + 0.4 * fraud).astype(int)].tolist(),
            "health": healths[(rng.random(400) < 0.5).astype(int)].tolist(),
            "bought": rng.normal(2.0 * fraud),
            "fraud": np.where(fraud, "yes", "no").tolist(),
        }
    )


def readme(place: Place) -> None:
    """Mails of reporters over time for the audit, trusted ones for the gate."""
    undefended(place)
    place.audit = "--seeds 1 --only AML-P01"
    rows, days = mail_table(300, column="body"), np.datetime64("2025-01-01") + np.arange(300)
    reporters = [f"reporter{i % 5}" for i in range(300)]
    csv.write_csv(rows.append_column("reporter", [reporters]).append_column("received", [days.astype(str)]), "mails.csv")
    csv.write_csv(mail_table(200, 1, "body"), "trusted.csv")
    csv.write_csv(mail_table(40, 2, "body"), "web.csv")


def worksheet(place: Place) -> None:
    """Mails of three sources, for the questions."""
    place.audit = "--seeds 1 --only AML-M01"
    batch = mails(300)
    csv.write_csv(mail_table(300).append_column("source", [batch.source.tolist()]), "mails.csv")


def best_practices(place: Place) -> None:
    """What the README needs; the hour is one attack and one defense long."""
    readme(place)
    place.instead = {"--minutes 60": "--seeds 1 --share 0.03 --attack random-flips --defense training-loss"}


def models(place: Place) -> None:
    """Mails, a model trained on others in both formats, bogofilter taught by them, and a service that counts words."""
    undefended(place)
    place.audit = SHORT
    _torch(place)
    table = mail_table(200)
    told = [f"Subject: a mail\n\n{text}" for text in table["text"].to_pylist()]
    csv.write_csv(table.set_column(0, "text", [told]), "mails.csv")
    train = mails(300, seed=9)
    model = make_pipeline(CountVectorizer(lowercase=False), LogisticRegression()).fit(train.X, train.y)
    Path("model.onnx").write_bytes(to_onnx(model, initial_types=[("text", StringTensorType([None, 1]))]).SerializeToString())
    io.dump(model, "model.skops")
    _bogofilter(place)
    _service(place)


def _torch(place: Place) -> None:
    if not find_spec("torch"):
        place.left_out["import torch"] = PYTORCH
        return
    hurried(place, seeds=1, only=("AML-E01",), queries=5)
    X, y = make_classification(300, 20, random_state=0)
    flows = {f"flow{j}": column.tolist() for j, column in enumerate(X.T)}
    csv.write_csv(pa.table({**flows, "label": np.where(y == 1, "malicious", "benign").tolist()}), "flows.csv")


def _bogofilter(place: Place) -> None:
    if not shutil.which("bogofilter"):
        place.left_out["amlsec audit mails.csv --target label --text text --model command.toml"] = "bogofilter is missing"
        return
    place.patch.setenv("BOGOFILTER_DIR", str(place.folder / "words"))
    Path("words").mkdir()
    train = mails(60, seed=9)
    for text, label in zip(train.X, train.y, strict=True):
        subprocess.run(["bogofilter", "-s" if label else "-n"], input=f"\n{text}\n", text=True, check=True)

    @place.afterwards.append
    def judges() -> None:
        told = csv.read_csv("mails.csv", parse_options=csv.ParseOptions(newlines_in_values=True))["text"]
        asked = np.array(told.to_pylist()[:20], dtype=object)
        assert set(described(Path("command.toml")).labels(asked).tolist()) == {0, 1}


def _judge(body: dict) -> dict:
    hits = [sum(word.startswith("spam") for word in row["text"].split()) for row in body["instances"]]
    return {"predictions": [{"label": "spam" if n > 2 else "ham", "scores": {"spam": n / 5}} for n in hits]}


def _service(place: Place) -> None:
    """The endpoint, which is asked in batches, by who knows its token, after the page ran."""
    place.patch.setenv("MAIL_TOKEN", "Bearer t0ken-of-a-test")
    service = place.closing.enter_context(serving(_judge))
    place.instead = {"https://mail.example/score": service.url, "rate = 20 ": "rate = 0 "}

    @place.afterwards.append
    def asked() -> None:
        assert 1 < max(len(body["instances"]) for body in service.asked) <= 32
        assert {header["Authorization"] for header in service.headers} == {"Bearer t0ken-of-a-test"}


def audit(place: Place) -> None:
    """What the page on models needs and describes, customers with canaries, and a frame."""
    models(place)
    place.audit += " --only AML-C01 --only AML-R20"
    hurried(place, seeds=1, only=("AML-E01",), queries=5)
    for block in blocks((ROOT / "docs" / "models.md").read_text("utf-8")):
        if block.title in ("command.toml", "endpoint.toml"):
            Path(block.title).write_text(place.for_this_place(block.code), "utf-8")
    rows, register = plant(customers(), Columns("fraud"), wanted=Wanted(count=16), seed=1)
    csv.write_csv(pa.concat_tables([customers(), rows.select(customers().column_names)]), "customers.csv")
    save(rows, register, Path("canaries"), Path("customers.csv"))
    shutil.copy("canaries/amlsec-canaries.toml", "amlsec-canaries.toml")
    frame = mail_table(200, column="body").to_pandas()
    vars(place.module).update(frame=frame, my_classifier=make_pipeline(CountVectorizer(), LogisticRegression()))


def privacy(place: Place) -> None:
    """Customers."""
    undefended(place)
    place.audit = "--seeds 1 --only AML-R01 --only AML-R20"
    csv.write_csv(customers(), "customers.csv")


def report(place: Place) -> None:
    """A report, in the folder that the page names."""
    write(example.result([example._good_words()]), Path("audit"))


def layers(place: Place) -> None:
    """Apps, whose permissions tell the bad ones."""
    place.audit = "--seeds 1 --queries 5 --only AML-L01"
    few = [card for card in discover() if not card.kind.is_attack or card.name in ("acre", "random-flips")]
    place.patch.setattr("amlsec.audit.run.discover", lambda: few)
    rng = np.random.default_rng(0)
    bad = rng.random(400) < 0.5
    asks = {f"permission{j}": (rng.random(400) < 0.2 + 0.5 * bad * (j < 4)).astype(int) for j in range(8)}
    csv.write_csv(pa.table({**asks, "label": np.where(bad, "malware", "benign").tolist()}), "apps.csv")


def index(place: Place) -> None:
    """What the README and the page on layers need."""
    layers(place)
    readme(place)


def canaries(place: Place) -> None:
    """Text messages of reporters; canaries are drawn as by the operating system once, and one defense is tried."""
    place.patch.setattr("amlsec.audit.run._defenses", lambda _: [named("objective-perturbation")])
    place.audit = "--seeds 1"
    drawn = np.random.default_rng
    place.patch.setattr(np.random, "default_rng", lambda seed=None: drawn(0 if seed is None else seed))
    rows = mail_table(400)
    csv.write_csv(rows.append_column("reporter", [[f"user{i % 7}" for i in range(400)]]), "sms.csv")


def gate(place: Place) -> None:
    """Trusted mails, good ones of a desk, and false ones of the web; the snapshot holds what a person let in."""
    place.patch.setenv("AMLSEC_GATE_PASSWORD", "correct horse battery")
    place.left_out = {
        "curl": "gate.example is nobody's; tests/gate/http sends such files",
        "export AMLSEC_GATE_DATABASE": "db.example is nobody's; tests/gate runs on PostgreSQL and S3",
    }
    for source, n, seed in (("trusted", 300, 1), ("desk", 60, 2), ("web", 60, 3)):
        csv.write_csv(mail_table(n, seed, lies=source == "web"), f"{source}.csv")

    @place.afterwards.append
    def kept() -> None:
        assert {path.name for path in Path("training").iterdir()} == {"croissant.json", "data.parquet", "manifest.json"}
        rows = parquet.read_table("training/data.parquet")
        assert {"content", "source", "submission", "position"} <= set(rows.column_names)
        assert rows["source"].to_pylist().count("web") == 10


def ci(place: Place) -> None:
    """The build service runs what the page runs; the other is tested where the examples are."""

    @place.afterwards.append
    def alike() -> None:
        audit = yaml.safe_load((ROOT / "examples" / "gitlab-ci.yml").read_text())["audit"]
        assert "amlsec audit --baseline baseline/report.json --out report" in audit["script"]
        assert Path(audit["artifacts"]["reports"]["junit"]).is_file()


def intrusion(place: Place) -> None:
    """Nothing but the data."""
    needs_data("abilene_tm")
    needs_data("nsl_kdd")


def malware(place: Place) -> None:
    """Nothing but the data."""
    needs_data("drebin215")


def biometrics(place: Place) -> None:
    """Nothing but the data."""
    needs_data("orl_faces")


def gate_commands(place: Place) -> None:
    """What the page on the gate needs, rows to protect and the next ones to trust."""
    place.patch.setenv("AMLSEC_GATE_PASSWORD", "correct horse battery")
    for source, n, seed in (("trusted", 300, 1), ("desk", 60, 2), ("web", 60, 3), ("protected", 10, 4), ("next", 300, 5)):
        csv.write_csv(mail_table(n, seed, lies=source == "web"), f"{source}.csv")


def nightly(place: Place) -> None:
    """What trains on a snapshot, as in the examples."""
    shutil.copy(ROOT / "examples" / "train.py", place.folder)
