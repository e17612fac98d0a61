"""A process to be killed: it submits, judges and reviews at the same time, and says at once what was acknowledged.

python busy.py HOME FIRST LAST
"""

import sys
import threading
from pathlib import Path

from amlsec.errors import Conflict
from amlsec.evidence import Decision
from amlsec.gate.act import Act
from amlsec.gate.service import Gate
from gate.begun import blobs, flipped

SOURCES = 5


def rows(number):
    """Of submission so-and-so; every third is poison, so that there is something to review."""
    table = blobs(8, seed=number)
    return flipped(table) if number % 3 == 0 else table


def say(*words):
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def submit(gate, numbers):
    for number in numbers:
        receipt = gate.submit(rows(number), f"source {number % SOURCES}", act=Act("local:submitter"), key=f"key {number}")
        say("submitted", number, receipt.submission)


def judge(gate, done):
    while not done.is_set() or gate.work("judge") is not None:
        gate.work("judge")


def review(gate, done):
    """Until all is judged, and once after that."""
    last = False
    while not last:
        last = done.wait(0.01)
        for found in gate.queue(limit=3):
            decision = (Decision.ACCEPT, Decision.REJECT)[found.id % 2]
            try:
                say(
                    "reviewed",
                    found.id,
                    gate.review(found.id, decision, act=Act("local:reviewer", why="looked at it")).entry,
                )
            except Conflict:
                continue


def main(home, first, last):
    gate, submitted, judged = Gate.open(Path(home)), threading.Event(), threading.Event()
    numbers = range(first, last)
    submitting = [threading.Thread(target=submit, args=(gate, numbers[k::2])) for k in range(2)]
    judging = threading.Thread(target=judge, args=(gate, submitted))
    reviewing = threading.Thread(target=review, args=(gate, judged))
    for thread in (*submitting, judging, reviewing):
        thread.start()
    for thread in submitting:
        thread.join()
    submitted.set()
    judging.join()
    judged.set()
    reviewing.join()
    gate.close()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
