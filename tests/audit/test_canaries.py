"""Canaries in an audit: planted, found again, kept out of every part but training, and measured in a closed loop."""

import re
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pytest
from pyarrow import csv
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import BernoulliNB
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from amlsec import run_audit
from amlsec.audit.canaries import canaries_finding
from amlsec.audit.conclusions import compare
from amlsec.audit.report import html
from amlsec.audit.set_apart import registered, with_register
from amlsec.audit.settings import settings
from amlsec.audit.subject import Given, prepared
from amlsec.canaries.plant import Wanted, plant
from amlsec.canaries.register import as_toml
from amlsec.catalogue import named
from amlsec.errors import InvalidInput
from amlsec.evaluation.exposure import Exposure
from amlsec.evaluation.folder import saved
from amlsec.evaluation.results import Results
from amlsec.evidence import Severity, State, rate
from amlsec.tables.load import Columns, load
from grounds import mails

WANTED = Wanted(count=24, copies=2, about="codes that customers send", holder="DPO")


def frame(n=400):
    batch = mails(n)
    return pa.table({"text": batch.X.tolist(), "label": np.where(batch.y == 1, "spam", "ham")})


@pytest.fixture
def told(tmp_path):
    """What an audit of mails is told, the mails with their canaries, and the register."""
    rows, register = plant(frame(), Columns("label", text="text"), wanted=WANTED, seed=1)
    path = tmp_path / "canaries.toml"
    path.write_text(as_toml(register))
    return path, pa.concat_tables([frame(), rows]), register


def audited(data, path, tmp_path, **more):
    asked = {"target": "label", "only": ("AML-C01",), "jobs": 1, "seeds": 1, "out": tmp_path / "report", **more}
    result = run_audit(data, **({"canaries": path} if path else {}), **asked)
    return next(finding for finding in result.findings if finding.code == "AML-C01"), result


@pytest.fixture(autouse=True)
def undefended(request, monkeypatch):
    """No defense is played but where a test is about them: they take their time."""
    if "defended" not in request.node.name:
        monkeypatch.setattr("amlsec.audit.plan.canaries_defended", lambda *_: [])


def planted(register):
    return [name for name, canary in register.canaries.items() if canary.planted]


# Found again


def test_canaries_stand_among_the_training_rows_and_nowhere_else(told):
    path, data, register = told
    asked = settings({"data": "x", "target": "label", "text": "text", "canaries": path})
    subject = prepared(asked, Given(data))
    texts = {canary.text for canary in register.canaries.values()}
    counts = {name: sum(text in texts for text in part.X) for name, part in subject.parts.items()}
    copies = WANTED.copies * len(planted(register))
    assert counts == {"train": copies, "trusted": 0, "shadow": 0, "outsiders": 0, "test": 0}
    assert not texts & set(subject.table.batch.X)
    assert f"{copies} rows are canaries" in " ".join(subject.notes)
    without = prepared(asked.model_copy(update={"canaries": None}), Given(frame()))
    assert {name: len(part) - counts[name] for name, part in subject.parts.items()} == {
        name: len(part) for name, part in without.parts.items()
    }


def test_no_canary_counts_as_a_member_of_the_training_rows(told, tmp_path, monkeypatch):
    folders = []
    monkeypatch.setattr("amlsec.audit.run.saved", lambda *parts: folders.append(saved(*parts)) or folders[0])
    audited(told[1], told[0], tmp_path)
    ground = folders[0].open()
    texts = {canary.text for canary in told[2].canaries.values()}
    assert texts & set(ground.train.X)
    assert not texts & set(ground.members.X)


def test_trusted_rows_that_are_canaries_are_set_apart_too(told, tmp_path):
    path, data, register = told
    canary = register.canaries[planted(register)[0]]
    more = pa.table({"text": [canary.text, *mails(60, seed=9).X], "label": [canary.label, *["ham", "spam"] * 30]})
    csv.write_csv(more, tmp_path / "trusted.csv")
    asked = {"data": "x", "target": "label", "text": "text", "canaries": path, "trusted": tmp_path / "trusted.csv"}
    subject = prepared(settings(asked), Given(data))
    assert canary.text not in subject.parts["trusted"].X


def test_what_is_missing_or_should_not_be_there_is_said(told):
    path, _, register = told
    first, second = planted(register)[:2]
    stray = next(name for name, canary in register.canaries.items() if not canary.planted)
    kept = [register.canaries[name] for name in (first, first, second, stray)]
    more = pa.table({"text": [canary.text for canary in kept], "label": [canary.label for canary in kept]})
    canaries = registered(path, load(pa.concat_tables([frame(), more]), Columns("label", text="text")))
    assert canaries.missing == planted(register)[1:]
    assert (canaries.found[first], canaries.found[second], canaries.found[stray]) == (2, 1, 1)
    said = " ".join(canaries.notes)
    assert f"are not in the data: {second}, " in said
    assert said.endswith(f"held back stand in the data: {stray}")


