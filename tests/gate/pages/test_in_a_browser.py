"""The pages in real Chromium: by keyboard alone, without a script, for eyes of every kind, wide and on a phone."""

import shutil
import threading

import pytest
import uvicorn

from amlsec.gate.http.app import app
from amlsec.gate.service import Gate
from gate.pages.mails import EVIL, PASSWORD, REPORTS, act
from gate.servers import wait_until

pytestmark = pytest.mark.system
LEFT = "net::ERR_ABORTED"
"""Why an icon is not loaded when the page is left meanwhile."""
MOST_TABS = 150
FOCUSED = """() => {
    const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
    const label = at.labels && at.labels.length ? at.labels[0].innerText : "";
    return {name: (label || at.innerText || at.value || "").trim(), tag: at.tagName.toLowerCase(), type: at.type || "",
        shown: box.width > 0 && box.height > 0 && box.right > 0 && box.left < innerWidth,
        ring: style.outlineStyle != "none" || getComputedStyle(at, "::after").outlineStyle != "none"};
}"""
UNFOLD = "document.querySelectorAll('details').forEach(one => { one.open = true; })"
SHUT = """() => [...document.querySelectorAll('details:not(:has(> form.act)) > *')].filter(one => !one.checkVisibility())
    .map(one => one.outerHTML.slice(0, 80))"""
"""What stands folded away."""
PICTURE = "async () => { const one = document.querySelector('img'); await one.decode(); return one.naturalWidth; }"
QUICK = {"resultTypes": ["violations"]}
CONTROLS = {"button", "link", "textbox", "searchbox", "checkbox", "combobox", "spinbutton", "DisclosureTriangle", "image"}


@pytest.fixture(scope="module")
def gate(furnished_home, tmp_path_factory):
    folder = shutil.copytree(furnished_home, tmp_path_factory.mktemp("served") / "gate")
    gate = Gate.open(folder)
    gate.model(gate.snapshot(act=act(4)).id, "filter of March", act=act(4))
    gate.rollback("helpdesk", act().when, act=act(5, "user:ines", "its box was broken into"))
    yield gate
    gate.close()


