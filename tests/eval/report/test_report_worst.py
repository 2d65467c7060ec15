"""Worst items and confusions of characters: what hurts most comes first, and what is right not at all."""

import base64
import re
from dataclasses import replace
from typing import Any

import pytest
from invented_items import ITEMS, MEASURES
from shown import Page, cases, html_of, page_of, results

from eval.records import ScoredMedicine
from eval.report import render_html
from eval.report.worst import confusions, ranked_by, worst_medicines, worst_texts


@pytest.mark.parametrize("case", cases("worst_medicines.jsonl"))
def test_the_order_of_the_worst_medicines(case: dict[str, Any]) -> None:
    medicines = [
        ScoredMedicine(
            **{name: tuple(value) if isinstance(value, list) else value for name, value in each.items()}
        )
        for each in case["medicines"]
    ]
    found = worst_medicines([page_of(*medicines)])
    assert [medicines.index(each.medicine) for each in found] == case["order"]


def test_medicines_of_a_page_that_failed_are_not_among_the_worst() -> None:
    assert worst_medicines([page_of(ScoredMedicine(outcome="missed", gold="a"), failed=True)]) == []


def test_a_crop_stands_beside_gold_and_reading() -> None:
    html = html_of("ocr")
    pictures = [each["src"] for each in Page(html).all("img")]
    assert pictures
    assert all(
        base64.b64decode(each.removeprefix("data:image/jpeg;base64,"), validate=True)[:3] == b"\xff\xd8\xff"
        for each in pictures
    )
    first = html[html.index("<article") : html.index("</article>")]
    places = [first.index(words) for words in ("<img", "Syp Ascoril 5ml BD</dd>", "Syp Ascoril 5ml HS</dd>")]
    assert places == sorted(places)
    assert "wrong frequency" in first
    assert "not marked for review" in first


def test_what_is_no_jpeg_is_not_embedded() -> None:
    medicine = ScoredMedicine(outcome="found", wrong=("form: a for b",), crop=b"<svg onload=alert(1)>")
    (worst,) = worst_medicines([page_of(medicine)])
    assert worst.picture is None
    html = render_html(results(), [page_of(medicine)], ())
    assert "No picture at hand." in html


def test_texts_come_lowest_first_and_unscored_ones_not_at_all() -> None:
    items, measures = ITEMS["summaries"], MEASURES["summaries"]
    measure = ranked_by(items, measures)
    assert measure is not None
    assert measure.name == "rougeL"
    found = worst_texts(items, measure)
    assert [each.score for each in found] == sorted(each.score for each in found)
    unscored = {item.item_id for item in items if "rougeL" not in item.counts}
    assert unscored
    assert {each.item.item_id for each in found} == {item.item_id for item in items} - unscored
    assert ranked_by(ITEMS["entities"], MEASURES["entities"]).name == "entity_f1"  # type: ignore[union-attr]
    assert ranked_by([], measures) is None


def test_of_many_items_some_are_shown_and_all_are_told() -> None:
    items = [
        replace(item, item_id=f"{item.item_id} {copy}") for copy in range(3) for item in ITEMS["summaries"]
    ]
    page = Page(html_of("summaries", items))
    assert len(list(page.all("article"))) == 40
    assert "40 of 171 shown" in page.text


@pytest.mark.parametrize("case", cases("confusions.jsonl"))
def test_confusions_can_be_seen(case: dict[str, Any]) -> None:
    item = page_of(**{case["pair"]: 3})
    (found,) = confusions([item])
    assert f"{found.gold}>{found.read}" == case["pair"]
    html = render_html(results(), [item], ())
    cells = re.findall(r"<td(?: class=\"none\"| dir=\"auto\")>([^<]*)</td>", html)
    assert [cell.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") for cell in cells] == case[
        "shown"
    ]


def test_confusions_add_up_over_pages() -> None:
    found = confusions([page_of(**{"0>O": 2, "1>l": 5}), page_of(**{"0>O": 4})])
    assert [(each.gold, each.read, each.times) for each in found] == [("0", "O", 6), ("1", "l", 5)]
