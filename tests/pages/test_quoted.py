"""Figures that one page takes from another's table are that table's, and of two attackers the stronger one's."""

import csv
import re

from pages.blocks import ROOT


def test_malware_says_what_the_bench_measured_of_the_backdoor_behind_its_screens():
    with (ROOT / "docs/poisoning.csv").open(encoding="utf-8") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if (row["data"], row["attack"], row["share"]) == ("drebin", "backdoor", "0.03")
        ]
    alone = {f"{100 * float(row['alone']):.0f}" for row in rows}
    left = {row["defense"]: max(float(row["blind"]), float(row["knowing"])) for row in rows if row["defense"]}
    text = " ".join((ROOT / "docs/tutorials/malware.md").read_text("utf-8").split())
    said = re.search(r"gained (\d+) points against `(.*?)` and (\d+) against `(.*?)`, of (\d+)", text)
    assert said
    first, one, second, other, of = said.groups()
    assert {of} == alone
    assert [first, second] == [f"{100 * left[name]:.0f}" for name in (one, other)]
