"""The report in a real browser: as it looks, by keyboard, to a screen reader, on paper, without a script.

Screenshots are kept in the folder NUSKHA_ARTEFACTS, where one is named, else among pytest's temporary files.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import PROGRAM, Chromium
from invented_items import ITEMS
from shown import html_of

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="the program chromium is not installed")

KINDS = list(ITEMS)
PAPER = 720  # pixels between the margins of A4
TABS = "[...document.querySelectorAll('.tabs a')]"
SEEN = "[...document.querySelectorAll('section')].filter(each => getComputedStyle(each).display !== 'none')"
TAB, END, HOME, LEFT, RIGHT, ENTER = (
    ("Tab", 9), ("End", 35), ("Home", 36), ("ArrowLeft", 37), ("ArrowRight", 39), ("Enter", 13)
)  # fmt: skip


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with Chromium(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    for kind in KINDS:
        (folder / f"{kind}.html").write_text(html_of(kind), encoding="utf-8")
        (folder / f"{kind}-empty.html").write_text(html_of(kind, []), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    named = os.environ.get("NUSKHA_ARTEFACTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def complaints(browser: Chromium) -> list[Any]:
    """What the page wrote to the console, and every address that it asked for but its own and its data's."""
    told = {
        "Log.entryAdded",
        "Runtime.consoleAPICalled",
        "Runtime.exceptionThrown",
        "Page.javascriptDialogOpening",
    }
    asked = [
        event["params"]["request"]["url"]
        for event in browser.events
        if event["method"] == "Network.requestWillBeSent"
    ]
    return [event for event in browser.events if event["method"] in told] + [
        url for url in asked if not url.startswith(("file:///", "data:"))
    ]


def brightness(browser: Chromium, of: str) -> int:
    """Of a colour of the page, 0 to 765."""
    colour = browser.value(f"getComputedStyle(document.body).{of}")
    return sum(map(int, colour.removeprefix("rgb(").rstrip(")").split(",")))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("kind", KINDS)
def test_it_looks_right(
    kind: str, width: int, scheme: str, browser: Chromium, reports: Path, artefacts: Path
) -> None:
    """Nothing is wider than the screen, small print is not too small, and the colours are those asked for."""
    browser.show(reports / f"{kind}.html", width=width, dark=scheme == "dark")
    assert browser.value("document.title").endswith(": evaluation by nuskha")
    for place in range(browser.value(f"{TABS}.length")):
        name = browser.value(f"{TABS}[{place}].click(), {TABS}[{place}].hash.slice(1)")
        assert browser.value("document.documentElement.scrollWidth") <= width, name
        sizes = browser.value(
            "[...document.querySelectorAll('main *')].filter(each => each.checkVisibility() "
            "&& !each.closest('svg') && [...each.childNodes].some(node => node.nodeType === 3 "
            "&& node.data.trim())).map(each => parseFloat(getComputedStyle(each).fontSize))"
        )
        assert min(sizes, default=12) >= 12, name
        browser.value("document.activeElement.blur()")
        browser.screenshot(artefacts / f"{kind}-{name}-{width}-{scheme}.png")
    assert (brightness(browser, "backgroundColor") < 200) == (scheme == "dark")
    assert complaints(browser) == []


@pytest.mark.parametrize("name", [*KINDS, *(f"{kind}-empty" for kind in KINDS)])
def test_nothing_overflows_on_the_narrowest_phone(name: str, browser: Chromium, reports: Path) -> None:
    """320 pixels is what WCAG 2.2 asks for (success criterion 1.4.10)."""
    browser.show(reports / f"{name}.html", width=320, dark=False)
    for place in range(browser.value(f"{TABS}.length")):
        assert browser.value(f"{TABS}[{place}].click(), document.documentElement.scrollWidth") <= 320
    assert complaints(browser) == []


def test_the_pictures_are_shown(browser: Chromium, reports: Path) -> None:
    browser.show(reports / "ocr.html", width=1280, dark=False, fragment="#worst")
    widths = browser.value("[...document.images].map(each => each.naturalWidth)")
    assert len(widths) > 10
    assert min(widths) > 0


def test_a_wide_table_is_scrolled_and_its_first_column_stays(browser: Chromium, reports: Path) -> None:
    browser.show(reports / "ocr.html", width=390, dark=False)
    place = "document.querySelector('.figures tbody th').getBoundingClientRect().left"
    before = browser.value(place)
    browser.value("document.querySelector('.scroll').scrollLeft = 200")
    assert browser.value("document.querySelector('.scroll').scrollLeft") == 200
    assert browser.value(place) == pytest.approx(before, abs=1)


