"""The comment for a pull request: tables that stay tables, and no text of any item."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from invented_items import ITEMS, LONG, MEASURES, results_of
from shown import GATE, results

from eval.records import KINDS, EntityItem, PageItem
from eval.report import render_markdown


def items_of_a_comment(kind: str) -> Iterator[str]:
    for item in ITEMS[kind]:
        yield item.item_id
        match item:
            case PageItem():
                yield from (line for medicine in item.medicines if (line := medicine.line))
            case EntityItem():
                yield item.text


@pytest.mark.parametrize("kind", KINDS)
def test_the_comment_holds_no_text_of_any_item(kind: str) -> None:
    told = replace(results_of(kind, ITEMS[kind]), notes=())
    comment = render_markdown(told, MEASURES[kind])
    texts = {text for text in items_of_a_comment(kind) if len(text) > 4}
    assert texts or kind == "summaries"
    assert not [text for text in texts if text in comment]
    assert LONG not in comment


@pytest.mark.parametrize("kind", KINDS)
def test_the_tables_of_the_comment_are_tables(kind: str) -> None:
    told = results_of(kind, ITEMS[kind])
    hostile = replace(
        told, baselines={"a | b\n# <c> `d` *e* @f": told.figures}, notes=("| not a row\n- nor this",)
    )
    comment = render_markdown(hostile, MEASURES[kind], GATE)
    rows = [line for line in comment.splitlines() if line.startswith("|")]
    assert rows
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}
    assert "\n- nor this" not in comment
    assert not re.search(r"(?<!\\)<[a-z]", comment)
    assert "@f" not in comment


def test_the_comment_of_nothing_says_so() -> None:
    assert "There are no figures: nothing was evaluated." in render_markdown(results(), ())
