"""Characters and words: cases counted by hand, and what must hold for every two texts."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_medicines import cases

from eval.prescriptions.characters import character_counts, clusters, confusions, word_counts, words

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
lines = st.text(st.sampled_from("aé5 -टकि्ँ每日👍🏽❤\ufe0f" + INVISIBLE), max_size=20) | st.text(max_size=20)


@pytest.mark.parametrize("case", cases("characters"), ids=lambda case: case["reason"][:40])
def test_cases_counted_by_hand(case: dict[str, Any]) -> None:
    read, gold = case["read"], case["gold"]
    assert character_counts(read, gold) == tuple(case["characters"]), case["reason"]
    assert word_counts(read, gold) == tuple(case["words"]), case["reason"]
    assert confusions(read, gold) == case.get("confusions", confusions(read, gold)), case["reason"]


@settings(deadline=None)
@given(lines)
def test_a_text_has_no_errors_against_itself_in_any_normal_form(text: str) -> None:
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert character_counts(composed, decomposed) == (0.0, len(clusters(text)))
    assert word_counts(composed, decomposed) == (0.0, len(words(text)))
    assert not confusions(composed, decomposed)


@settings(deadline=None)
@given(lines, lines)
def test_errors_are_the_same_both_ways_and_no_more_than_there_are_characters(one: str, other: str) -> None:
    for counts, parts in ((character_counts, clusters), (word_counts, words)):
        (errors, size), (back, _) = counts(one, other), counts(other, one)
        assert errors == back
        assert size == len(parts(other))
        assert abs(len(parts(one)) - size) <= errors <= max(len(parts(one)), size)


@settings(deadline=None)
@given(lines, lines)
def test_confusions_are_the_errors(one: str, other: str) -> None:
    assert confusions(one, other).total() == character_counts(one, other)[0]


@settings(deadline=None)
@given(st.text(st.sampled_from("aé5 टकि्每日"), max_size=20), st.sampled_from(INVISIBLE), st.integers(0, 20))
def test_what_is_not_seen_does_not_count(text: str, sign: str, place: int) -> None:
    assert character_counts(text[:place] + sign + text[place:], text)[0] == 0
