"""The page of an evaluation: whole, in order, and nothing on it that can get out of its place."""

import base64
import hashlib
import re
from dataclasses import replace
from importlib.resources import files
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_items import ITEMS, MEASURES, SCRIPT, results_of
from shown import GATE, Page, html_of, results

from eval.figures import figures
from eval.records import KINDS, EntityItem
from eval.report import render_html, render_markdown
from eval.report.gate import Gate
from eval.results import Results


@pytest.fixture(scope="module", params=[(kind, some) for kind in KINDS for some in (True, False)], ids=str)
def page(request: pytest.FixtureRequest) -> Page:
    kind, some = request.param
    return Page(html_of(kind, ITEMS[kind] if some else []))


def test_a_page_is_whole_and_loads_nothing(page: Page) -> None:
    assert page.unclosed == []
    for tag, attributes in page.elements:
        assert not attributes.keys() & {"style", "srcset", "action", "formaction", "data", "poster"}
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("href", "src", "xlink:href"):
            allowed = ("data:image/jpeg;base64,", "data:image/svg+xml,") if tag in ("img", "link") else ("#",)
            assert attributes.get(name, allowed[0]).startswith(allowed)
    assert not list(page.all("iframe", "object", "embed", "base", "form"))


def test_no_text_of_the_data_is_taken_for_markup(page: Page) -> None:
    assert len(list(page.all("script"))) == len(list(page.all("style"))) == 1
    assert all("onerror" not in attributes for attributes in page.all("img"))
    assert page.own["script"] == files("eval.report").joinpath("tabs.js").read_text("utf-8")
    assert page.own["style"] == files("eval.report").joinpath("style.css").read_text("utf-8")
    assert SCRIPT in page.text


def test_the_policy_lets_only_the_page_s_own_style_and_script_count(page: Page) -> None:
    policies = [each["content"] for each in page.all("meta") if "http-equiv" in each]
    digests = {
        tag: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for tag, text in page.own.items()
    }
    assert policies == [
        f"default-src 'none'; img-src data:; style-src 'sha256-{digests['style']}'; "
        f"script-src 'sha256-{digests['script']}'; base-uri 'none'; form-action 'none'"
    ]


@given(st.text(max_size=60))
@settings(deadline=None, max_examples=40)
def test_any_text_is_shown_as_it_is(text: str) -> None:
    item = EntityItem(
        item_id="a", cluster="a", failed=False, slices={}, counts={"entity": (0.0, 1.0, 1.0)}, text=text
    )
    told = Results(kind="entities", provenance={}, figures=tuple(figures([item], MEASURES["entities"])))
    shown = Page(render_html(told, [item], MEASURES["entities"])).text
    # A parser takes carriage returns for line ends, and NUL for a replacement.
    if not re.search(r"[\r\0\ud800-\udfff]", text):
        assert text in shown


def test_what_a_screen_reader_goes_by(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = [
        attributes["aria-labelledby"] for _, attributes in page.elements if "aria-labelledby" in attributes
    ]
    links = [link["href"].removeprefix("#") for link in page.all("a")]
    assert {*named, *links} <= set(ids)
    assert len(links) >= 5
    assert next(page.all("html"))["lang"] == "en"
    assert all(each.get("scope") in ("row", "col") for each in page.all("th"))
    assert len(list(page.all("table"))) == len(list(page.all("caption")))
    assert all(each.get("alt") for each in page.all("img"))
    for drawing in page.all("svg"):
        assert drawing.get("aria-hidden") == "true" or (drawing["role"], bool(drawing["aria-label"])) == (
            "img",
            True,
        )
    scrolled = [each for each in page.all("div") if each.get("class", "").startswith("scroll")]
    assert all((each["tabindex"], each["role"]) == ("0", "region") for each in scrolled)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_gate_is_told_on_both() -> None:
    page, comment = (
        Page(html_of("ocr")),
        render_markdown(results_of("ocr", ITEMS["ocr"]), MEASURES["ocr"], GATE),
    )
    assert "1 of 2 thresholds broken" in page.text
    assert "✓ held" in page.text
    assert "✗ broken" in page.text
    assert "**Gate: 1 of 2 thresholds broken.**" in comment
    held = Gate("thresholds.yaml", GATE.thresholds[:1])
    assert "All 1 thresholds held" in Page(html_of("ocr", gate=held)).text
    assert "No thresholds were given." in Page(html_of("ocr", gate=None)).text
    assert "Gate" not in render_markdown(results_of("ocr", ITEMS["ocr"]), MEASURES["ocr"])


def test_provenance_is_told_whole() -> None:
    text = Page(html_of("entities")).text
    for told in (
        "0123456789abcdef0123456789abcdef01234567",
        "s3://bucket/output of monday",
        "5d41402abc4b2a76b9719d911017c592",
        "The working tree had changes",
        "Items of this evaluation occur in data",
        "2.13.0",
        "run-7",
        "greedy: true",
    ):
        assert told in text
    assert re.search(r"seed\s*0\s*default", text)
    assert re.search(r"only\s*\[.*\]\s*given", text)


def test_nothing_known_is_told_as_such() -> None:
    text = Page(render_html(replace(results(), provenance={"commit": None, "engine": ""}), [], ())).text
    assert text.count("not known") == 2


CONTRAST = 4.5
"""Of text with its background (WCAG 2.2, success criterion 1.4.3)."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "behind"),
    [
        *product(("ink", "muted", "accent", "bad", "good", "doubt"), ("paper", "card", "shade")),
        *(("ink", "faint"), ("muted", "faint"), ("bad", "bad-soft"), ("doubt", "doubt-soft")),
    ],
)
def test_text_stands_out_from_its_background(scheme: str, text: str, behind: str) -> None:
    css = files("eval.report").joinpath("style.css").read_text("utf-8")
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in css.split("@media", 2)[:2]
    )
    colours = light | dark if scheme == "dark" else light
    brighter, darker = sorted((luminance(colours[text]), luminance(colours[behind])), reverse=True)
    assert (brighter + 0.05) / (darker + 0.05) >= CONTRAST


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
