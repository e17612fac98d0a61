"""Work for the engine's tests; in a module of its own, so that worker processes can import it."""

import os
import signal

import numpy as np


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


def refuse(payload):
    raise ArithmeticError(payload)
