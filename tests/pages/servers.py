"""A server that a page starts: a process of its own, asked whether it lives, and stopped."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from gate.servers import wait_until

READY = {"serve": "serving", "work": "worker started"}


def served(words: list[str]) -> tuple[int, str]:
    """Exit code and log of `amlsec gate serve` or `work`, which SIGTERM ends once it is ready."""
    port = ["--port", "0"] if words[0] == "serve" else []
    with TemporaryDirectory() as folder, (Path(folder) / "log").open("w+") as log:
        command = [sys.executable, "-m", "amlsec", "gate", *words, *port]
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_until(lambda: _told(log.name, READY[words[0]]) or process.poll() is not None, "the server", 120)
            for line in _told(log.name, "serving"):
                assert json.load(urlopen(f"http://127.0.0.1:{line['port']}/health", timeout=30))
            process.send_signal(signal.SIGTERM)
            return process.wait(60), Path(log.name).read_text()
        finally:
            process.kill()
            process.wait(30)


def _told(log: str, event: str) -> list[dict]:
    lines = [json.loads(line) for line in Path(log).read_text().splitlines() if line.endswith("}")]
    return [line for line in lines if line["event"] == event]
