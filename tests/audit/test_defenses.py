"""An audit tries the defenses it is asked to try, and no others."""

import numpy as np
import pyarrow as pa
import pytest

from amlsec import run_audit
from amlsec.audit.defenses import tried
from amlsec.catalogue import named
from amlsec.errors import InvalidInput
from grounds import mails

CARDS = [named(name) for name in ("roni", "monotone", "abstain")]


@pytest.mark.parametrize(
    ("names", "expected"),
    [((), CARDS), (("none",), []), (("abstain", "roni"), [CARDS[0], CARDS[2]]), (("none", "monotone"), [CARDS[1]])],
)
def test_all_or_none_or_those_named(names, expected):
    assert tried(names, CARDS) == expected


@pytest.fixture
def audit(tmp_path):
    """An audit of mails by one attack, which tries these defenses."""
    batch = mails()
    frame = pa.table({"text": batch.X.tolist(), "label": np.where(batch.y == 1, "spam", "ham")})
    told = {"target": "label", "text": "text", "only": ("AML-P03",), "seeds": 1, "share": 0.1, "jobs": 1}
    return lambda *defense: run_audit(frame, defense=defense, out=tmp_path / "report", **told)


def test_the_report_shows_them_alone(audit):
    [finding] = [found for found in audit("roni", "sphere").findings if found.code == "AML-P03"]
    assert {defended.member for defended in finding.defended} == {"roni", "sphere"}


def test_a_name_that_does_not_apply_is_refused_before_anything_is_written(audit, tmp_path):
    with pytest.raises(InvalidInput, match="defense is 'label-noise-svm': must be none, or apply here: one of"):
        audit("roni", "label-noise-svm")
    assert list(tmp_path.iterdir()) == []
