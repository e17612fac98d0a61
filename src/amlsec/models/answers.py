"""What a service answered: where in it a value stands, and what that means."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from amlsec.errors import ModelFailed

USUAL = {"0": 0, "1": 1, "false": 0, "true": 1, "benign": 0, "malicious": 1}
"""What values mean unless told otherwise."""
_LARGEST = sys.float_info.max


def at(answer: Any, path: str) -> Any:
    """The value at a dotted path, numbers counting from 0; the answer itself at "". Raises ModelFailed where there is none.

    >>> at({"result": [{"spam": 0.9}]}, "result.0.spam")
    0.9
    """
    for step in path.split(".") if path else []:
        if isinstance(answer, list) and step.isdigit() and int(step) < len(answer):
            answer = answer[int(step)]
        elif isinstance(answer, dict) and step in answer:
            answer = answer[step]
        else:
            raise ModelFailed(f"the endpoint's answer has no {path}")
    return answer


def verdict(value: Any, verdicts: Mapping[str, int]) -> int:
    """0 or 1 for a value: a word, a number or true and false, as JSON writes them; raises ModelFailed for any other.

    >>> verdict(True, USUAL), verdict("ham", {"ham": 0})
    (1, 0)
    """
    said = str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, dict | list) or said not in verdicts:
        raise ModelFailed(f"the endpoint's verdict is {said[:40]!r}, none of {', '.join(verdicts)}")
    return verdicts[said]


def number(value: Any) -> float:
    """A finite number; raises ModelFailed for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
        raise ModelFailed(f"the endpoint's score is {str(value)[:40]!r}, no finite number")
    return float(value)
