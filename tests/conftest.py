"""A skip in CI is a failure, unless `allowed_skips.txt` lists it with its reason, or real data are said to be missing."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run side by side: threads of each would wait for one another

slow = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}  # a busy machine is no fault
settings.register_profile("alike everywhere", derandomize=True, database=None, **slow)
settings.load_profile("alike everywhere")  # what is drawn follows from the test; its time limit is pytest's

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--proxy-server=127.0.0.1:9", "--proxy-bypass-list=127.0.0.1"]
"""How a browser of the tests is started: it reaches this machine and nothing else."""

ALLOWED = Path(__file__).with_name("allowed_skips.txt")
FEW = ("abstain", "partition-ensemble", "rounded-scores", "training-loss")
"""Defenses of each kind."""


def allowed() -> dict[str, str]:
    """Test ids that may be skipped in CI, and why."""
    lines = [line for line in ALLOWED.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return {test: reason for test, _, reason in (line.partition("  ") for line in lines)}


def excused(test: str, why: str) -> bool:
    """Whether it may be skipped in CI: it is listed, or needs real data where AMLSEC_NO_DATA says that there are none."""
    return bool(allowed().get(test)) or ("AMLSEC_DATA" in why and bool(os.environ.get("AMLSEC_NO_DATA")))


@pytest.hookimpl(hookwrapper=True)
def pytest_collection():
    """What is imported and collected stays to the end: looking for garbage in it takes a third of the collection's time."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    report = outcome.get_result()
    name = item.nodeid.removeprefix("tests/")
    if (
        report.skipped
        and os.environ.get("CI")
        and not hasattr(report, "wasxfail")
        and not excused(name, str(report.longrepr))
    ):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, and not listed in {ALLOWED.name}: {report.longrepr}"


@pytest.fixture
def undefended(monkeypatch):
    """An audit tries no defense, which is most of its time."""
    monkeypatch.setattr("amlsec.audit.run._defenses", lambda _: [])


@pytest.fixture
def few_defenses(monkeypatch):
    """An audit tries one defense of each kind: all would take minutes."""
    from amlsec.catalogue import named

    monkeypatch.setattr("amlsec.audit.run._defenses", lambda _: [named(name) for name in FEW])


@pytest.fixture(scope="session")
def quick_passwords() -> Iterator[None]:
    """Passwords of this process are hashed by the weakest argon2 there is."""
    from argon2 import PasswordHasher

    with pytest.MonkeyPatch.context() as patch:
        weakest = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr("amlsec.gate.people.passwords.HASHER", weakest)
        yield


@pytest.fixture(scope="session")
def one_draw() -> Iterator[None]:
    """Which trusted rows of a gate serve as what is drawn by one seed, so that no test hangs on luck."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("amlsec.gate.trusting.drawn_secret", lambda: 1)
        yield


@pytest.fixture(scope="session")
def lent_readers() -> Iterator[None]:
    """Gates of this process have their files read by the same children; each would start its own, in half a second."""
    from amlsec.gate.home import READERS
    from amlsec.gate.reading.children import Children

    with Children(READERS) as held, pytest.MonkeyPatch.context() as patch:
        patch.setattr("amlsec.gate.home.Children", lambda _: SimpleNamespace(parsed=held.parsed, close=lambda: None))
        yield


@pytest.fixture(scope="module")
def chromium():
    """A browser that reaches nothing but this machine."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: make system-deps")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
