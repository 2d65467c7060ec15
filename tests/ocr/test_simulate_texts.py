"""Texts to train on: which characters they hold, that hands can write them, and how they are mixed."""

import unicodedata
from collections import Counter
from itertools import islice

import numpy as np
import pytest

from ocr.simulate.devanagari import invented_word
from ocr.simulate.doctors import Script, simulated_doctor
from ocr.simulate.lexicon import cleaned, common_han, hindi, is_devanagari, is_han, signs
from ocr.simulate.phrases import titled
from ocr.simulate.texts import Text, alphabet, training_texts
from ocr.simulate.words import lines

NAMES = ("Augmentin 625 Duo Tablet", "DOLO 650 TAB", "Pan-D Capsule", "Ascoril LS Syrup", "Moxicip Eye Drops")
FAMILIES = ("Augmentin", "DOLO", "Pan-D", "Ascoril", "Moxicip")
COUNT = 20_000
SHARES: dict[Script, tuple[float, float]] = {
    "latin": (0.80, 0.84),
    "devanagari": (0.09, 0.11),
    "print": (0.04, 0.06),
    "han": (0.02, 0.04),
}


def texts(seed: int, count: int, names: tuple[str, ...] = NAMES, words: tuple[str, ...] = ()) -> list[Text]:
    return list(islice(training_texts(names, np.random.default_rng(seed), words), count))


@pytest.fixture(scope="module")
def many() -> list[Text]:
    return texts(1, COUNT)


def test_the_alphabet_is_one_of_nfc_characters_with_the_space_last() -> None:
    letters = alphabet()
    assert letters[-2:] == ("〓", " ")
    assert len(set(letters)) == len(letters) <= 330
    assert all(len(letter) == 1 and unicodedata.normalize("NFC", letter) == letter for letter in letters)
    wanted = "azAZ09ãõçÀÊ½¼¾⅓→↑↓×°µ①⑳₹कक्षज़ऋॐ०९।"
    assert set(wanted) <= set(letters)


def test_texts_hold_the_alphabet_alone(many: list[Text]) -> None:
    letters = frozenset(alphabet()) - {"〓"}
    for each in many:
        others = set(each.text) - letters
        assert all(map(is_han, others)), each
        assert each.script == "han" or not others


def test_texts_are_labels_as_they_stand(many: list[Text]) -> None:
    for each in many:
        assert each.text == unicodedata.normalize("NFC", each.text) == " ".join(each.text.split())
        assert 0 < len(each.text) <= 64


def test_all_letters_of_the_alphabet_are_learnt() -> None:
    held = Counter("".join(each.text for each in texts(2, 60_000)))
    assert set(alphabet()) - set(held) == {"〓"}
    assert min(held[letter] for letter in "½¼¾→↑↓°①⑤ãçéàÁÉz0क़़्।०९") >= 5


def test_shares_of_scripts(many: list[Text]) -> None:
    counts = Counter(each.script for each in many)
    assert all(low <= counts[script] / COUNT <= high for script, (low, high) in SHARES.items()), counts
    assert all(is_devanagari(each.text) for each in many if each.script == "devanagari")


def test_half_of_the_texts_are_names_and_orders_of_the_user() -> None:
    found = [each.text.casefold() for each in texts(3, 4000)]
    named = sum(any(family.casefold() in text for family in FAMILIES) for text in found)
    assert named / 4000 > 0.35
    assert {"pan-d", "pan-d capsule"} <= set(found)  # a word, and a product


def test_names_that_no_list_has_are_written() -> None:
    words = {word for name in NAMES for word in name.casefold().split()}
    short = [each.text for each in texts(5, 4000) if each.text.isalpha() and each.text.isascii()]
    beginnings = tuple(family[:3].casefold() for family in FAMILIES)
    invented = [
        word for word in short if word.casefold().startswith(beginnings) and word.casefold() not in words
    ]
    assert len(set(map(str.casefold, invented))) > 30


def test_names_in_capitals_are_written_as_doctors_do() -> None:
    assert titled("DOLO-MF 650 TAB") == "Dolo-MF 650 Tab"
    assert titled("pan-D telma AM") == "Pan-D Telma AM"


def test_words_given_are_used() -> None:
    words = ("zzyzx", "अपरिचितशब्द")
    found = {word for each in texts(6, 3000, words=words) for word in each.text.casefold().split()}
    assert set(words) <= found


def test_hands_can_write_them(many: list[Text]) -> None:
    doctors = {script: [simulated_doctor(seed, script) for seed in range(4)] for script in SHARES}
    unwritten = [
        each for index, each in enumerate(many) if not doctors[each.script][index % 4].can_write(each.text)
    ]
    assert len(unwritten) / COUNT < 0.002, unwritten


def test_the_same_seed_gives_the_same_texts() -> None:
    assert texts(7, 500) == texts(7, 500)
    assert texts(7, 500) != texts(8, 500)


def test_without_a_name_there_is_nothing_to_write() -> None:
    with pytest.raises(ValueError, match="no names"):
        next(training_texts(("", "  ", "wrongly decodedâ€™"), np.random.default_rng(0)))


def test_strange_letters_of_a_name_are_replaced() -> None:
    assert cleaned(" Dolo\u00a0650\u200b  \u0421 Ōmēga ﬁber\t") == "Dolo 650 Omega fiber"
    assert cleaned("a" * 30 + " " + "b" * 40) == "a" * 30


def test_invented_words_are_devanagari_and_new() -> None:
    random = np.random.default_rng(1)
    found = [cleaned(invented_word(random)) for _ in range(2000)]
    assert all(is_devanagari(letter) for word in found for letter in word)
    assert len(set(found)) > 1500
    assert len(set(found) & set(hindi())) < 200
    assert sum("्" in word for word in found) > 400
    assert all("्" in conjunct for conjunct in lines("conjuncts"))


def test_lists_behind_the_texts() -> None:
    assert len(common_han()) == 3755
    assert all(map(is_han, common_han()))
    assert {"½", "→", "ç", "①"} <= set(signs())
    assert {"a", "5", "क", " "}.isdisjoint(signs())
