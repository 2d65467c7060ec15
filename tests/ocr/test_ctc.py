"""Readings from the probabilities of a recogniser, against ones worked out by hand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ocr.ctc.readings import other_readings

CHARACTERS = ["", "a", "b", "c"]


def others(likelihoods: np.ndarray, limit: int = 5) -> tuple[str, ...]:
    return other_readings(likelihoods, likelihoods.argmax(axis=1), CHARACTERS, limit)


def columns(*rows: tuple[float, ...]) -> np.ndarray:
    return np.array(rows, np.float32)


def test_a_sure_line_has_no_other_reading() -> None:
    sure = columns((0, 1, 0, 0), (1, 0, 0, 0), (0, 0, 1, 0))
    assert others(sure) == ()


def test_other_readings_come_likeliest_first() -> None:
    """Of a|b then c: 'ac' is the best alignment; 'bc' has 0.3, the lone 'c' 0.1."""
    doubted = columns((0.1, 0.6, 0.3, 0), (0, 0, 0, 1))
    assert others(doubted) == ("bc", "c")
    assert others(doubted, 1) == ("bc",)


def test_alignments_of_one_text_are_summed() -> None:
    """The best alignment is two blanks (0.36); 'a' has 0.24 + 0.24 + 0.16 over its three alignments."""
    assert others(columns((0.6, 0.4, 0, 0), (0.6, 0.4, 0, 0))) == ("a",)


def test_a_letter_repeats_only_across_a_blank() -> None:
    doubled = columns((0, 1, 0, 0), (0.6, 0.4, 0, 0), (0, 1, 0, 0))
    assert others(doubled) == ("a",)  # the best alignment reads 'aa'


@given(arrays(np.float32, st.tuples(st.integers(0, 12), st.just(4)), elements=st.floats(0, 1, width=32)))
def test_readings_are_distinct_and_bounded(likelihoods: np.ndarray) -> None:
    found = others(likelihoods, 4)
    assert len(found) == len(set(found)) <= 4
    assert all(found)