@pytest.fixture(scope="module")
def address(gate):
    server = uvicorn.Server(uvicorn.Config(app(gate), port=0, log_config=None, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_until(lambda: server.started, "the server to start")
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(30)


@pytest.fixture
def opened(chromium, address):
    """Call it for a page of a new window; nothing it does may fail, or reach beyond the gate."""
    wrong, windows = [], []

    def window(**options):
        context = chromium.new_context(base_url=address, **options)
        windows.append(context)
        page = context.new_page()
        page.on("console", lambda told: wrong.append(told.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("requestfailed", lambda request: wrong.append(f"{request.failure}: {request.url}"))
        page.on("request", lambda request: request.url.startswith(address) or wrong.append(f"elsewhere: {request.url}"))
        return page

    yield window
    for context in windows:
        context.close()
    assert [one for one in wrong if not one.startswith(LEFT)] == []


def signed_in(page, name="ines"):
    page.goto("/sign-in")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("main button")
    return page


def tab_to(page, name, tag=None):
    """Press Tab until this has the focus; on the way there everything that has it must be visible and show it."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at["tag"] == "body":
            continue
        assert at["shown"], at
        assert at["ring"], at
        if at["name"].startswith(name) and tag in (None, at["tag"]):
            return
    pytest.fail(f"{name} was not reached by {MOST_TABS} tabs")


def test_a_whole_review_by_keyboard_alone(gate, opened):
    worst = gate.queue()[0]
    before = gate.rows(worst.id, limit=50).select(["position", "decision"]).to_pydict()
    page = opened(viewport={"width": 1280, "height": 800})
    keys = page.keyboard
    page.goto("/queue")
    tab_to(page, "Name")
    keys.type("ada")
    tab_to(page, "Password")
    keys.type(PASSWORD)
    keys.press("Enter")
    page.wait_for_url("**/queue")
    keys.press("Tab")
    assert page.evaluate(FOCUSED)["name"] == "Skip to the content"
    keys.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    tab_to(page, f"Submission {worst.id} from {REPORTS}", "a")
    keys.press("Enter")
    page.wait_for_url(f"**/submissions/{worst.id}")
    ticked = [int(page.locator("input[type=checkbox]").nth(k).get_attribute("value")) for k in (0, 1)]
    for position in ticked:
        tab_to(page, f"Row {position}", "input")
        keys.press("Space")
    tab_to(page, "Reason", "textarea")
    keys.type("Meetings are no spam.")
    tab_to(page, "Reject ticked", "button")
    keys.press("Enter")
    page.wait_for_url("**?said=decided")
    assert "Your decision stands" in page.get_by_role("status").inner_text()
    rejected = gate.rows(worst.id, limit=50).to_pylist()
    assert {row["position"] for row in rejected if row["decision"] == "reject"} >= set(ticked)
    entry = gate.history(worst.id)[-1]["seq"]
    tab_to(page, f"Take entry {entry} back", "summary")
    keys.press("Enter")
    tab_to(page, f"Why entry {entry} is taken back", "textarea")
    keys.type("A second look.")
    tab_to(page, "Take it back", "button")
    keys.press("Enter")
    page.wait_for_url("**?said=undone")
    assert gate.rows(worst.id, limit=50).select(["position", "decision"]).to_pydict() == before


def test_a_forgotten_reason_is_asked_for_by_the_browser_already(gate, opened):
    page = signed_in(opened(), "ada")
    page.goto(f"/submissions/{gate.queue()[0].id}")
    count = sum(1 for _ in gate.entries())
    page.get_by_role("button", name="Accept all held").press("Enter")
    assert page.evaluate("document.activeElement.id") == "why"
    assert sum(1 for _ in gate.entries()) == count


def paths(gate):
    """Every kind of page; the last is refused."""
    rollback = next(entry["seq"] for entry in gate.entries() if entry["kind"] == "rolled back")
    evil = next(one.id for one in gate.submissions() if one.source == EVIL)
    pages = ["/queue", f"/submissions/{gate.queue()[0].id}", f"/submissions/{evil}", "/sources", f"/source?name={REPORTS}"]
    return [*pages, f"/rollbacks/{rollback}", "/snapshots", "/search?words=trap", "/ledger", "/people"]


@pytest.mark.parametrize(("scheme", "options"), [("light", QUICK), ("dark", {**QUICK, "runOnly": ["color-contrast"]})])
def test_axe_finds_nothing_to_complain_of(gate, opened, scheme, options):
    """In the dark only colours differ."""
    from axe_playwright_python.sync_playwright import Axe

    axe, page = Axe(), opened(color_scheme=scheme, viewport={"width": 1280, "height": 800})
    page.goto("/sign-in")
    assert axe.run(page, options=options).violations_count == 0
    signed_in(page)
    for path in paths(gate):
        page.goto(path)
        page.evaluate(UNFOLD)
        found = axe.run(page, options=options)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"


def test_a_phone_never_scrolls_sideways(gate, opened):
    page = opened(viewport={"width": 360, "height": 740})
    page.goto("/sign-in")
    for path in [None, *paths(gate)]:
        if path is None:
            signed_in(page)
        else:
            page.goto(path)
        page.evaluate(UNFOLD)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_on_paper_stands_the_evidence_and_nothing_to_press(gate, opened):
    page = signed_in(opened(viewport={"width": 720, "height": 1000}, color_scheme="dark"))
    page.emulate_media(media="print")
    for path in paths(gate):
        page.goto(path)
        assert page.locator("button, .button, input:not([type=hidden]), textarea, nav").filter(visible=True).count() == 0, (
            path
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 720, path
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.evaluate(SHUT) == [], path


def test_every_control_and_picture_has_a_name(gate, opened):
    page = signed_in(opened())
    tree = page.context.new_cdp_session(page)
    for path in paths(gate):
        page.goto(path)
        nodes = tree.send("Accessibility.getFullAXTree")["nodes"]
        controls = [node for node in nodes if not node["ignored"] and node["role"]["value"] in CONTROLS]
        assert len(controls) > 8, path
        assert [node["role"]["value"] for node in controls if not node.get("name", {}).get("value")] == [], path


def test_the_risk_picture_is_drawn_in_the_colours_of_the_page(opened):
    page = signed_in(opened())
    page.goto(f"/source?name={REPORTS}")
    width = page.evaluate(PICTURE)
    assert width > 300


def test_refusals_are_pages_for_people_too(chromium, address):
    """The browser itself notes the status of a refusal at its console, so this window is not watched."""
    context = chromium.new_context(base_url=address)
    page = signed_in(context.new_page(), "ada")
    assert page.goto("/people").status == 403
    assert page.get_by_role("heading", level=1).inner_text() == "This is not yours to see or do"
    context.close()
