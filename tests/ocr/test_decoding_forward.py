"""Forward scores against sums worked out by hand, and against the sum over all alignments."""

import json
from itertools import groupby, product
from math import exp, inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from made_columns import CHARACTERS, columns_of

from multilingual.clinical.name_distance import names_of
from ocr.ctc.alphabet import letter_chances
from ocr.ctc.forward import forward_scores
from ocr.ctc.spans import align
from ocr.engines.base import Columns

CASES = json.loads((Path(__file__).parent / "cases" / "forward_scores.json").read_text("utf-8"))
LETTERS = 3
"""The blank and two letters."""


def score(chances: np.ndarray, text: list[int]) -> float:
    codes = np.array([text or [0]], np.intp)
    return float(forward_scores(chances, codes, np.array([len(text)]))[0])


def by_alignments(chances: np.ndarray, text: list[int]) -> float:
    """The sum over all alignments: what stays of one when repeats are joined and blanks left out."""
    total = 0.0
    for alignment in product(range(LETTERS), repeat=len(chances)):
        if [letter for letter, _ in groupby(alignment) if letter] == text:
            total += float(np.prod([chances[column, letter] for column, letter in enumerate(alignment)]))
    return total


@pytest.mark.parametrize("case", CASES, ids=[case["reason"] for case in CASES])
def test_hand_computed(case: dict[str, Any]) -> None:
    found = exp(score(np.array(case["columns"], float), case["text"]))
    assert found == pytest.approx(case["probability"], abs=case["tolerance"])


@given(
    arrays(np.float64, st.tuples(st.integers(1, 6), st.just(LETTERS)), elements=st.floats(0.01, 1)),
    st.lists(st.integers(1, LETTERS - 1), max_size=5),
)
def test_it_is_the_sum_over_all_alignments(chances: np.ndarray, text: list[int]) -> None:
    expected, found = by_alignments(chances, text), score(chances, text)
    assert exp(found) == pytest.approx(expected, rel=1e-9)
    assert (found == -inf) == (expected == 0)


@given(
    arrays(np.float64, st.tuples(st.integers(1, 8), st.just(LETTERS)), elements=st.floats(0.01, 1)),
    st.lists(st.lists(st.integers(1, LETTERS - 1), max_size=6), min_size=1, max_size=5),
)
def test_many_texts_at_once_are_each_alone(chances: np.ndarray, texts: list[list[int]]) -> None:
    longest = max(1, *map(len, texts))
    codes = np.array([text + [0] * (longest - len(text)) for text in texts])
    found = forward_scores(chances, codes, np.array([len(text) for text in texts]))
    assert found.tolist() == pytest.approx([score(chances, text) for text in texts])


def test_many_columns_do_not_underflow() -> None:
    assert score(np.full((4000, LETTERS), 1e-3), [1, 2]) < -20000


@given(st.text("abcXYZ", min_size=1, max_size=8))
def test_case_does_not_count(text: str) -> None:
    lower, upper = (letter_chances(columns_of(each)) for each in (text.lower(), text.upper()))
    assert np.allclose(lower, upper)
    names = names_of([text.lower(), text.upper()])
    first, second = forward_scores(lower, names.codes, names.lengths)
    assert first == pytest.approx(second)


@pytest.mark.parametrize("written", ["pan-d", "pan d", "pan.d", "pand"])
def test_signs_and_spaces_do_not_count(written: str) -> None:
    names = names_of(["pand"])
    (found,) = forward_scores(letter_chances(columns_of(written)), names.codes, names.lengths)
    assert exp(found) > 0.5


@given(
    arrays(
        np.float32,
        st.tuples(st.integers(1, 20), st.just(len(CHARACTERS))),
        elements=st.floats(0, 1, width=32),
    )
)
def test_letters_share_out_what_the_classes_have(chances: np.ndarray) -> None:
    found = letter_chances(Columns(chances, CHARACTERS))
    assert np.allclose(found.sum(axis=1), chances.sum(axis=1), rtol=1e-5)


@given(st.text("abAB 1-", min_size=1, max_size=12))
def test_each_character_of_a_reading_has_its_columns(text: str) -> None:
    alignment = align(columns_of(text), text)
    assert alignment.text == " ".join(text.split()) or alignment.text.strip() == " ".join(text.split())
    for place, character in enumerate(alignment.text):
        span = alignment.span_of(character, place)
        assert span is not None
        within = Columns(alignment.columns.chances[span], CHARACTERS)
        assert align(within, character).text.strip() == character.strip()


def test_a_span_is_the_one_that_is_nearest() -> None:
    alignment = align(columns_of("abc abc"), "abc abc")
    first, second = alignment.span_of("abc"), alignment.span_of("abc", 5)
    assert (first, second) == (slice(0, 6), slice(7, 14))
    assert alignment.span_of("abd") is None
    assert alignment.word_around("b", 4) == "abc"


def test_the_sign_for_any_chinese_character_is_no_part_of_a_reading() -> None:
    assert align(columns_of("ab〓 〓c"), "ab c").text == "ab c"


def test_a_reading_that_is_not_the_best_path_has_its_columns_too() -> None:
    """In the columns of "abc" an "ac" has its c where the c is; what can't stand there is given up."""
    columns = columns_of("abc")
    columns.chances[:] = np.maximum(columns.chances, 1e-4)
    alignment, whole = align(columns, "ac"), align(columns, "abc")
    assert alignment.text == "ac"
    assert alignment.first == (whole.first[0], whole.first[2])
    assert alignment.last == (whole.last[0], whole.last[2])
    for text in ("", "aॐ", "abc" * 9):
        assert align(columns, text).text == "abc"
