"""A small audit from the command line, its page opened in a real browser."""

import re
import shutil
import subprocess

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

from amlsec.literature.reader import references
from called import call
from grounds import mails

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync", "--proxy-server=127.0.0.1:9"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]
CODES = ("AML-E01", "AML-P03", "AML-R01", "AML-S01", "AML-T01")
ASKED = [word for code in CODES for word in ("--only", code)]
ASKED += ["--target", "label", "--text", "body", "--source", "from", "--minutes", "0.5", "--seeds", "1", "--queries", "50"]


@pytest.mark.system
def test_the_page_of_a_small_audit_opens_and_tells(tmp_path, capsys, few_defenses):
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("chromium is not installed: make system-deps")
    batch = mails(800)
    table = pa.table({"body": batch.X.tolist(), "label": np.where(batch.y, "spam", "ham"), "from": batch.source.tolist()})
    csv.write_csv(table, tmp_path / "mails.csv")
    code, _, err = call(capsys, "audit", tmp_path / "mails.csv", *ASKED, "--out", tmp_path / "out")
    assert code == 0, err
    page = tmp_path / "out" / "report.html"
    assert page.stat().st_size < 1_000_000
    opened = subprocess.run(
        [browser, *FLAGS, f"--user-data-dir={tmp_path}/profile", "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    dom = opened.stdout
    assert "What is the worst that can happen?" in dom
    assert "Personal data: what this model gives away" in dom
    for code in CODES:
        assert code in dom, code
    assert len(re.findall(r"<svg", dom)) > 2
    assert "<script" not in dom
    assert not re.search(r"""src=["']https?://""", dom)
    assert set(re.findall(r'href="(https?://[^"]*)"', dom)) <= {work.link for work in references().values()}
