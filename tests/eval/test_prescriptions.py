"""Pages against gold: counts by hand, joining, trust and baselines, and what must hold for all pages."""

import json
import os
import random
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_medicines import cases, gold_medicine, medication, page_row

from eval.figures import figures
from eval.gold import GoldMedicine, GoldPage, load_gold
from eval.prescriptions import MEASURES, baselines, image_of, risk_coverage, score_pages
from eval.records import Item, PageItem, ScoredMedicine, schema, to_row
from multilingual.clinical.formulary import load_formulary
from multilingual.clinical.formulary_index import FormularyIndex
from multilingual.clinical.grammar import parse_line
from ocr.medications import medications_of_line
from ocr.records import Medication, Schedule, Status

SAMPLES = Path(__file__).parents[2] / "samples" / "gold.json"
DATA = Path(os.environ.get("NUSKHA_DATA", Path(__file__).parents[3] / "shared" / "data"))
REAL = DATA / "prescriptions" / "pages" / "dev_gold.json"


def page(image: str, *medicines: dict[str, Any], number: int = 1) -> GoldPage:
    return GoldPage(image=image, page=number, medicines=tuple(map(gold_medicine, medicines)))


def values(items: Sequence[Item]) -> dict[str, float]:
    return {figure.metric: figure.value for figure in figures(items, MEASURES) if figure.slice == "all"}


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


def scored(right: bool, confidence: float, *, needs_review: bool, outcome: str = "found") -> ScoredMedicine:
    return ScoredMedicine(
        outcome=outcome,
        wrong=() if right else ("frequency: BD for OD",),
        confidence=confidence,
        needs_review=needs_review,
    )


def of_medicines(*medicines: ScoredMedicine) -> PageItem:
    return PageItem(
        item_id="a#1",
        cluster="a",
        failed=False,
        slices={},
        counts={},
        source="a",
        page=1,
        medicines=medicines,
        confusions={},
    )


def test_risk_and_coverage_counted_by_hand() -> None:
    """Four medicines: .9 right, .8 right and .8 wrong, which no threshold parts, and .3 invented."""
    curve = risk_coverage(
        [
            of_medicines(
                scored(True, 0.8, needs_review=True),
                scored(True, 0.3, needs_review=True, outcome="invented"),
                ScoredMedicine(outcome="missed"),
            ),
            of_medicines(
                scored(False, 0.8, needs_review=False),
                scored(True, 0.9, needs_review=False),
                scored(False, 0.7, needs_review=False, outcome="excused"),
            ),
        ]
    )
    assert curve.points == ((0.25, 0.0, 0.9), (0.75, 1 / 3, 0.8), (1.0, 0.5, 0.3))
    assert curve.operating == (0.5, 0.5)


def test_without_medicines_there_is_no_curve() -> None:
    assert risk_coverage([]).points == ()
    assert risk_coverage([of_medicines(ScoredMedicine(outcome="missed"))]).operating is None
    marked = risk_coverage([of_medicines(scored(True, 0.5, needs_review=True))])
    assert (marked.points, marked.operating) == (((1.0, 0.0, 0.5),), None)


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from((0.1, 0.5, 0.9)), st.booleans()), min_size=1))
def test_coverage_rises_to_all_and_risk_ends_at_the_share_wrong(
    medicines: list[tuple[bool, float, bool]],
) -> None:
    read = [scored(right, confidence, needs_review=marked) for right, confidence, marked in medicines]
    points = risk_coverage([of_medicines(*read)]).points
    coverages, thresholds = [point[0] for point in points], [point[2] for point in points]
    assert coverages == sorted(set(coverages))
    assert thresholds == sorted(set(thresholds), reverse=True)
    assert coverages[-1] == 1.0
    assert points[-1][1] == pytest.approx(sum(not right for right, _, _ in medicines) / len(medicines))


