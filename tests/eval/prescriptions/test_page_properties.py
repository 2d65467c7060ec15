"""What must hold for all pages, and for the samples."""

import random
import unicodedata
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_medicines import gold_medicine, page_row, values

from eval.prescriptions.gold import GoldMedicine, GoldPage, load_gold
from eval.prescriptions.scoring import score_pages
from multilingual.clinical.formulary import load_formulary
from multilingual.clinical.formulary_index import FormularyIndex
from multilingual.clinical.grammar import parse_line
from ocr.medications import medications_of_line
from ocr.records import Medication, Schedule

SAMPLES = Path(__file__).parents[3] / "samples" / "gold.json"


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