def chosen(browser: Chromium) -> tuple[str, str, list[str]]:
    """The tab that is chosen, the one that has the focus, and the headings of the sections that are seen."""
    return (
        browser.value(f"{TABS}.filter(each => each.ariaSelected === 'true').map(each => each.hash).join()"),
        browser.value("document.activeElement.hash ?? document.activeElement.tagName"),
        browser.value(f"{SEEN}.map(each => each.querySelector('h2').textContent)"),
    )


def test_the_tabs_by_keyboard(browser: Chromium, reports: Path) -> None:
    browser.show(reports / "ocr.html", width=1280, dark=False)
    assert chosen(browser) == ("#figures", "BODY", ["Figures"])
    browser.press(*TAB)
    assert chosen(browser) == ("#figures", "#figures", ["Figures"])
    for keys, expected, heading in (
        ([RIGHT], "#slices", "Slices"),
        ([RIGHT, RIGHT], "#characters", "Characters"),
        ([LEFT], "#confidence", "Confidence"),
        ([END], "#provenance", "Provenance"),
        ([RIGHT], "#figures", "Figures"),
        ([LEFT, ENTER], "#provenance", "Provenance"),
        ([HOME], "#figures", "Figures"),
    ):
        for key in keys:
            browser.press(*key)
        assert chosen(browser) == (expected, expected, [heading])
    assert browser.value("location.hash") == "#figures"
    browser.press(*TAB)
    assert browser.value("document.activeElement.id") == "panel-figures"
    browser.press(*TAB)
    assert browser.value("document.activeElement.getAttribute('role')") == "region"
    for _ in range(3):
        browser.press(*RIGHT)
    assert browser.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_an_address_chooses_the_tab_and_leaves_the_head_in_sight(browser: Chromium, reports: Path) -> None:
    browser.show(reports / "ocr.html", width=390, dark=False, fragment="#gate")
    assert chosen(browser) == ("#gate", "BODY", ["Gate"])
    assert browser.value("scrollY") == 0


def test_what_a_screen_reader_is_told(browser: Chromium, reports: Path) -> None:
    browser.show(reports / "ocr.html", width=1280, dark=False)
    nodes = [
        (node["role"]["value"], node.get("name", {}).get("value", ""), node)
        for node in browser.call("Accessibility.getFullAXTree")["nodes"]
        if not node["ignored"]
    ]
    names = {role: [name for each, name, _ in nodes if each == role] for role, _, _ in nodes}
    assert names["tablist"] == ["Sections"]
    assert names["tab"] == [
        "Figures", "Slices", "Confidence", "Characters", "Worst items", "Failures 2", "Gate 1 of 2 broken",
        "Provenance",
    ]  # fmt: skip
    assert names["tabpanel"] == ["Figures"]
    assert names["main"] == [""]
    assert names["table"] == ["all items: 24 items, 2 failed"]
    # Where a name may be broken stands a blank.
    assert " ".join(names["rowheader"][0].split()).replace("_ ", "_") == (
        "name_f1 (higher is better) medicines by their names: harmonic mean of precision and recall"
    )
    drawings = [name for role in ("image", "img") for name in names.get(role, [])]
    assert len(drawings) == 7
    assert all("95% interval" in name for name in drawings)


@pytest.mark.parametrize("kind", KINDS)
def test_on_paper_everything_is_there(kind: str, browser: Chromium, reports: Path, artefacts: Path) -> None:
    browser.show(reports / f"{kind}.html", width=PAPER, dark=False)
    browser.value("dispatchEvent(new Event('beforeprint')), 0")
    browser.media(kind="print", dark=True)
    assert browser.value(f"{SEEN}.length") == browser.value("document.querySelectorAll('section').length")
    assert browser.value("[...document.querySelectorAll('details.slice')].every(each => each.open)")
    assert browser.value("getComputedStyle(document.querySelector('.tabs')).display") == "none"
    assert browser.value("document.documentElement.scrollWidth") <= PAPER
    assert brightness(browser, "color") < 200 < brightness(browser, "backgroundColor")
    browser.screenshot(artefacts / f"{kind}-paper.png", whole=True)
    browser.media()
    browser.value("dispatchEvent(new Event('afterprint')), 0")
    assert (
        browser.value("[...document.querySelectorAll('details.slice')].filter(each => each.open).length") <= 1
    )


def test_without_a_script_the_sections_stand_one_below_the_other(browser: Chromium, reports: Path) -> None:
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.show(reports / "summaries.html", width=390, dark=False)
        assert browser.value(f"{SEEN}.length") == browser.value(f"{TABS}.length") > 4
        assert browser.value("document.documentElement.scrollWidth") <= 390
        assert browser.value("[...document.querySelectorAll('h2')].every(each => each.offsetHeight > 10)")
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)
