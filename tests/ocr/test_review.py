"""What is doubtful is marked, with the reason; what is clear is not."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from multilingual.clinical.formulary import load_formulary
from multilingual.clinical.formulary_index import FormularyIndex
from ocr.engines.base import Fragment
from ocr.medications import medications_of_line, read_prescription
from ocr.records import TextLine

EXACT = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases" / "exact_names.jsonl").read_text("utf-8").splitlines()
]
"""Lines whose name is one of the formulary's, beside a strength or a form that a name near it comes in."""


@pytest.fixture(scope="module")
def index() -> FormularyIndex:
    return FormularyIndex(load_formulary())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Tab Dolo 6500 1-0-1", "does not come in 6500"),
        ("Inj Dolo 650 stat", "does not come as injection"),
        ("Tab Pan 40 BD 1-0-0", "frequency and times of day disagree"),
        ("Tab Pan 40 7-0-1", "unusual amount at once: 7"),
        ("Tab Dolo Slmg BD", "strength could not be read"),
        ("Tab Dolo 650", "no frequency read"),
        ("Tab Qwvrtz 5 mg OD", "name not in the formulary"),
        ("Tab Losartan 50 mg OD", "looks like valsartan"),
    ],
)
def test_doubt_is_marked(text: str, reason: str, index: FormularyIndex) -> None:
    [found] = medications_of_line(text, index)
    assert found.needs_review
    assert reason in found.review_reasons


@pytest.mark.parametrize(
    "text",
    [
        "Tab Dolo 650 1-0-1 x 5 days",
        "Cap Omez 20 mg OD before breakfast",
        "Syp Ascoril 5 ml 5-0-5",
        "Tab Shelcal 500 mg OD",
        "Tab Dolo 650 SOS",
        "Inj Voveran stat",
    ],
)
def test_what_is_clear_is_not(text: str, index: FormularyIndex) -> None:
    [found] = medications_of_line(text, index)
    assert (found.needs_review, found.review_reasons) == (False, ())


@pytest.mark.parametrize("case", EXACT, ids=lambda case: f"{case['drug']}, {case['marked']}")
def test_a_strength_that_another_comes_in_marks_the_name_and_does_not_change_it(
    case: dict[str, Any], index: FormularyIndex
) -> None:
    [found] = medications_of_line(case["line"], index)
    assert found.drug == case["drug"], case["reason"]
    assert case["alternative"] in found.alternatives, case["reason"]
    refuted = [reason for reason in found.review_reasons if reason.startswith("does not come")]
    assert (case["marked"] in refuted) if case["marked"] else refuted == [], case["reason"]
    assert found.needs_review


def test_another_reading_that_the_strength_speaks_for_does_not_replace_an_exact_one(
    index: FormularyIndex,
) -> None:
    read = TextLine("Tab Prednisone 40 mg OD", 0.8, (0, 0, 400, 0, 400, 40, 0, 40))
    doubted = replace(read, alternatives=("Tab Prednisolone 40 mg OD",))
    [found] = read_prescription([Fragment(doubted)], index).medications
    assert (found.drug, found.alternatives[0]) == ("Prednisone", "Prednisolone")
    assert "does not come in 40 mg" in found.review_reasons