def test_a_row_under_another_label_is_set_apart_and_not_counted(told):
    path, _, register = told
    name = planted(register)[0]
    canary = register.canaries[name]
    turned = pa.table({"text": [canary.text], "label": [{"ham": "spam", "spam": "ham"}[canary.label]]})
    canaries = registered(path, load(pa.concat_tables([frame(), turned]), Columns("label", text="text")))
    assert (len(canaries.rows), canaries.found[name]) == (1, 0)


def test_columns_that_the_register_names_are_sensitive(tmp_path):
    (tmp_path / "r.toml").write_text('sensitive = ["age", "pay"]')
    asked = settings({"data": "x", "target": "y", "sensitive": ("pay", "job"), "canaries": tmp_path / "r.toml"})
    assert with_register(asked).sensitive == ("pay", "job", "age")
    assert with_register(settings({"data": "x", "target": "y"})).sensitive == ()


PATTERN = '[patterns.p]\npattern = "{}"\nalphabet = "ab"\nlength = 1\n'


def test_rows_of_persons_are_counted(tmp_path):
    (tmp_path / "r.toml").write_text('persons = ["report", "form"]')
    more = frame().append_column("from", pa.array(["report", "honeypot", "form", "feed"] * 100))
    with_sources = registered(tmp_path / "r.toml", load(more, Columns("label", source="from", text="text")))
    assert with_sources.notes == ("200 rows come from sources whose rows belong to persons: report, form",)
    without = registered(tmp_path / "r.toml", load(frame(), Columns("label", text="text")))
    assert without.notes[0].startswith("0 rows come from sources")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("[canaries.c]", "Field required"),
        ('[domains.d]\ncolumns = {a = [1, 2]}\n[canaries.c]\nrecipe = "d"\nvalues = {a = 1}\nlabel = "ham"', "texts"),
        (PATTERN + '[canaries.c]\nrecipe = "p"\ntext = "a"\nlabel = "?"', "must be a label of the data"),
    ],
)
def test_a_register_that_does_not_fit_is_refused_before_any_work(tmp_path, text, rule):
    (tmp_path / "r.toml").write_text(text)
    with pytest.raises(InvalidInput) as caught:
        audited(frame(), tmp_path / "r.toml", tmp_path)
    assert rule in str(caught.value)
    assert not (tmp_path / "report").exists()


# Not run


def test_without_a_register_it_says_how_to_get_one(tmp_path):
    found, _ = audited(frame(), None, tmp_path)
    assert found.state == State.NOT_RUN
    assert "amlsec canaries plant" in found.because


def test_none_in_the_data_is_no_measurement(told, tmp_path):
    found, result = audited(frame(), told[0], tmp_path)
    assert (found.state, found.because) == (State.NOT_RUN, "none of the planted canaries is in the data")
    assert result.exit_code == 3


@pytest.mark.parametrize("told_more", [{"queries": 0}, {"access": "none"}, {"access": "outcomes"}])
def test_a_model_that_may_not_be_asked_is_not_measured(told, tmp_path, told_more):
    found, _ = audited(told[1], told[0], tmp_path, **told_more)
    assert (found.state, found.because[:24]) == (State.NOT_RUN, "it takes answers of the ")


def test_it_is_left_out_where_other_findings_are_asked_for(told, tmp_path):
    result = run_audit(told[1], target="label", canaries=told[0], only=("AML-M01",), jobs=1, out=tmp_path / "report")
    assert [finding.code for finding in result.findings] == ["AML-M01"]


# The closed loop


def hashed(model):
    """Words by hash, so that the dictionary itself tells nothing of what was planted."""
    return make_pipeline(HashingVectorizer(n_features=2**14, norm=None, alternate_sign=False), model)


def test_a_model_that_learns_by_heart_gives_away_all_of_them(told, tmp_path):
    found, result = audited(told[1], told[0], tmp_path, model=hashed(LogisticRegression(C=1e4, max_iter=2000)))
    names = planted(told[2])
    assert (found.severity, found.harm.value, found.trials) == (Severity.CRITICAL, 1.0, len(names))
    rows = {row["canary"]: row for row in found.table}
    assert {rows[name]["given away"] for name in names} == {"yes"}
    assert min(rows[name]["exposure (bits)"] for name in names) > 8
    assert {row["given away"] for name, row in rows.items() if name not in names} == {"no"}
    assert (rows[names[0]]["stands for"], rows[names[0]]["held by"], rows[names[0]]["copies"]) == (
        "codes that customers send",
        "DPO",
        "2",
    )
    assert "Canaries, AML-C01" in result.headline[0]
    assert "--canaries" in found.reproduce


