"""alibi-detect: drift detectors on a stream of windows, with a fixed reference and with one that follows the stream."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from alibi_detect.cd import ClassifierDrift, KSDrift, LSDDDrift, MMDDrift
from answering import Method, Task, answer_all, told
from sklearn.linear_model import LogisticRegression

Detector = Callable[..., Any]


def watched(detector: Detector, **told: Any) -> Method:
    """Every window is asked about in turn; an alarm stops nothing."""

    def ask(task: Task) -> dict[str, Any]:
        monitor = detector(task["reference"].astype(np.float32), **told)
        alarms = [monitor.predict(window.astype(np.float32))["data"]["is_drift"] for window in task["windows"]]
        return {"alarms": [bool(alarm) for alarm in alarms]}

    return ask


def learned(reference: Any, **told: Any) -> Any:
    return ClassifierDrift(reference, LogisticRegression(max_iter=1000), backend="sklearn", **told)


TORCH = {"backend": "pytorch"}
METHODS = {
    "alibi-detect KS": watched(KSDrift),
    "alibi-detect KS, 5 % in 1000 windows": watched(KSDrift, p_val=0.05 / 1000),
    "alibi-detect KS, reference the last 500": watched(KSDrift, update_x_ref={"last": 500}),
    "alibi-detect KS, reference a reservoir": watched(KSDrift, update_x_ref={"reservoir_sampling": 500}),
    "alibi-detect MMD": watched(partial(MMDDrift, **TORCH)),
    "alibi-detect LSDD": watched(partial(LSDDDrift, **TORCH)),
    "alibi-detect classifier": watched(learned),
}

if __name__ == "__main__":
    answer_all({"streams": METHODS}, told())