def test_calibration_counted_by_hand() -> None:
    """Stated 0.9 twice, of which one is right, and 0.15 for an invention: (|1.8 - 1| + 0.15) / 3."""
    gold = [page("a.jpg", {"drug": "Onezol"}, {"drug": "Twozol", "strength": "5 mg"})]
    read = [
        medication({"drug_text": "Onezol", "confidence": 0.9, "score": 0.1}),
        medication({"drug_text": "Twozol", "score": 0.9}),
        medication({"drug_text": "Nozithrex", "score": 0.15}),
    ]
    assert values(score_pages(gold, [page_row("a.jpg", *read)]))["ece"] == pytest.approx(0.95 / 3)


def test_baselines_counted_by_hand() -> None:
    """Three of four pages hold the commonest medicine, one of them with another strength."""
    common = {"drug": "Onezol", "strength": "5 mg", "frequency": "BD", "form": "tablet"}
    gold = [
        page("a.jpg", common),
        page("b.jpg", common, {"drug": "Twozol"}),
        page("c.jpg", common | {"strength": "10 mg"}),
        page("d.jpg", {"drug": "Threezol"}),
    ]
    nothing, commonest = (values(items) for items in baselines(gold).values())
    assert (nothing["name_recall"], nothing["name_f1"], nothing["page_exact"]) == (0.0, 0.0, 0.0)
    assert (commonest["name_recall"], commonest["name_precision"]) == (3 / 5, 3 / 4)
    assert commonest["name_dosage_recall"] == 2 / 5
    assert commonest["page_exact"] == 1 / 4
    assert list(baselines([page("a.jpg")])) == ["nothing read"]


NAMES = ("Onezol", "Xylocór", "Pan-D", "Telma AM", "डोलो", "阿莫西林")
orders = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from(("500 mg", "0.25 mcg", "50/1000", None)),
        st.sampled_from(("BD", "1-0-1", "SOS", "q8h", "HS", None)),
        st.sampled_from(("5 days", "2 weeks", None)),
    ),
    max_size=5,
)
Order = tuple[str, str | None, str | None, str | None]
NormalForm = Literal["NFC", "NFD"]


def written(order: Order) -> GoldMedicine:
    name, strength, frequency, duration = order
    told = {"drug": name, "strength": strength, "frequency": frequency, "duration": duration}
    words = ["Tab", name, strength, frequency, duration and f"x {duration}"]
    return gold_medicine(told | {"form": "tablet", "line": " ".join(filter(None, words))})


def read_perfectly(medicine: GoldMedicine, form: NormalForm) -> Medication:
    line = unicodedata.normalize(form, medicine.line)
    [order] = parse_line(medicine.line)
    return Medication(
        line=line,
        drug_text=unicodedata.normalize(form, medicine.name),
        form=order.form,
        strength=order.strength,
        frequency=order.frequency,
        times_per_day=order.times_per_day,
        once=order.once,
        as_needed=order.as_needed,
        schedule=Schedule(*order.schedule) if order.schedule else None,
        duration_days=order.duration_days,
        score=1.0,
    )


@settings(deadline=None)
@given(orders, st.sampled_from(("NFC", "NFD")), st.integers(0, 9))
def test_what_is_written_scores_one_in_any_normal_form_and_any_order(
    written_orders: list[Order], form: NormalForm, seed: int
) -> None:
    gold = GoldPage(image="a.jpg", medicines=tuple(map(written, written_orders)))
    read = [read_perfectly(medicine, form) for medicine in gold.medicines]
    random.Random(seed).shuffle(read)
    [item] = score_pages([gold], [page_row("a.jpg", *read)])
    lower = ("cer", "corrected_cer", "wer", "corrected_wer", "ece", "review_rate", "unreviewed_wrong_drug")
    for name, value in values([item]).items():
        best = 0.0 if name in lower or name.endswith("_rate") else 1.0
        assert value == best or value != value, name  # not a number where there is nothing to score
    assert item.counts["name"] == (len(read), 0, 0)
    assert item.counts["page_exact"] == (1, 1)


@settings(deadline=None)
@given(orders, orders, st.integers(0, 9))
def test_the_order_of_rows_does_not_matter(one: list[Order], other: list[Order], seed: int) -> None:
    gold, read = list(map(written, one)), [read_perfectly(written(order), "NFC") for order in other]
    chance = random.Random(seed)
    counts = [
        score_pages(
            [GoldPage(image="a.jpg", medicines=tuple(medicines))],
            [page_row("a.jpg", *rows)],
        )[0].counts
        for medicines, rows in (
            (gold, read),
            (chance.sample(gold, len(gold)), chance.sample(read, len(read))),
        )
    ]
    assert counts[0] == counts[1]


