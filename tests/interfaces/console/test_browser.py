"""The pages in Chromium, through a gateway: accessible by axe-core, whole without a script, usable by keyboard, and no
wider than a phone. Debian's browser is used; where there is none, `make setup` installs it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.interfaces.console.conftest import Fleet, shown
from tests.interfaces.console.reading import read

pytestmark = [pytest.mark.alone, pytest.mark.slow]

FLAGS = (
    *("--headless", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PATHS = {
    "roster": "/",
    "workload": "/roster/default/claims-triage",
    "off": "/roster/default/returns-agent",
    "unjudged": f"/roster/{'t' * 63}/{'a' * 63}",
    "control": "/roster/default/support-assistant/PSF-6.4",
    "leaf": "/roster/leaf/3",
    "problem": "/roster/default/nobody",
}
PHONE = 360
Scheme = Literal["light", "dark"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        text = "Chromium is not installed (Debian: apt-get install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{text}, and CI=true skips nothing")
        pytest.skip(text)
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else list(FLAGS)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=flags)
        yield running
        running.close()


@pytest.fixture(scope="module")
def address(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with shown(fleet, tmp_path_factory.mktemp("shown")) as found:
        yield found


def opened(browser: Browser, width: int = 1280, **more: Any) -> Page:
    """A tab that reports what the page's own policy refused, and whatever went wrong in it."""
    page = browser.new_context(viewport={"width": width, "height": 900}, **more).new_page()
    page.set_default_timeout(10_000)
    page.on("console", lambda message: pytest.fail(f"the browser says: {message.text}") if _grave(message) else None)
    page.on("pageerror", lambda error: pytest.fail(f"the page is in error: {error}"))
    return page


def _grave(message: Any) -> bool:
    """Whether it is more than the note that a page answered 404."""
    return message.type in ("error", "warning") and "404" not in message.text


@pytest.mark.parametrize(
    "scheme, width, rules",
    [
        ("light", 1280, {}),
        ("dark", 1280, {"runOnly": ["color-contrast"]}),  # nothing else depends on it
        ("light", PHONE, {"rules": {"color-contrast": {"enabled": False}}}),  # what is scrolled out cannot be decided
    ],
)
def test_axe_finds_nothing(browser: Browser, address: str, scheme: Scheme, width: int, rules: dict[str, Any]) -> None:
    """On no kind of page a violation, nor anything that it could not decide."""
    script = (resources.files("axe_playwright_python") / "axe.min.js").read_text()
    page = opened(browser, width, color_scheme=scheme)
    for name, path in PATHS.items():
        page.goto(address + path)
        page.evaluate(script)
        found = page.evaluate("rules => axe.run(document, rules)", rules)
        assert found["passes"], name
        said = [
            (one["id"], node["html"][:200], node["failureSummary"])
            for one in found["violations"] + found["incomplete"]
            for node in one["nodes"]
        ]
        assert not said, (name, said[:5])
    page.context.close()


def test_dark_and_light_are_two(browser: Browser, address: str) -> None:
    colours = []
    for scheme in ("light", "dark"):
        page = opened(browser, color_scheme=scheme)
        page.goto(address)
        colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.context.close()
    assert colours == ["rgb(255, 255, 255)", "rgb(20, 23, 27)"]


def test_without_a_script_everything_is_there(browser: Browser, address: str, fleet: Fleet) -> None:
    """What can be seen is what the server wrote, and links lead from the roster down to a leaf."""
    page = opened(browser, java_script_enabled=False)
    for path in PATHS.values():
        page.goto(address + path)
        seen = " ".join(page.locator("main").inner_text().split()).lower()
        for word in read(
            fleet.client().get(path).text.partition("<main")[2].partition(">")[2].partition("</main>")[0]
        ).words.split():
            assert word.lower() in seen, (path, word)
    page.goto(address)
    for link in ("support-assistant", "PSF-6.4", "#0"):
        page.get_by_role("link", name=link, exact=True).first.click()
        page.wait_for_load_state()
    assert page.url == f"{address}/roster/leaf/0"
    assert page.get_by_role("heading", level=1).inner_text().startswith("Leaf #0")
    page.context.close()


def test_by_keyboard(browser: Browser, address: str) -> None:
    """The way past the head of the page comes first; then everything in the order in which it is read, and in sight."""
    page = opened(browser)
    page.goto(address)
    order: list[str] = []
    for _ in range(8):
        page.keyboard.press("Tab")
        box = page.evaluate(
            """() => { const one = document.activeElement, box = one.getBoundingClientRect(),
                style = getComputedStyle(one);
                return [one.innerText.trim().split('\\n')[0], style.outlineStyle, parseFloat(style.outlineWidth),
                    box.width > 0 && box.left >= 0 && box.top >= 0 && box.top < innerHeight] }"""
        )
        assert box[1:] == ["solid", 3, True], box
        order.append(box[0])
    assert order[:5] == ["To the content", "Prodworthy", "4 Production", "2 Pilot", "4 Experiment"]
    assert order[5] == "returns-agent"
    page.goto(address)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "4 Production"
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash === '#stage-production'")
    page.context.close()


def test_nothing_is_wider_than_a_phone(browser: Browser, address: str) -> None:
    page = opened(browser, PHONE)
    for name, path in PATHS.items():
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE, name
        assert page.evaluate("document.body.scrollWidth") <= PHONE, name
    page.context.close()


def test_at_1280_the_whole_roster_is_seen_and_its_head_stays(browser: Browser, address: str) -> None:
    page = opened(browser)
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    page.evaluate("scrollTo(0, 600)")
    assert page.evaluate("scrollY") > 300
    assert page.evaluate("document.querySelector('.roster thead th').getBoundingClientRect().top") == 0
    page.context.close()


def test_on_paper_no_column_is_cut(browser: Browser, address: str, tmp_path: Path) -> None:
    page = opened(browser, 794)
    page.emulate_media(media="print")
    for path in (PATHS["roster"], PATHS["workload"], PATHS["leaf"]):
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 794, path
        assert page.evaluate("getComputedStyle(document.querySelector('.skip')).display") == "none"
    assert page.pdf(path=tmp_path / "leaf.pdf").startswith(b"%PDF")
    page.context.close()
