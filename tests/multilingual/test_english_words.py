"""Hinglish and Hindi messages with their words in English."""

import pytest

from multilingual.english_words import in_english_words
from multilingual.word_lists import hindi_in_english


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Meri beti ko 3 hafte se khansi hai", "My daughter ko 3 weeks se cough hai"),
        ("meri BETI ko khaansi hai", "my Daughter ko cough hai"),  # other spellings of the same words
        ("मेरी बेटी को बुखार है", "my daughter को fever है"),
        ("Mujhe bukhar ya dard nahi hai, khujli hai", "I no fever or no pain not hai, itching hai"),
        ("Thoda sa dard, ek daana", "A little sa pain, one pimple"),  # "sa" is not "shaam", evening
        ("Haalat kharab hai, doctor ne kaha", "Condition bad hai, doctor ne said"),  # not kareeb, kahan
        ("No fever tha, bina dard ke", "No fever tha, without pain ke"),
        ("Skin par rash aur itching hai", "Skin par rash and itching hai"),
        ("Paracetamol 500 mg li hai;\n\tdo din se.", "Paracetamol 500 mg li hai;\n\ttwo days se."),
        ("Is it an infection? No fever, no pain.", "Is it an infection? No fever, no pain."),
        ("Tenho dor de cabeça e não tenho febre", "Tenho dor de cabeça e não tenho febre"),
        ("我手上有红疹，没有发烧", "我手上有红疹，没有发烧"),
        ("", ""),
    ],
)
def test_in_english_words(message: str, expected: str) -> None:
    assert in_english_words(message) == expected


def test_no_spelling_stands_for_two_words() -> None:
    spellings = [spelling for _, row in hindi_in_english() for spelling in row]
    assert sorted(spellings) == sorted(set(spellings))


def test_each_spelling_is_found_in_a_message() -> None:
    wanted = [
        (spelling, (english or spelling).split()[0])
        for english, row in hindi_in_english()
        for spelling in row
    ]
    found = [(word, in_english_words(f"mujhe bahut {word} hai aur nahi").split()[2]) for word, _ in wanted]
    assert found == wanted