@settings(deadline=None)
@given(orders, orders)
def test_precision_and_recall_change_places_with_the_two_sides(one: list[Order], other: list[Order]) -> None:
    def counted(gold: list[Order], read: list[Order]) -> tuple[float, ...]:
        rows = [page_row("a.jpg", *(read_perfectly(written(order), "NFC") for order in read))]
        gold_page = GoldPage(image="a.jpg", medicines=tuple(map(written, gold)))
        return score_pages([gold_page], rows)[0].counts["name"]

    found, invented, missed = counted(one, other)
    assert counted(other, one) == (found, missed, invented)


def test_the_samples_read_by_the_grammar_from_their_own_lines() -> None:
    """What the scorer and the parser make of text without a reading error."""
    index = FormularyIndex(load_formulary())
    gold = load_gold(SAMPLES)
    rows = [
        page_row(
            each.image,
            *(found for medicine in each.medicines for found in medications_of_line(medicine.line, index)),
            page=each.page,
        )
        for each in gold
    ]
    found = values(score_pages(gold, rows))
    assert {name: value for name, value in found.items() if name.endswith("_f1")} == pytest.approx(
        dict.fromkeys((name for name in found if name.endswith("_f1")), 1.0)
    )


@pytest.mark.skipif(not REAL.exists(), reason=f"no gold reading at {REAL}: set NUSKHA_DATA")
def test_real_gold_and_what_needs_no_reading() -> None:
    gold = load_gold(REAL)
    assert sum(medicine.confident for each in gold for medicine in each.medicines) == 82
    nothing, commonest = (values(items) for items in baselines(gold).values())
    assert (nothing["name_f1"], nothing["page_exact"]) == (0.0, 0.0)
    assert commonest["name_f1"] < 0.1


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({}, "it is not an array of pages"),
        ([{"medicines": []}], "entry 1 has no image"),
        ([{"image": "a.jpg"}], "entry 1 has no medicines"),
        ([{"image": "a.jpg", "medicines": [{"line": "Tab"}]}], "medicine 1 of a.jpg has no drug"),
        ([{"image": "a.jpg", "medicines": []}] * 2, "page 1 of a.jpg occurs twice"),
    ],
)
def test_a_faulty_gold_file_says_where(tmp_path: Path, told: Any, fault: str) -> None:
    path = tmp_path / "gold.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(ValueError, match=f"^{fault}"):
        load_gold(path)


def test_a_gold_file_with_everything_in_it(tmp_path: Path) -> None:
    medicine = {
        "drug": "Onezol",
        "accept": ["Oneza", "Onezol"],
        "strength": 40,
        "frequency": "",
        "confident": False,
        "uncertain_fields": ["dose"],
        "note": "of no account",
    }
    told = [
        {"image": "a.pdf", "page": 2, "legibility": "hard", "printed_form": False, "medicines": [medicine]}
    ]
    path = tmp_path / "gold.json"
    path.write_text("\ufeff" + json.dumps(told), encoding="utf-8")
    [found] = load_gold(path)
    assert (found.image, found.page, found.legibility, found.printed_form) == ("a.pdf", 2, "hard", "no")
    [only] = found.medicines
    assert (only.names, only.confident) == (("Onezol", "Oneza"), False)
    assert only.unscored == frozenset({"dose"})
    assert (only.fields["strength"], only.fields["frequency"]) == ("40", None)


def test_a_form_that_gold_tells_as_a_route_is_not_scored(tmp_path: Path) -> None:
    medicine = {"drug": "Onezol", "route": "nebulisation"}
    told = [
        {"image": "a.jpg", "medicines": [medicine, medicine | {"form": "drops"}, medicine | {"route": "IV"}]}
    ]
    path = tmp_path / "gold.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    [found] = load_gold(path)
    assert [medicine.unscored for medicine in found.medicines] == [{"form"}, set(), set()]
