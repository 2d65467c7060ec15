"""Pages against gold: counts by hand, joining, groups and slices."""

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from made_medicines import cases, medication, page, page_row, values

from eval.prescriptions.counts import MEASURES
from eval.prescriptions.scoring import image_of, score_pages
from eval.records import schema, to_row
from ocr.records import Status


@pytest.mark.parametrize("case", cases("pages"), ids=lambda case: case["reason"][:40])
def test_pages_counted_by_hand(case: dict[str, Any]) -> None:
    [item] = score_pages([page("a.jpg", *case["gold"])], [page_row("a.jpg", *map(medication, case["read"]))])
    counted = {name: list(item.counts[name]) for name in case["counts"]}
    assert counted == case["counts"], case["reason"]
    assert not item.counts.keys() & set(case["absent"]), case["reason"]


def test_every_measure_but_those_of_groups_is_counted_on_a_page() -> None:
    medicine = {"drug": "Alphacin", "line": "Tab Alphacin"}
    [item] = score_pages(
        [page("a.jpg", medicine)],
        [page_row("a.jpg", medication({"line": "Tab Alphacin"}))],
    )
    uncounted = {measure.counts for measure in MEASURES} - item.counts.keys()
    assert uncounted == {"seen_name_recall", "unseen_name_recall", "repeated_name_recall"}


def test_an_item_tells_what_was_wrong() -> None:
    gold = page(
        "a.jpg",
        {"drug": "Alphacin", "line": "Tab Alphacin 500 mg", "strength": "500 mg", "form": "tablet"},
        {"drug": "Prednisone", "line": "Tab Prednisone 5 mg OD"},
        {"drug": "Missol", "line": "Cap Missol"},
        {"drug": "Doubtol", "line": "Doubtol", "confident": False},
    )
    box = (0.0, 0.0, 9.0, 0.0, 9.0, 5.0, 0.0, 5.0)
    read = [
        medication({"line": "Tab A1phacin 50 mg", "drug_text": "A1phacin", "strength": "50 mg", "box": box}),
        medication({"line": "Tab Prednisolone 5 mg OD", "drug_text": "Prednisolone", "confidence": 0.5}),
        medication({"line": "Rest and fluids", "drug_text": "Fluids", "needs_review": True, "score": 0.25}),
    ]
    [item] = score_pages([gold], [page_row("a.jpg", *read, text="Tab A1phacin 50 mg ...")])
    assert [medicine.outcome for medicine in item.medicines] == [
        "found",
        "misnamed",
        "missed",
        "excused",
        "invented",
    ]
    found, misnamed, missed, excused, invented = item.medicines
    assert found.wrong == ("strength: 50 mg for 500 mg", "form: nothing for tablet")
    assert found.critical == ("tenfold dose: 50 mg for 500 mg",)
    assert (found.name, found.gold_name, found.box) == ("A1phacin", "Alphacin", box)
    assert misnamed.wrong == ("name: Prednisolone for Prednisone",)
    assert misnamed.critical == ("look-alike drug: Prednisolone for Prednisone",)
    assert (misnamed.confidence, found.confidence) == (0.5, 1.0)
    assert (missed.line, missed.name, missed.confidence) == (None, None, None)
    assert (excused.gold_name, excused.line) == ("Doubtol", None)
    assert (invented.gold, invented.line, invented.needs_review) == (None, "Rest and fluids", True)
    assert (item.item_id, item.cluster, item.text) == ("a.jpg#1", "a.jpg", "Tab A1phacin 50 mg ...")
    assert item.confusions == {"l>1": 1, "0>": 1, ">o": 1, ">l": 1}


def test_items_are_rows_of_their_schema() -> None:
    items = score_pages([page("a.jpg", {"line": "Tab Alphacin"})], [page_row("a.jpg", medication({}))])
    table = pa.Table.from_pylist([to_row(item) for item in items], schema=schema("ocr"))
    table.validate(full=True)
    assert table["item_id"].to_pylist() == ["a.jpg#1"]