def test_a_model_that_sees_no_secret_gives_nothing_away(told, tmp_path):
    """It counts words of three letters or less: all codes are one to it."""
    blind = make_pipeline(HashingVectorizer(token_pattern=r"(?u)\b\w\w?\w?\b", alternate_sign=False), BernoulliNB())
    found, _ = audited(told[1], told[0], tmp_path, model=blind)
    assert (found.severity, found.harm.value) == (Severity.NONE, 0.0)
    assert {row["exposure (bits)"] for row in found.table} == {0.0}
    assert found.advice == ""


def forms(n=500, d=8, seed=0):
    """Rows of which the first column tells the label, but for one in twenty."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    y = (X[:, 0] > 0) ^ (rng.random(n) < 0.05)
    return pa.table({**{f"x{j}": X[:, j] for j in range(d)}, "label": np.where(y, "bad", "good")})


@pytest.fixture
def told_forms(tmp_path):
    data, columns = forms(), Columns("label")
    rows, register = plant(data, columns, wanted=Wanted(count=60, copies=8), seed=2)
    (tmp_path / "forms.toml").write_text(as_toml(register))
    return tmp_path / "forms.toml", pa.concat_tables([data, rows]), register


def bits(found, *, held_back):
    return [row["exposure (bits)"] for row in found.table if (row["planted"] == "held back") == held_back]


def test_rows_of_a_table_leak_from_a_forest_and_not_from_a_stump(told_forms, tmp_path):
    path, data, _ = told_forms
    forest = RandomForestClassifier(100, max_features=1, bootstrap=False, random_state=0)
    heart, _ = audited(data, path, tmp_path, model=forest)
    stump, _ = audited(data, path, tmp_path, model=DecisionTreeClassifier(max_depth=1, random_state=0))
    assert heart.severity != Severity.NONE
    assert stump.severity == Severity.NONE
    assert np.median(bits(heart, held_back=False)) > 2 > np.median(bits(stump, held_back=False))
    assert heart.harm.value > 0.9
    assert "nor do they stand out together" in stump.sentence


def test_those_held_back_are_exposed_as_chance_has_it(told_forms, tmp_path):
    path, data, _ = told_forms
    model = BaggingClassifier(DecisionTreeClassifier(), 200, max_samples=0.2, random_state=0)
    found, _ = audited(data, path, tmp_path, model=model)
    p = 2.0 ** -np.array(bits(found, held_back=True))
    assert len(p) > 20
    for level in (0.1, 0.25, 0.5):
        assert (p <= level).mean() <= level + 3 * np.sqrt(level * (1 - level) / len(p))
    assert abs(p.mean() - 0.5) < 3 / np.sqrt(12 * len(p)) + 0.05


def test_what_each_defense_leaves_is_measured_where_it_is_defended(told, tmp_path, monkeypatch):
    shown = [named(name) for name in ("labels-only", "output-perturbation", "roni")]
    monkeypatch.setattr("amlsec.audit.run._defenses", lambda _: shown)
    found, _ = audited(told[1], told[0], tmp_path, model=hashed(LogisticRegression(C=1e4, max_iter=2000)))
    left = {defended.member: defended for defended in found.defended}
    assert sorted(left) == ["labels-only", "output-perturbation"]  # the third answers other cells
    assert left["labels-only"].harm.value < 1.0
    assert left["labels-only"].price.value == 0.0
    assert left["output-perturbation"].harm.value == 0.0
    assert {defended.trials for defended in left.values()} == {found.trials}
    assert found.best_defense is not None


def test_a_coin_for_each_proves_an_epsilon_where_the_model_learns_by_heart(told, tmp_path):
    """All of n guesses are right, which randomized response of that epsilon gives in 5 of 100 cases; two copies share it."""
    found, _ = audited(told[1], told[0], tmp_path, model=hashed(LogisticRegression(C=1e4, max_iter=2000)))
    [said] = re.findall(r"; epsilon is above ([\d.]+) for each row", found.because)
    n = WANTED.count
    assert 0 < float(said) <= np.log(0.05 ** (1 / n) / (1 - 0.05 ** (1 / n))) / WANTED.copies


@pytest.mark.parametrize(
    ("seen", "severity", "said"),
    [
        ([0.1], Severity.LOW, "none of {n} planted canaries beyond chance; together they stand out (p = 0.0005)"),
        ([0.5], Severity.NONE, "none of {n} planted canaries beyond chance; nor do they stand out together"),
        ([0.001, 0.5], Severity.MEDIUM, "gives away 1 of {n} planted canaries beyond chance ({first})"),
        ([0.001], Severity.CRITICAL, "gives away {n} of {n} planted canaries beyond chance ({first}, "),
    ],
)
def test_severity_follows_the_share_and_one_that_is_given_away_is_never_mild(told, tmp_path, seen, severity, said):
    path, data, register = told
    canaries = registered(path, load(data, Columns("label", text="text")))
    names = planted(register)
    chances = dict.fromkeys(register.canaries, 0.4) | dict.fromkeys(names, seen[-1]) | {names[0]: seen[0]}
    results = Results(canaries={"": {name: Exposure(-np.log2(each), 0.0, 30.0, each) for name, each in chances.items()}})
    found = canaries_finding(canaries, None, results, settings({"data": "x", "target": "y"}))
    assert found.severity == severity
    assert said.format(n=len(names), first=names[0]) in found.sentence
    bits = np.median([-np.log2(chances[name]) for name in names])
    assert found.because.startswith(f"their median exposure is {bits:.1f} bits, 1 by chance and 1.3 of those held back")


@pytest.mark.parametrize(("queries", "given_away", "said"), [(199, 0, "--queries"), (219, 1, "")])
def test_too_few_questions_to_tell_any_canary_alone_are_told(told, queries, given_away, said):
    """Of 11, the first must have p = 0.05 / 11: 219 alternatives behind it."""
    path, data, register = told
    canaries = registered(path, load(data, Columns("label", text="text")))
    names = planted(register)
    assert len(names) == 11
    ranked_first = dict.fromkeys(register.canaries, Exposure(0.0, 0.0, 30.0, 1.0)) | {
        name: Exposure(np.log2(queries + 1), 0.0, 30.0, 1 / (queries + 1)) for name in names
    }
    asked = settings({"data": "x", "target": "y", "queries": queries})
    found = canaries_finding(canaries, None, Results(canaries={"": ranked_first}), asked)
    assert found.harm.value == given_away
    assert ("; among 199 alternatives none of 11 can stand out alone: --queries 219 lets it" in found.because) == bool(said)


def test_lost_time_is_told(told):
    canaries = registered(told[0], load(told[1], Columns("label", text="text")))
    found = canaries_finding(canaries, None, Results(), settings({"data": "x", "target": "y"}))
    assert (found.state, found.because) == (State.NOT_RUN, "the time was over before the model was asked about canaries")


# A model that nothing trains any more


def test_a_fixed_model_is_asked_about_all_that_were_planted(told, tmp_path):
    path, data, register = told
    y = np.where(np.array(data["label"].to_pylist()) == "spam", 1, 0)
    model = hashed(LogisticRegression(C=1e4, max_iter=2000)).fit(data["text"].to_pylist(), y)
    found, _ = audited(frame(), path, tmp_path, model=model, fixed=True)
    assert (found.trials, found.harm.value) == (len(planted(register)), 1.0)
    assert "missing" not in found.sentence
    by_verdict, _ = audited(frame(), path, tmp_path, model=model, fixed=True, access="labels")
    assert by_verdict.harm.value < 1.0
    assert np.median(bits(by_verdict, held_back=False)) < np.median(bits(found, held_back=False))


# The bar


def test_conditions_baselines_and_severity_hold_it_to_the_bar(told, tmp_path):
    path, data, _ = told
    model = hashed(LogisticRegression(C=1e4, max_iter=2000))
    bar = {"fail_on": "high", "conditions": {"AML-C01": {"warn": 0.1, "fail": 0.5}}}
    found, result = audited(data, path, tmp_path, model=model, **bar)
    assert (result.exit_code, result.failed, result.conditions) == (1, ["AML-C01"], {"AML-C01": "fail"})
    [same], [worse] = compare([found], [found]), compare([found], [replace(found, harm=rate(0, found.trials))])
    assert (same.worse, worse.worse) == (False, True)


def test_the_report_names_what_is_missing_and_shows_each_canary(told, tmp_path):
    path, data, register = told
    lost = planted(register)[0]
    kept = data.filter(pa.compute.not_equal(data["text"], register.canaries[lost].text))
    found, result = audited(kept, path, tmp_path)
    assert found.sentence.endswith(f" Missing from the data, or some of their copies: {lost}.")
    assert found.counts["missing"] == 1
    page = html(result)
    assert lost not in [row["canary"] for row in found.table]
    assert all(row["canary"] in page for row in found.table)
    assert "codes that customers send" in page
