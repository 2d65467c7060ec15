"""Language, length and repetition of summaries, counted by hand."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.summaries.readability import in_target, readability

CASES = [
    json.loads(line)
    for line in Path(__file__)
    .with_name("cases")
    .joinpath("readability.jsonl")
    .read_text("utf-8")
    .splitlines()
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["reason"])
def test_cases_counted_by_hand(case: dict[str, Any]) -> None:
    counts = readability(case["summary"])
    assert in_target(case["summary"], case["target"]) is case["in_target"]
    assert counts["length"] == (case["length"], 1)
    assert counts["sentence_length"] == (case["length"], case["sentences"])
    if case["repetition"] is None:
        assert "repetition" not in counts
    else:
        assert counts["repetition"] == pytest.approx((case["repetition"], 1))


@settings(deadline=None)
@given(st.text(max_size=60))
def test_composed_and_decomposed_texts_read_the_same(text: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert readability(composed) == readability(decomposed)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["dor", "दर्द", "疼", "fever"]), min_size=3, max_size=12).map(" ".join))
def test_a_text_said_twice_repeats_itself(text: str) -> None:
    once, twice = readability(text)["repetition"][0], readability(f"{text} {text}")["repetition"][0]
    assert 0 <= once <= twice < 1
    assert twice > 0
