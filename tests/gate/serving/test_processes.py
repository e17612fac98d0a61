"""Workers are begun anew when they die, stop when their server stops, and never outlive it."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress

from amlsec.gate.serving import processes
from amlsec.gate.serving.processes import Processes
from gate.servers import wait_until

NOTE = """
import os, signal, sys
folder, *_, name = sys.argv[1:]
open(os.path.join(folder, f"{name}-{os.getpid()}"), "w").close()
"""
UNTIL_CLOSED = NOTE + "sys.stdin.read()"
STUBBORN = (
    NOTE + "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nopen(os.path.join(folder, 'deaf'), 'w').close()\nsys.stdin.read()"
)
SERVER = """
import asyncio, sys
from amlsec.gate.serving.processes import Processes
asyncio.run(Processes([sys.executable, "-c", *sys.argv[1:]], ["a", "b"], 30.0).run())
"""


def begun(folder, name=""):
    """The process ids of workers that began."""
    return [int(path.name.rpartition("-")[2]) for path in folder.glob(f"{name}-*" if name else "*-*")]


def lives(pid):
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    return False


async def until(condition, what):
    await asyncio.to_thread(wait_until, condition, what)


def played(folder, program, names, scene):
    """Run workers of a program, and the scene with them; all of them have ended when it returns."""

    async def play():
        kept = Processes([sys.executable, "-c", program, str(folder)], names, 0.0)
        running = asyncio.create_task(kept.run())
        try:
            await scene(kept)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
        assert kept.alive == 0

    asyncio.run(play())
    assert not [pid for pid in begun(folder) if lives(pid)]


def test_a_worker_that_is_killed_is_begun_anew_and_the_others_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "FIRST_PAUSE", 0.01)

    async def scene(kept):
        await until(lambda: len(begun(tmp_path)) == kept.alive == kept.count == 2, "two workers")
        [first] = begun(tmp_path, "a")
        os.kill(first, signal.SIGKILL)
        await until(lambda: len(begun(tmp_path, "a")) == 2, "the killed one to be begun anew")
        assert len(begun(tmp_path, "b")) == 1

    played(tmp_path, UNTIL_CLOSED, ["a", "b"], scene)


def test_one_that_ends_again_and_again_is_begun_ever_more_seldom(tmp_path, monkeypatch):
    pauses, sleep = [], asyncio.sleep

    async def noted(seconds):
        pauses.append(seconds)
        await sleep(0)

    monkeypatch.setattr(processes.asyncio, "sleep", noted)

    async def scene(kept):
        await until(lambda: len(pauses) >= 8, "eight ends")

    played(tmp_path, NOTE, ["a"], scene)
    assert pauses[:8] == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


def test_one_that_does_not_listen_is_killed_after_its_patience(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "MARGIN", 0.1)

    async def scene(kept):
        await until((tmp_path / "deaf").exists, "the stubborn one to begin")

    played(tmp_path, STUBBORN, ["a"], scene)


def test_one_that_is_just_beginning_when_the_server_stops_ends_too(tmp_path, monkeypatch):
    begin = asyncio.create_subprocess_exec

    async def slowly(*command, **options):
        process = await begin(*command, **options)
        began.set()
        await asyncio.sleep(0.3)
        return process

    began = asyncio.Event()
    monkeypatch.setattr(processes.asyncio, "create_subprocess_exec", slowly)

    async def scene(kept):
        await asyncio.wait_for(began.wait(), 30)
        await until(lambda: len(begun(tmp_path)) == 1, "the worker to begin")

    played(tmp_path, UNTIL_CLOSED, ["a"], scene)


def test_a_server_that_is_killed_leaves_no_worker(tmp_path):
    server = subprocess.Popen([sys.executable, "-c", SERVER, UNTIL_CLOSED, str(tmp_path)])
    wait_until(lambda: len(begun(tmp_path)) == 2, "two workers")
    server.kill()
    server.wait(30)
    wait_until(lambda: not any(map(lives, begun(tmp_path))), "its workers to end")
