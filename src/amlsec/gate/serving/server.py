"""The gate served over HTTP, with its workers."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import uvicorn

from amlsec.errors import InvalidInput
from amlsec.gate.config import Server
from amlsec.gate.http.app import app
from amlsec.gate.service import Gate
from amlsec.gate.serving.logs import event, to_lines
from amlsec.gate.serving.metrics import Metrics
from amlsec.gate.serving.processes import Processes
from amlsec.gate.serving.routes import router
from amlsec.gate.serving.watched import Watched

ENDING = 20
"""Seconds that calls under way have to end when the server stops."""
PATIENCE = 30.0
"""Seconds that a worker has to end what it judges when the server stops."""
IDLE = 30
"""Seconds after which a connection on which nothing happens is closed."""
LONGEST_HEAD = 32 * 1024
"""Bytes of a call's line and headers."""


def serve(gate: Gate, settings: Server) -> None:
    """Serve until SIGTERM or SIGINT: then calls under way are answered, and workers end what they judge.

    All logs of this process become lines of JSON. Raises InvalidInput where nothing can listen on that address.
    """
    gate.home.store.sweep()
    processes = Processes(_command(gate.home.folder), _names(settings.workers), PATIENCE)
    with _listening(settings.host, settings.port) as listener:
        to_lines()
        asyncio.run(_run(_Server(_configured(application(gate, processes), settings.proxy)), listener, processes))


def application(gate: Gate, processes: Processes | None = None) -> Watched:
    """The gate's application with /health, /ready and /metrics, every call watched."""
    made = app(gate, router)
    made.state.metrics, made.state.processes = Metrics(gate), processes
    return Watched(made, made.state.metrics)


class _Server(uvicorn.Server):
    """Signals are handled where the workers are, so that both stop together."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield


async def _run(server: uvicorn.Server, listener: socket.socket, processes: Processes) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.handle_exit, number, None)
    host, port = listener.getsockname()[:2]
    event("serving", host=host, port=port, workers=processes.count, process=os.getpid())
    working = asyncio.create_task(processes.run())
    try:
        await server.serve([listener])
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        event("stopped")


def _configured(application: Watched, proxy: str) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http="h11",
        h11_max_incomplete_event_size=LONGEST_HEAD,
        ws="none",
        access_log=False,
        log_config=None,
        proxy_headers=bool(proxy),
        forwarded_allow_ips=proxy,
        server_header=False,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=ENDING,
    )


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        raise InvalidInput("address", f"{host}:{port}", f"cannot be listened on: {error}") from error
    with listener:
        yield listener


def _command(home: Path) -> list[str]:
    """What a worker process runs; its name comes last."""
    own = ["gate", "work", "--home", str(home), "--until-closed", "--patience", str(PATIENCE), "--name"]
    return [sys.executable, "-m", "amlsec", *own]


def _names(count: int) -> list[str]:
    return [f"{socket.gethostname()}-{os.getpid()}-{k + 1}" for k in range(count)]
