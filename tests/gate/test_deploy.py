"""Container file and unit hold to the command line: what they call exists, and stops in the time they give it."""

import ast
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from amlsec.gate.config import Server
from amlsec.gate.http.endpoints import ALLOWED, ANYONE
from amlsec.gate.serving import processes, server
from gate.commands import parsed

ROOT = Path(__file__).parents[2]
CONTAINER = (ROOT / "deploy" / "Containerfile").read_text()
UNIT = ROOT / "deploy" / "amlsec-gate.service"
FOLDED = CONTAINER.replace("\\\n", " ")


def lines(word):
    """What stands behind a word of the container file, line by line."""
    return [line.partition(" ")[2].strip() for line in FOLDED.splitlines() if line.startswith(f"{word} ")]


def words_of(line):
    return ast.literal_eval(line) if line.startswith("[") else shlex.split(line)


def test_the_container_serves_what_the_command_line_has():
    [entry], [command] = lines("ENTRYPOINT"), lines("CMD")
    program, *words = words_of(entry) + words_of(command)
    name, told = parsed(words)
    assert (program, name) == ("amlsec", "serve")
    assert (told["host"], str(told["port"])) == ("0.0.0.0", lines("EXPOSE")[0])
    assert told["port"] == Server().port


def test_every_command_in_the_comments_exists():
    found = re.findall(r"amlsec-gate (init .*)$", CONTAINER, re.MULTILINE)
    found += re.findall(r"bin/amlsec gate (.*)$", UNIT.read_text(), re.MULTILINE)
    assert len(found) == 3
    for line in found:
        parsed(["gate", *shlex.split(line)])


def test_the_container_runs_as_nobody_special_and_keeps_its_home_in_a_volume():
    assert lines("USER") == ["gate"]
    assert FOLDED.index("\nUSER gate") < FOLDED.index("\nENTRYPOINT")
    [volume], [setting] = lines("VOLUME"), [line for line in lines("ENV") if "AMLSEC_GATE" in line]
    assert dict(pair.split("=") for pair in setting.split())["AMLSEC_GATE"].startswith(f"{volume}/")
    assert "--read-only" in CONTAINER


def copied(folder):
    """What the container's first stage copies, in a folder of its own."""
    for line in lines("COPY"):
        if "--from" not in line:
            *names, to = line.split()
            for name in names:
                if (ROOT / name).is_dir():
                    shutil.copytree(ROOT / name, folder / to)
                else:
                    (folder / to).mkdir(parents=True, exist_ok=True)
                    shutil.copy(ROOT / name, folder / to)
    return folder


def test_what_it_copies_is_enough_to_build_the_library(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path]
    subprocess.run(command, check=True, capture_output=True, cwd=copied(tmp_path / "src"))
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    files = (path for path in (ROOT / "src" / "amlsec").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    assert packed == {path.relative_to(ROOT / "src").as_posix() for path in files}


def test_all_that_is_installed_is_pinned():
    [build, _] = lines("RUN")
    pattern = re.search(r"sed -n '([^']*)' requirements.txt", build)[1]
    command = ["sed", "-n", pattern, "requirements.txt"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    pins = [Requirement(line) for line in told.splitlines()]
    [python] = {line.partition(":")[2].partition("-")[0] for line in lines("FROM")}
    inside = {"python_version": python, "python_full_version": f"{python}.9"}
    names = [pin.name for pin in pins if pin.marker is None or pin.marker.evaluate(inside)]
    assert {"sqlalchemy", "fastapi", "uvicorn", "numpy", "psycopg", "s3fs", "skops"} <= set(names)
    assert len(names) == len(set(names))
    assert all([one.operator for one in pin.specifier] == ["=="] for pin in pins)


def test_its_health_is_asked_where_anybody_may_ask():
    [check] = re.findall(r"CMD (\[\"python\".*)$", FOLDED, re.MULTILINE)
    python, option, code = ast.literal_eval(check)
    ast.parse(code)
    [path] = re.findall(r"http://127.0.0.1:8321(/\w+)", code)
    assert (python, option) == ("python", "-c")
    assert ALLOWED[f"GET {path}"] == ANYONE


def settings():
    told = [line.partition("=")[::2] for line in UNIT.read_text().splitlines() if re.match(r"\w+=", line)]
    return dict(told)


def test_the_unit_serves_from_its_own_folder_and_gives_time_to_stop():
    told = settings()
    program, *words = shlex.split(told["ExecStart"])
    name, options = parsed(words)
    assert (Path(program).name, name) == ("amlsec", "serve")
    assert str(options["home"]).startswith(f"/var/lib/{told['StateDirectory']}/")
    assert int(told["TimeoutStopSec"]) > server.ENDING + server.PATIENCE + processes.MARGIN
    assert told["KillMode"] == "mixed"


@pytest.mark.system
def test_systemd_understands_the_unit_and_finds_little_exposed(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is missing")
    program = Path(sys.executable).with_name("amlsec")
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace("/opt/amlsec/bin/amlsec gate serve", f"{program} gate serve"))
    run = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False)
    assert (run.returncode, [line for line in run.stderr.splitlines() if UNIT.name in line]) == (0, [])
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", str(copy)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
