"""Fields compared by what they mean: cases decided by hand, and what must hold for all."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_medicines import cases, gold_medicine, medication

from eval.prescriptions.fields import (
    FIELDS,
    amounts_of,
    days_of,
    fields_of_gold,
    fields_of_row,
    is_same,
    regimen_of,
    same_regimen,
    same_strength,
    shown,
)
from eval.prescriptions.gold import load_gold

DATA = Path(os.environ.get("NUSKHA_DATA", Path(__file__).parents[4] / "shared" / "data"))
GOLD = DATA / "prescriptions" / "pages" / "dev_gold.json"
STRENGTHS = ("500 mg", "0.5 g", "500", "75 mcg", "50/1000", "125 mg/5 ml", "25 mg/ml", "60K IU", "1%", "mite")
FREQUENCIES = (
    "BD",
    "1-0-1",
    "0-0-1",
    "HS",
    "SOS",
    "STAT",
    "q8h",
    "once a week",
    "每日三次",
    "subah shaam",
    "zzq",
)


@pytest.mark.parametrize("case", cases("fields"), ids=lambda case: f"{case['field']}: {case['reason'][:40]}")
def test_cases_decided_by_hand(case: dict[str, Any]) -> None:
    told = fields_of_gold(gold_medicine(case["gold"]))
    read = fields_of_row(asdict(medication(case["read"])))
    assert is_same(case["field"], told, read) is case["same"], case["reason"]


@pytest.mark.parametrize("one", STRENGTHS)
@pytest.mark.parametrize("other", STRENGTHS)
def test_strengths_compare_the_same_both_ways(one: str, other: str) -> None:
    assert same_strength(one, other) is same_strength(other, one)
    assert same_strength(one, one)


@pytest.mark.parametrize("one", FREQUENCIES)
@pytest.mark.parametrize("other", FREQUENCIES)
def test_frequencies_compare_the_same_both_ways(one: str, other: str) -> None:
    ours, theirs = regimen_of(one), regimen_of(other)
    assert same_regimen(ours, theirs) is same_regimen(theirs, ours)
    assert same_regimen(ours, ours)


@settings(deadline=None)
@given(st.text(min_size=1, max_size=30))
def test_no_text_of_a_field_defeats_the_comparison(text: str) -> None:
    told = fields_of_gold(
        gold_medicine(dict.fromkeys(("form", "strength", "dose", "frequency", "duration"), text))
    )
    for field in FIELDS:
        assert is_same(field, told, told)
        assert shown(field, told)


def test_a_frequency_without_its_text_is_spelled_out() -> None:
    for fields, words in (
        ({"times_per_day": 2.0}, "2 times a day"),
        ({"once": True}, "once"),
        ({"as_needed": True}, "as needed"),
        ({"schedule": [1, 0, 0, 1]}, "by time of day"),
        ({}, "nothing"),
    ):
        assert shown("frequency", fields_of_row(asdict(medication(fields)))) == words


@pytest.mark.skipif(not GOLD.exists(), reason=f"no gold reading at {GOLD}: set NUSKHA_DATA")
def test_the_fields_of_real_gold_are_understood() -> None:
    """All strengths and frequencies; of the durations all but one, a number of doses ("x 2")."""
    medicines = [medicine for page in load_gold(GOLD) for medicine in page.medicines]
    strengths = [m.fields["strength"] for m in medicines if m.fields["strength"]]
    frequencies = [(m.fields["frequency"], m.fields["dose"]) for m in medicines if m.fields["frequency"]]
    durations = [m.fields["duration"] for m in medicines if m.fields["duration"]]
    assert sum(not amounts_of(strength) for strength in strengths) == 0
    assert sum(not regimen_of(frequency, dose).is_understood for frequency, dose in frequencies) == 0
    assert sum(days_of(duration) is None for duration in durations) == 1
