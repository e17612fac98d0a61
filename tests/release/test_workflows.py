"""What runs on the hosting site is what developers type: make targets, and actions pinned by version."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = [path for path in sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")) if path.name != "config.yml"]
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def told(path):
    return yaml.safe_load(path.read_text("utf-8"))


def steps(path):
    return [step for job in told(path)["jobs"].values() for step in job["steps"]]


def runs(path):
    return [step["run"] for step in steps(path) if "run" in step]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_runs_make_targets_alone(path):
    for line in runs(path):
        word, *targets = line.split()
        assert word == "make"
        assert targets
        assert set(targets) <= TARGETS


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_and_may_do_little(path):
    used = [step["uses"] for step in steps(path) if "uses" in step]
    assert [one for one in used if not re.fullmatch(r"[\w/.-]+@(release/)?v\d+(\.\d+)*", one)] == []
    assert told(path)["permissions"] == {"contents": "read"}
    assert all(
        "timeout-minutes" in job for job in told(path)["jobs"].values() if any("run" in step for step in job["steps"])
    )


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_checkout_leaves_no_token_for_later_steps(path):
    checkouts = [step for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"] == {"persist-credentials": False} for step in checkouts)


@pytest.mark.parametrize("path", [path for path in WORKFLOWS if path.stem != "docs"], ids=lambda path: path.stem)
def test_git_works_where_a_container_s_root_is_not_the_folder_s_owner(path):
    env = {name: value for name, value in told(path)["env"].items() if name.startswith("GIT")}
    assert env == {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}


@pytest.mark.parametrize("path", [path for path in WORKFLOWS if path.stem != "docs"], ids=lambda path: path.stem)
def test_that_real_data_are_missing_is_said_there_and_nowhere_else(path):
    assert told(path)["env"]["AMLSEC_NO_DATA"] == "1"
    assert "AMLSEC_NO_DATA" not in (ROOT / ".ci" / "run").read_text("utf-8") + (ROOT / "Makefile").read_text("utf-8")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_test_fails_for_want_of_pytorch(path):
    """With CI set, as it is on the hosting site, a skipped test is a failure."""
    for job in told(path)["jobs"].values():
        made = [step for step in job["steps"] if "run" in step]
        for step in made:
            if {"test", "test-slow"} & set(step["run"].split()):
                assert "make torch" in [one["run"] for one in made]
            if {"test-oldest", "test-newest"} & set(step["run"].split()):
                assert step["env"] == {"CI": ""}


def test_ci_is_what_the_ci_script_runs():
    script = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert runs(ROOT / ".github/workflows/ci.yml") == [line for line in script if line.startswith("make ")]


def test_a_release_is_checked_tagged_attested_and_published_without_a_secret():
    release = ROOT / ".github/workflows/release.yml"
    build, publish = told(release)["jobs"].values()
    assert runs(release) == ["make system-deps", "make torch", "make check test", "make tagged", "make sbom"]
    used = [step.get("uses", "").partition("@")[0] for step in build["steps"]]
    assert {"actions/attest-build-provenance", "actions/attest-sbom"} <= set(used)
    assert publish["permissions"] == {"id-token": "write"}
    assert "secrets." not in release.read_text("utf-8")


def test_nothing_that_others_write_is_pasted_into_a_command():
    """A tag or a title may hold shell code, so expressions go through the environment."""
    assert [line for path in WORKFLOWS for line in runs(path) if "${{" in line] == []


def test_pre_commit_runs_make_targets():
    hooks = [hook for repo in told(ROOT / ".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]
    assert [hook["entry"] for hook in hooks] == ["make check"]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_an_issue_form_is_one(path):
    form = told(path)
    assert form.keys() >= {"name", "description", "body"}
    asked = [part for part in form["body"] if part["type"] != "markdown"]
    assert {part["type"] for part in asked} <= {"input", "textarea", "dropdown", "checkboxes"}
    assert len({part["id"] for part in asked}) == len(asked)
    assert all(part["attributes"]["label"] for part in asked)


def test_the_proposal_s_kinds_are_the_catalogue_s():
    from amlsec.catalogue import Kind

    [kind] = [part for part in told(ROOT / ".github/ISSUE_TEMPLATE/proposal.yml")["body"] if part.get("id") == "kind"]
    assert kind["attributes"]["options"] == [one.value for one in Kind]


def test_every_target_says_what_it_does():
    lines = (ROOT / "Makefile").read_text("utf-8").splitlines()
    assert [line for line in lines if re.match(r"[a-z][a-z-]*:", line) and "## " not in line] == []
