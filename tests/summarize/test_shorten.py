"""Texts too long for a model, reduced to what tells most."""

import random
from collections.abc import Sequence

import pytest
from growth import growth
from hypothesis import given, settings
from hypothesis import strategies as st

from summarize.shorten import shorten

FILLER = ["We went to the market.", "The weather was nice.", "My cousin came by.", "Then we all had tea.",
          "Our street is long.", "He likes cricket a lot."]  # fmt: skip
QUESTION = "Should I get an X-ray of the chest?"
FACTS = "I take metformin 500 mg and have had a cough and fever for three weeks."
FIRST = "I am writing about my mother."


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def characters(texts: Sequence[str]) -> list[int]:
    return [len(text) for text in texts]


def long_text(filler: int, seed: int = 1) -> str:
    chance = random.Random(seed)
    told = [f"{chance.choice(FILLER)[:-1]} on day {place}." for place in range(filler)]
    told[filler // 3 : filler // 3] = [FACTS]
    told[2 * filler // 3 : 2 * filler // 3] = [QUESTION]
    return " ".join([FIRST, *told])


def test_the_telling_sentences_stay_in_order() -> None:
    shorter = shorten(long_text(300), 40, words)
    assert len(shorter.text.split()) <= 40
    places = [shorter.text.find(sentence) for sentence in (FIRST, FACTS, QUESTION)]
    assert -1 not in places and places == sorted(places)
    assert (shorter.of, shorter.kept < shorter.of) == (303, True)


def test_nothing_is_reworded_and_room_is_used() -> None:
    text = long_text(60)
    shorter = shorten(text, 200, words)
    assert 160 <= len(shorter.text.split()) <= 200
    assert all(f"{sentence}." in text for sentence in shorter.text.rstrip("?.").split(". ")[:5])


def test_what_is_said_again_comes_last() -> None:
    text = "Please help me quickly. " * 50 + "The cough began in May. It is worse at night."
    shorter = shorten(text, 20, words)
    assert "cough began in May" in shorter.text and "worse at night" in shorter.text


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["dard " * 20_000, "疼" * 100_000, "我咳嗽，喉咙痛，" * 12_000, "a" * 100_000, "द" * 100_000]
)
def test_a_single_enormous_sentence_is_cut_into_pieces(text: str) -> None:
    shorter = shorten(text, 900, characters)
    assert 0 < len(shorter.text) <= 900 and shorter.of > shorter.kept > 0


def test_a_long_query_takes_no_longer_than_its_length_warrants() -> None:
    assert len(long_text(3500)) > 100_000
    assert growth(lambda sentences: shorten(long_text(sentences), 700, words), 350, 3500) < 40


def test_the_same_query_is_shortened_the_same_way() -> None:
    assert shorten(long_text(350), 700, words) == shorten(long_text(350), 700, words)


def test_nothing_fits_into_no_room() -> None:
    assert shorten("Help me.", 0, words).text == ""
    assert shorten("", 10, words).text == ""


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=400), st.integers(0, 60))
def test_never_more_than_there_is_room_for(text: str, most: int) -> None:
    shorter = shorten(text, most, characters)
    assert len(shorter.text) <= most
    assert shorter.kept <= shorter.of
