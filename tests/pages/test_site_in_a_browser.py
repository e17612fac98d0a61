"""The site in real Chromium: every page is quick, silent and fits a phone; a page of each kind is for eyes of every kind."""

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from amlsec.papers import in_section, papers

pytestmark = pytest.mark.system
PHONE = {"width": 360, "height": 740}
MOST_SECONDS = 3.0
KINDS = ("", "catalogue/", "gate-year/", "api/screen/", "papers/", "reproductions/antidote/")
FOR_EYES = ("", "threat-model/", "gate-rates/", "api/clusterer/", "reproductions/antidote/", "tutorials/spam/")
MANY_LINES = ("catalogue/", "papers/")
OURS = ("http://127.0.0.1:", "data:", "blob:")
SEEN = """() => new Promise(done => new PerformanceObserver(list => done(list.getEntries().at(-1).startTime / 1000))
    .observe({type: "largest-contentful-paint", buffered: true}))"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *told):
        pass


@pytest.fixture(scope="module")
def address(site):
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join(30)


@pytest.fixture
def phone(chromium, address):
    """A page of a phone, and all that it complains of."""
    context = chromium.new_context(base_url=address, viewport=PHONE)
    page, wrong = context.new_page(), []
    page.on("console", lambda told: wrong.append(f"{page.url}: {told.text}"))
    page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
    page.on("request", lambda asked: asked.url.startswith(OURS) or wrong.append(f"elsewhere: {asked.url}"))
    yield page, wrong
    context.close()


def looked_at(page, path, wrong):
    """What is wrong with a page on a phone, beside what it says itself."""
    page.goto(f"/{path}")
    seen = page.evaluate(SEEN)
    wide = page.evaluate("(({scrollWidth, clientWidth}) => scrollWidth - clientWidth)(document.documentElement)")
    wrong += [f"{path}: seen after {seen:.1f} s"] if seen > MOST_SECONDS else []
    wrong += [f"{path}: {wide} pixels too wide"] if wide > 0 else []


def test_pages_of_every_kind_are_seen_at_once_silent_and_fit_a_phone(phone):
    page, wrong = phone
    for path in KINDS:
        looked_at(page, path, wrong)
    assert wrong == []


@pytest.mark.slow
def test_every_page_is_seen_at_once_silent_and_fits_a_phone(phone, site):
    page, wrong = phone
    paths = [file.parent.relative_to(site).as_posix() + "/" for file in sorted(site.glob("**/index.html"))]
    for path in paths:
        looked_at(page, path.removeprefix("./"), wrong)
    assert len(paths) > 80
    assert wrong == []


@pytest.mark.parametrize("paths", [FOR_EYES, pytest.param(MANY_LINES, marks=pytest.mark.slow)], ids=["short", "long"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_every_kind_are_for_all_eyes(chromium, address, scheme, paths):
    from axe_playwright_python.sync_playwright import Axe

    context = chromium.new_context(base_url=address, color_scheme=scheme)
    page = context.new_page()
    for path in paths:
        page.goto(f"/{path}")
        found = Axe().run(page, context="main", options={"resultTypes": ["violations"]}).response["violations"]
        grave = [one for one in found if one["impact"] in ("serious", "critical")]
        assert [(path, one["id"], one["nodes"][0]["html"]) for one in grave] == []
    context.close()


def test_the_list_of_papers_is_narrowed_and_stands_whole_where_no_script_runs(chromium, address):
    everything = papers()
    context = chromium.new_context(base_url=address)
    page = context.new_page()
    page.goto("/papers/")

    def shown() -> list[str]:
        return page.locator(".paper:visible").evaluate_all("papers => papers.map(paper => paper.id)")

    assert shown() == [paper.work.key for paper in everything]
    page.get_by_label("Words").fill("Srndic  PRACTICAL")
    assert shown() == ["srndic2014practical"]
    assert page.locator("article h2:visible").first.inner_text().startswith("Malware")
    page.get_by_label("Words").fill("")
    page.get_by_label("Section").select_option("Spam Filtering")
    assert shown() == [paper.work.key for paper in in_section("Spam Filtering")]
    page.get_by_label("only what runs here").check()
    assert shown() == [paper.work.key for paper in in_section("Spam Filtering") if paper.implemented]
    context.close()
    context = chromium.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/papers/")
    assert page.locator(".paper:visible").count() == len(everything)
    assert page.locator("form.narrow").count() == 0
    context.close()


def test_who_looks_for_an_audit_of_a_csv_finds_it_first(chromium, address):
    context = chromium.new_context(base_url=address)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("button", name="Search").first.click()
    page.keyboard.type("audit csv")
    first = page.locator("a[href*='?h=audit+csv']").first
    assert first.get_attribute("href").removeprefix(address) == "audit/?h=audit+csv"
    context.close()
