"""A report as tests look at it, and small results and items to make one of."""

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from invented_items import ITEMS, MEASURES, SCRIPT, results_of

from eval.records import Figure, Item, PageItem, ScoredMedicine
from eval.report import render_html
from eval.report.gate import Gate, Threshold
from eval.results import Results

CASES = Path(__file__).parent / "cases"
NAN = float("nan")
GATE = Gate(
    "thresholds.yaml",
    (
        Threshold(metric="name_f1", slice="all", bound="at_least", limit=0.1, of="value"),
        Threshold(metric=SCRIPT, slice="all", bound="at_least", limit=0.1, of="low"),
    ),
)


def cases(name: str) -> list[Any]:
    lines = (CASES / name).read_text(encoding="utf-8").splitlines()
    return [pytest.param(case, id=case["reason"]) for case in map(json.loads, lines)]


class Page(HTMLParser):
    """The elements of a page with their attributes, and the text outside of style and script."""

    VOID = ("meta", "link", "img", "br", "wbr")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text, self.own, self.unclosed = "", dict[str, str](), list[str]()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attributes}))
        if tag not in self.VOID:
            self.unclosed.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attributes}))

    def handle_endtag(self, tag: str) -> None:
        assert self.unclosed.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.unclosed and self.unclosed[-1] in ("style", "script"):
            assert self.unclosed[-1] not in self.own
            self.own[self.unclosed[-1]] = data
        else:
            self.text += data

    def all(self, *tags: str) -> Iterator[dict[str, str]]:
        return (attributes for tag, attributes in self.elements if tag in tags)


def html_of(kind: str, items: list[Item] | None = None, gate: Gate | None = GATE) -> str:
    items = ITEMS[kind] if items is None else items
    return render_html(results_of(kind, items), items, MEASURES[kind], gate)


def results(*rows: Figure, **others: Any) -> Results:
    return Results(kind="ocr", provenance={}, figures=rows, **others)


def figure(metric: str, value: float, scored: int = 40, slice_: str = "all") -> Figure:
    return Figure(
        metric=metric, slice=slice_, value=value, low=value, high=value, n=scored, scored=scored, failed=2
    )


def page_of(*medicines: ScoredMedicine, failed: bool = False, **confusions: int) -> PageItem:
    return PageItem(
        item_id="p", cluster="p", failed=failed, slices={}, counts={}, source="p.jpg", page=1,
        medicines=medicines, confusions=confusions,
    )  # fmt: skip