def test_a_page_without_a_result_or_with_an_error_misses_everything() -> None:
    gold = [page(name, {"strength": "5 mg"}) for name in ("none.jpg", "broken.jpg", "unopened.pdf")]
    rows = [
        page_row("broken.jpg", status=Status.ERROR, error_stage="decode", error="the file is damaged"),
        page_row("unopened.pdf", page=None, status=Status.ERROR, error_stage="read", error="it is locked"),
    ]
    items = score_pages(gold, rows)
    assert [item.failure for item in items] == ["it has no result", "the file is damaged", "it is locked"]
    for item in items:
        assert item.failed
        assert (item.counts["name"], item.counts["strength"]) == ((0, 0, 1), (0, 0, 1))
        assert item.counts["page_exact"] == (0, 1)
    [empty] = score_pages([page("none.jpg")], [])
    assert empty.counts["page_exact"] == (0, 1)  # there is nothing on it, but nobody looked


def test_pages_are_joined_on_base_name_and_page() -> None:
    gold = [page("a.pdf", {"drug": "Onezol"}, number=1), page("a.pdf", {"drug": "Twozol"}, number=2)]
    rows = [
        page_row("a.pdf", medication({"drug_text": name}), page=number)
        for number, name in ((2, "Twozol"), (1, "Onezol"))
    ]
    assert values(score_pages(gold, [*rows, page_row("other.pdf", medication({}))]))["name_f1"] == 1.0
    [one, two] = score_pages(gold, rows)
    assert (one.item_id, two.item_id) == ("a.pdf#1", "a.pdf#2")
    assert one.cluster == two.cluster


@pytest.mark.parametrize(
    ("source", "image"),
    [
        ("scans/2024/a.jpg", "a.jpg"),
        ("C:\\scans\\a.jpg", "a.jpg"),
        ("s3://bucket/scans/a.jpg", "a.jpg"),
        ("scans.zip!inner/a.jpg", "a.jpg"),
        ("scans.zip!a.jpg", "a.jpg"),
        ("scans/really!.jpg", "really!.jpg"),
        ("table.parquet!7", None),
        ("scans/b.jpg", None),
    ],
)
def test_the_image_of_a_source(source: str, image: str | None) -> None:
    assert image_of(source, {"a.jpg", "really!.jpg"}) == image


def test_two_rows_of_one_gold_page_are_refused() -> None:
    rows = [page_row("a.jpg"), page_row("a.jpg", source="elsewhere/a.jpg")]
    with pytest.raises(ValueError, match=r"somewhere/a\.jpg and elsewhere/a\.jpg are both named a\.jpg"):
        score_pages([page("a.jpg")], rows)


def test_seen_and_unseen_common_and_rare_names_apart() -> None:
    gold = [
        page("a.jpg", {"drug": "Onezol"}, {"drug": "Twozol"}),
        page("b.jpg", {"drug": "TWOZOL"}, {"drug": "Doubtol", "confident": False}),
        page("c.jpg"),
    ]
    rows = [page_row("a.jpg", medication({"drug_text": "Twozol"})), page_row("b.jpg"), page_row("c.jpg")]
    items = score_pages(gold, rows, seen={"twozol", "Doubtol"})
    recalls = {
        name: [item.counts.get(f"{name}_name_recall") for item in items]
        for name in ("seen", "unseen", "once", "repeated")
    }
    assert recalls == {
        "seen": [(1, 1), (0, 1), None],
        "unseen": [(0, 1), None, None],
        "once": [(0, 1), None, None],
        "repeated": [(1, 1), (0, 1), None],
    }
    assert [item.slices.get("seen") for item in items] == ["no", "yes", None]
    assert "seen" not in score_pages(gold, rows)[0].slices


def test_slices_are_of_the_gold_page() -> None:
    gold = replace(page("a.jpg"), legibility="hard", printed_form="no")
    assert score_pages([gold], [])[0].slices == {"legibility": "hard", "printed_form": "no"}


def test_calibration_counted_by_hand() -> None:
    """Stated 0.9 twice, of which one is right, and 0.15 for an invention: (|1.8 - 1| + 0.15) / 3."""
    gold = [page("a.jpg", {"drug": "Onezol"}, {"drug": "Twozol", "strength": "5 mg"})]
    read = [
        medication({"drug_text": "Onezol", "confidence": 0.9, "score": 0.1}),
        medication({"drug_text": "Twozol", "score": 0.9}),
        medication({"drug_text": "Nozithrex", "score": 0.15}),
    ]
    assert values(score_pages(gold, [page_row("a.jpg", *read)]))["ece"] == pytest.approx(0.95 / 3)
