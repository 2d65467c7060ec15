"""The model of characters against chances worked out by hand, and what a doubted word is read as with it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multilingual.unavailable import EngineUnavailable
from ocr.ctc.character_model import (
    EDGE,
    LETTERS,
    START,
    SYMBOLS,
    CharacterModel,
    letter_of,
    shipped_characters,
)
from ocr.ctc.readings import likeliest_path, spelled_readings
from ocr.engines import make_engine
from ocr.train.characters import counted

A, B, C = map(LETTERS.index, "abc")
CLASSES = ("", *LETTERS, "0", "6", " ")


def following(model: CharacterModel, context: tuple[int, ...]) -> np.ndarray:
    return np.exp(model.log_chances(context))


def test_chances_by_hand() -> None:
    """Of "ab" thrice and "ac" once, pairs of symbols: behind a stood two kinds of letters, four times."""
    model = counted({"ab": 3.0, "ac": 1.0}, order=2)
    alone = {A: 4.0, B: 3.0, C: 1.0, EDGE: 4.0}  # twelve symbols of four kinds
    chances = following(model, (EDGE, A))
    for symbol, behind in ((B, 3.0), (C, 1.0), (A, 0.0)):
        smoothed = (alone[symbol] + 4 / SYMBOLS) / (12 + 4)
        assert chances[symbol] == pytest.approx((behind + 2 * smoothed) / (4 + 2))


def test_no_words_leave_every_letter_alike() -> None:
    assert following(counted({}), START) == pytest.approx(np.full(SYMBOLS, 1 / SYMBOLS))


@given(st.lists(st.text("abcxyz", min_size=1, max_size=9), max_size=6), st.text("abcq", max_size=9))
def test_chances_sum_to_one(words: Sequence[str], context: str) -> None:
    model = counted(dict.fromkeys(words, 1.0))
    assert following(model, (EDGE, *map(LETTERS.index, context))).sum() == pytest.approx(1)


def test_case_and_accents_make_no_other_letter() -> None:
    assert [letter_of(each) for each in "aAáÃ"] == [A] * 4
    assert [letter_of(each) for each in ("क", "1", " ", "-", "½", "")] == [None] * 6


def test_a_saved_model_is_the_same(tmp_path: Path) -> None:
    model = counted({"paracetamol": 1.7, "parafon": 2.3, "zole": 60_000.0})
    model.save(tmp_path / "characters.npz")
    loaded = CharacterModel.load(tmp_path / "characters.npz")
    for context in (START, (EDGE, *map(LETTERS.index, "para"))):
        assert following(loaded, context) == pytest.approx(following(model, context))


@pytest.mark.parametrize("held", [b"", b"no archive", b"PK\x03\x04 cut off"])
def test_an_engine_says_which_file_is_no_model(tmp_path: Path, held: bytes) -> None:
    file = tmp_path / "broken.npz"
    file.write_bytes(held)
    with pytest.raises(EngineUnavailable, match=r"characters.*broken\.npz"):
        make_engine("nuskha", {"characters": str(file)})


def columns(*rows: dict[str, float]) -> np.ndarray:
    """A column for each row, which tells the chances of characters; "" is the blank."""
    found = np.zeros((len(rows), len(CLASSES)), np.float32)
    for row, chances in zip(found, rows, strict=True):
        for character, chance in chances.items():
            row[CLASSES.index(character)] = chance
    return found


def spelled(seen: np.ndarray, words: Sequence[str]) -> tuple[str, ...]:
    model = counted(dict.fromkeys(words, 1.0))
    return spelled_readings(seen, seen.argmax(axis=1), CLASSES, model, 8)


AZ = ({"a": 1.0}, {"": 1.0}, {"z": 1.0})
DOUBTED = columns(*AZ, {"u": 0.6, "o": 0.4})


def test_spelling_decides_between_letters_in_doubt() -> None:
    assert spelled(DOUBTED, ["azo"])[:2] == ("azo", "azu")
    assert spelled(DOUBTED, ["azu"])[:2] == ("azu", "azo")


def test_letters_that_were_seen_clearly_stand() -> None:
    assert spelled(columns(*AZ, {"u": 0.99, "o": 0.01}), ["azo"]) == ("azu",)


def test_spelling_weighs_words_not_figures() -> None:
    """A figure is as its columns say, and the word behind it begins anew."""
    seen = columns({"6": 0.6, "0": 0.4}, {" ": 1.0}, {"a": 0.55, "c": 0.45}, {"": 1.0}, {"b": 1.0})
    assert spelled(seen, ["cb"])[0] == "6 cb"


def test_a_letter_by_itself_is_a_sign_and_no_word() -> None:
    """As x in "x 5 days" is: whatever words begin with, it is as its column says."""
    seen = columns({"x": 0.55, "6": 0.45}, {" ": 1.0}, {"6": 1.0})
    assert spelled(seen, ["abc"])[0] == "x 6"


def test_the_shipped_model_knows_what_medicines_are_called() -> None:
    """Of a name that no list holds the endings of medicines are likelier than letters at random."""
    score = shipped_characters().log_chance
    assert score("brixazole") > score("brixazule") > score("brixazqle")


def test_a_text_is_as_likely_as_its_words() -> None:
    score = shipped_characters().log_chance
    assert score("Tab. Dolo-650") == pytest.approx(score("tab") + score("dolo"))
    assert score("650") == 0


def test_the_likeliest_path_by_hand() -> None:
    """a takes two columns of four, the blank between two letters alike one."""
    seen = columns({"a": 0.9, "": 0.1}, {"a": 0.6, "": 0.4}, {"": 0.9, "a": 0.1}, {"a": 0.8, "": 0.2})
    a = CLASSES.index("a")
    assert likeliest_path(seen, [a, a]) == [(0, 1), (3, 3)]
    assert likeliest_path(seen, [a]) == [(0, 1)]
    assert likeliest_path(seen[:2], [a, a]) is None
