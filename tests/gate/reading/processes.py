"""The processes that read files, seen from outside."""

import os
import time

import psutil

SHARED = set[int]()
"""Those of fixtures; tests look at their own."""


def readers():
    """Processes that a test started to read, and their forks."""
    found = [process for process in psutil.Process().children(recursive=True) if process.pid not in SHARED]
    return [process for process in found if "amlsec.gate.reading.child" in words_of(process)]


def words_of(process):
    """Its command line; nothing of one that has ended meanwhile."""
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []


def soon(found):
    """What a search finds, as soon as it finds something."""
    deadline = time.monotonic() + 60
    while not (something := found()):
        assert time.monotonic() < deadline
    return something


def forks():
    return [process for process in readers() if process.ppid() != os.getpid()]
