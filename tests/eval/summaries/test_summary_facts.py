"""Facts of summaries, counted by hand, and what holds for any two texts."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.summaries.facts import check_sources, compare, f1, precision, recall

FOLDER = Path(__file__).with_name("cases")


def cases(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / name).read_text("utf-8").splitlines()]


PHRASES = [
    "Mujhe teen din se bukhar hai",
    "no itching",
    "itching",
    "a 34-year-old woman",
    "500 mg amoxicillin",
    "the antibiotic",
    "左膝疼痛",
    "没有发烧",
    "dor no braço direito há 2 semanas",
    "pain",
    "BP 140/90",
    "सिर में दर्द नहीं है",
]
messages = st.lists(st.sampled_from(PHRASES), max_size=4).map(". ".join)


@pytest.mark.parametrize("case", cases("facts.jsonl"), ids=lambda case: case["reason"])
def test_facts_counted_by_hand(case: dict[str, Any]) -> None:
    compared = compare(case["summary"], case["reference"])
    assert sorted(compared.lost) == sorted(case["lost"])
    assert sorted(compared.added) == sorted(case["added"])
    assert compared.counts["facts"] == tuple(case["facts"])


@pytest.mark.parametrize("case", cases("sources.jsonl"), ids=lambda case: case["reason"])
def test_inventions_counted_by_hand(case: dict[str, Any]) -> None:
    checked = check_sources(case["summary"], case["sources"], "en")
    assert list(checked.invented) == case["invented"]
    assert {name for name, (held, _) in checked.counts.items() if held} == set(case["held"])
    assert all(scored == 1 for _, scored in checked.counts.values())


def test_each_kind_is_counted_by_itself() -> None:
    counts = compare(
        "A man with pain in the left knee and no fever took 5 mg of prednisone for 2 days.",
        "A 40-year-old woman with pain in the right knee and no fever took 10 mg of prednisone for 2 days.",
    ).counts
    assert counts["facts_drug"] == counts["facts_duration"] == counts["facts_negation"] == (1, 1, 1, 1)
    assert counts["facts_number"] == counts["facts_side"] == counts["facts_sex"] == (0, 1, 0, 1)
    assert counts["facts_age"] == (0, 0, 0, 1)
    assert counts["facts_symptom"] == (2, 2, 2, 2)
    assert counts["facts_site"] == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("sums", "expected", "reason"),
    [
        ((3, 4, 2, 5), (0.75, 0.4, 2 * 0.75 * 0.4 / 1.15), "two ways of being right"),
        ((2, 4, 2, 5), (0.5, 0.4, 4 / 9), "right and kept alike: 2tp / (found + there)"),
        ((0, 0, 0, 5), (np.nan, 0.0, 0.0), "nothing found of what is there is a failure"),
        ((0, 3, 0, 0), (0.0, np.nan, 0.0), "all that was found is wrong"),
        ((0, 0, 0, 0), (np.nan, np.nan, np.nan), "nothing there and nothing found is not scored"),
    ],
)
def test_precision_recall_and_f1(sums: tuple[float, ...], expected: tuple[float, ...], reason: str) -> None:
    table = np.array(sums, dtype=float)
    found = [float(of(table)) for of in (precision, recall, f1)]
    assert found == pytest.approx(list(expected), nan_ok=True), reason


@settings(deadline=None)
@given(messages)
def test_a_text_tells_its_own_facts(text: str) -> None:
    compared = compare(text, text)
    assert compared.lost == compared.added == ()
    assert all(right == found == kept == there for right, found, kept, there in compared.counts.values())


@settings(deadline=None)
@given(messages, messages)
def test_precision_and_recall_change_places_with_the_texts(one: str, other: str) -> None:
    forth, back = compare(one, other), compare(other, one)
    assert (forth.lost, forth.added) == (back.added, back.lost)
    for name, (right, found, kept, there) in forth.counts.items():
        assert back.counts[name] == (kept, there, right, found)
        assert right <= found and kept <= there


@settings(deadline=None)
@given(messages, messages)
def test_composed_and_decomposed_texts_tell_the_same(one: str, other: str) -> None:
    composed, decomposed = (
        [unicodedata.normalize(form, text) for text in (one, other)] for form in ("NFC", "NFD")
    )
    assert compare(*composed) == compare(*decomposed)


@settings(deadline=None)
@given(messages, messages)
def test_all_kinds_add_up(one: str, other: str) -> None:
    """A negation is counted among the symptoms as well."""
    counts = compare(one, other).counts
    parts = [np.array(value) for name, value in counts.items() if name not in {"facts", "facts_negation"}]
    assert tuple(np.sum(parts, axis=0)) == counts["facts"]
    assert all(np.array(counts["facts_negation"]) <= np.array(counts["facts_symptom"]))
