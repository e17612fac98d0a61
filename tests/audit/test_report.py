"""The page: what it holds, whom it keeps out, and whether it can be read."""

import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amlsec.audit import report
from amlsec.evidence import Defended, Example, Severity, State, rate
from amlsec.literature.reader import references
from audit import example

VOID = {"meta", "input", "br", "img", "link", "hr"}
FETCHES = {"src", "srcset", "data", "action", "poster", "background", "formaction"}


class Page(HTMLParser):
    """Elements of a page, checked for nesting while read."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def html() -> str:
    return report.html(example.result())


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_the_first_screen_says_the_worst(page):
    text = " ".join(page.text)
    for sentence in example.result().headline:
        assert sentence in text
    assert (
        text.index(example.result().headline[0])
        < text.index("The threat model, cell by cell")
        < text.index("findings, worst")
    )


def test_the_map_has_twelve_cells_each_with_what_is_known(page):
    cells = [attributes["class"] for attributes in page.all("td") if (attributes.get("class") or "").startswith("cell")]
    assert Counter(cells) == {
        "cell idle": 6,
        "cell none": 2,
        "cell critical": 1,
        "cell high": 1,
        "cell medium": 1,
        "cell low": 1,
    }
    text = page.text
    assert (text.count("No attack yet"), text.count("Not applicable"), text.count("Not run")) == (4, 1 + 2, 1 + 1)


def test_every_finding_is_there_once_and_every_link_leads_somewhere(page):
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for finding in example.result().findings:
        assert finding.code in ids
    inner = [a["href"] for tag in ("a", "use") for a in page.all(tag) if a["href"].startswith("#")]
    assert inner
    assert {link[1:] for link in inner} <= set(ids)
    described = [
        v for _, a in page.elements for k in ("aria-labelledby", "aria-describedby") for v in (a.get(k) or "").split()
    ]
    assert set(described) <= set(ids)


def test_nothing_is_fetched_and_nothing_runs(html, page):
    tags = {name for name, _ in page.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
    for _, attributes in page.elements:
        assert not FETCHES & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
    works = {work.link for work in references().values()}
    assert all(a["href"].startswith("#") or a["href"] in works for a in page.all("a"))
    style = "".join(re.findall(r"<style>(.*?)</style>", html, re.DOTALL))
    assert "@import" not in style
    assert "url(" not in style
    assert all(link.startswith("#") for link in re.findall(r"url\(([^)]*)\)", html))
    assert len(html.encode()) < 300_000


def test_headings_go_down_one_step_at_a_time_under_one_first(page):
    levels = [int(name[1]) for name, _ in page.elements if re.fullmatch(r"h[1-6]", name)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_a_screen_reader_finds_its_way(page):
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("main")) == len(page.all("footer")) == len(page.all("nav")) == 1
    links = page.all("a")
    assert (links[0]["class"], links[0]["href"]) == ("skip", "#main")
    for picture in page.all("svg"):
        assert picture.get("aria-hidden") == "true" or (picture["role"] == "img" and picture["aria-labelledby"])
    curves = [a for a in page.all("svg") if a.get("role") == "img"]
    assert len(curves) == sum(bool(finding.curves) for finding in example.result().findings) == len(page.all("desc"))


def test_hostile_data_stays_text(html, page):
    assert "<script" not in html.lower()
    assert "onerror=alert(2)&gt;" in html
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", html)
    assert "exe.fdp⟨U+202C⟩" in "".join(page.text)


def test_every_field_of_text_is_escaped():
    result = example.result(example.compared().findings, baseline=example.compared().baseline)
    stored = result.model_dump(mode="json")
    enums = {"schema_version", "state", "severity", "cell", "started"}

    def poisoned(value, name=""):
        if isinstance(value, dict):
            return {key: poisoned(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [poisoned(inner, name) for inner in value]
        return f"{value}{example.HOSTILE}" if isinstance(value, str) and name not in enums else value

    html = report.html(type(result).model_validate(poisoned(stored)))
    assert "<script" not in html.lower()
    assert "<img" not in html.lower()
    assert "\u202e" not in html
    Page(html)


@settings(max_examples=25, deadline=None)
@given(st.text(), st.text())
def test_any_text_gives_a_sound_page(before, after):
    one = Example(before, after, (before, after), "spam", "ham")
    page = Page(report.html(example.result([example.finding(title=before, examples=(one,))], failed=[])))
    assert len(page.all("article")) == 1


def test_added_and_removed_words_are_marked():
    one = Example("buy pills now", "buy vitamins now meeting", ("+ meeting",), "spam", "ham")
    html = report.html(example.result([example.finding(examples=(one,))], failed=[]))
    assert "buy <del>pills</del> <ins>vitamins</ins> now <ins>meeting</ins>" in html.replace("\n", "").replace(
        "buy<", "buy <"
    )


def test_long_rows_are_cut_and_say_so():
    one = Example("word " * 5000, "word " * 5000 + "meeting", (), "spam", "ham")
    html = report.html(example.result([example.finding(examples=(one,))], failed=[]))
    assert "(24,700 more characters)" in html
    assert "characters unchanged" in html
    assert "<ins>meeting</ins>" in html


def test_a_thousand_rows_and_forty_findings_stay_under_a_megabyte():
    row = Example("x" * 100_000, "y " * 50_000, ("+ word" * 50,) * 500, "spam", "ham")
    table = tuple({"source": f"s{i}" * 200, "risk": i / 1000} for i in range(1000))
    big = example.result().findings[3]
    findings = [replace(big, code=f"AML-X{i:02}", examples=(row,) * 9, table=table) for i in range(40)]
    html = report.html(example.result(findings, failed=[]))
    assert len(html.encode()) < report.LARGEST
    assert len(Page(html).all("article")) == 40


def test_the_same_result_gives_the_same_page(html):
    assert report.html(example.result()) == html


def test_held_and_untested_findings_are_told_apart(page):
    text = " ".join(" ".join(page.text).split())
    held = text[text.index("What held") : text.index("What was not tested")]
    assert "Membership by loss" in held
    assert "Random label flips" in held
    assert "Dictionary flood" not in held
    untested = text[text.index("What was not tested, and why") : text.index("How this was measured")]
    assert "it works on tables, and these rows are texts" in untested
    assert "the time budget of 300 s was spent" in untested


@pytest.mark.parametrize(
    ("findings", "failed", "says"),
    [
        ([example.finding()], ["AML-E01"], "Over the bar"),
        ([example.finding()], [], "Under the bar"),
        ([example.finding(state=State.NOT_RUN, harm=None)], [], "Nothing could be tested"),
        ([], [], "Nothing could be tested"),
    ],
)
def test_the_verdict_is_the_exit_code(findings, failed, says):
    result = example.result(findings, failed=failed)
    html = report.html(result)
    assert says in html
    assert f"Exit code {result.exit_code}." in html


def test_the_comparison_is_shown_only_with_a_baseline(html):
    assert "Since last time" not in html
    text = " ".join(Page(report.html(example.compared())).text)
    assert (
        text.index("Since last time") < text.index("Dictionary flood: 31.0% became 42.0%.") < text.index("Good words: 36.0%")
    )


def test_an_unmeasured_price_is_said_to_be_unmeasured():
    defended = (Defended("roni", rate(2, 400), None, 400),)
    assert "not measured" in report.html(example.result([example.finding(defended=defended)], failed=[]))


def test_sources_stand_in_their_order_with_bars_against_the_greatest_risk(html):
    assert html.index(">honeypot<") < html.index(">user reports<") < html.index(">staff<")
    bars = re.findall(r'range full"[^>]*><i style="left:0;right:calc\(100% - ([\d.]+)%', html)
    assert [float(bar) for bar in bars] == pytest.approx([100, 12.68, 4.83, 0.40, 0.20], abs=0.01)


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_has_a_contrast_of_at_least_four_and_a_half(theme):
    css = files("amlsec.audit").joinpath("pages/report.css").read_text("utf-8")
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", css.split(":root {")[1 + theme].split("}")[0]))
    inks = [(ink, ground) for ink in ("ink", "muted", "link") for ground in ("paper", "card", "shade")]
    tints = [(str(level), f"{level}-tint") for level in Severity] + [("added", "added-tint"), ("removed", "removed-tint")]
    tints += [("ink", f"{level}-tint") for level in Severity] + [("link", "high-tint"), ("link", "none-tint")]
    curves = [(name, "card") for name in colours if name.startswith("curve")]
    assert len(curves) == 6
    low = {pair: contrast(*(colours[name] for name in pair)) for pair in inks + tints + curves}
    assert {pair: round(value, 2) for pair, value in low.items() if value < 4.5} == {}


@pytest.mark.system
@pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not on PATH; `make system-deps` installs it")
def test_a_browser_shows_every_finding_without_network(tmp_path: Path, html: str):
    file = tmp_path / "report.html"
    file.write_text(html, "utf-8")
    options = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
    options += f" --disable-component-update --disable-sync --user-data-dir={tmp_path / 'profile'} --dump-dom"
    ran = subprocess.run(
        ["chromium", *options.split(), file.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    dom = Page(ran.stdout.partition("<!DOCTYPE html>")[2])
    result = example.result()
    assert len(dom.all("article")) == sum(finding.state == State.MEASURED for finding in result.findings)
    assert [name for name, _ in dom.elements].count("h1") == 1
    assert not dom.all("script")
    text = " ".join(dom.text)
    for heading in ("What is the worst that can happen?", "6 findings, worst first", "What held", "How this was measured"):
        assert heading in text


@pytest.mark.system
def test_on_paper_nothing_is_cut_folded_or_dark(chromium, tmp_path, html):
    (tmp_path / "report.html").write_text(html, "utf-8")
    context = chromium.new_context(viewport={"width": 600, "height": 1000}, color_scheme="dark")
    page = context.new_page()
    page.emulate_media(media="print")
    page.goto((tmp_path / "report.html").as_uri())
    folded = "() => [...document.querySelectorAll('details > *')].filter(one => !one.checkVisibility()).length"
    cut = "all => all.filter(one => getComputedStyle(one).overflowX != 'visible').length"
    assert page.eval_on_selector_all(".scroll", cut) == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 600
    assert page.evaluate(folded) == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    context.close()
