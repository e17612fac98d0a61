"""Work for the engine's tests; in a module of its own, so that worker processes can import it, and quickly."""

import os
import signal

import numpy as np
from joblib.externals.loky import process_executor

from amlsec.errors import InvalidInput


def draw(seed):
    """Work whose result depends on its payload alone."""
    return {"value": float(np.random.default_rng(seed).normal())}


def die_once(payload):
    """Kills its own worker the first time that task 5 is tried."""
    folder, number = payload
    mark = os.path.join(folder, "died")
    if number == 5 and not os.path.exists(mark):
        open(mark, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return {"value": number}


def each_dies_once(payload):
    """Every task kills its worker the first time that it is tried."""
    folder, number = payload
    mark = os.path.join(folder, f"died{number}")
    if not os.path.exists(mark):
        open(mark, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return {"value": number}


def die_always(number):
    """Task 1 kills its worker whenever it is tried."""
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"value": number}


HELD = []


def grow(number):
    """Makes its worker so large that loky, which looks after every task, replaces it."""
    process_executor._MEMORY_LEAK_CHECK_DELAY = 0
    HELD.append(np.ones(40_000_000))
    return {"value": number}


def kill(pid):
    os.kill(pid, signal.SIGKILL)
    return {"value": pid}


def refuse(payload):
    raise ArithmeticError(payload)


def refuse_input(payload):
    raise InvalidInput("payload", payload, "must be another")
