"""What the lexicon of Hinglish and English says is untold, and how one is learnt."""

import pytest

from multilingual.train_word_pairs import Texts, lexicon
from multilingual.word_pairs import english_stems, message_words, untold_words

RASH = "Mere haath par laal daane hain aur khujli hoti hai, do din se bukhar bhi hai."


@pytest.mark.parametrize(
    ("english", "message", "untold"),
    [
        ("Itchy red rash on the hand with fever", RASH, ()),
        ("Itchy red rash on the leg with fever", RASH, ("leg",)),
        ("A dry rash, a cold and a dry tongue", RASH, ("dry", "cold", "tongue")),
        ("What could be the cause of itching?", RASH, ()),  # how it is asked need not be told
        ("Why is there a fever for two days?", "मुझे दो दिन से बुखार है", ()),
        ("Why is the eye swollen?", "मुझे दो दिन से बुखार है", ("eye", "swollen")),
        ("Is the RASH spreading?", "Skin par rash spread ho raha hai", ()),  # English in the message
        ("Ridden by elephants", RASH, ("ridden", "elephants")),  # rare words: the lexicon lacks them
        ("Ridden by elephants", "Do you know elephant riding? Ridden nahi.", ()),
        ("An incidental finding", "MRI mein insidental finding mili", ()),  # misspelt in the message
        ("Does an unpleasant red rash need treatment?", RASH, ("unpleasant",)),
        ("Does the red rash need treatment?", RASH, ()),  # "treatment" is usual, and asks
        ("A sudden rash that worsens and recurs", "Daane hain.", ("worsens", "recurs", "sudden")),
        ("A sudden rash that worsens and recurs", f"{RASH} Achanak hua, phir se badh raha hai.", ()),
        ("A sudden, spreading rash", "दाने अचानक हुए और फैल रहे हैं", ()),
        ("A rash with a history of fever", RASH, ("history",)),
        ("A rash with a history of fever", f"{RASH} Bukhar saal pehle bhi hua tha.", ()),
        ("A patient with CAPD and a lump of the Adam's apple", "CAPD hai, Adam's apple par gaanth", ()),
        ("A maybe-bug of the eczema-like kind", "rash-maybe eczema-hua hai", ()),
        ("", RASH, ()),
        ("A rash", "", ("rash",)),
    ],
)
def test_untold_words(english: str, message: str, untold: tuple[str, ...]) -> None:
    assert untold_words(english, [message]) == untold


def test_any_source_may_tell() -> None:
    assert untold_words("A fever and a rash", ["Mujhe bukhar hai.", "Notes: rash."]) == ()


def test_spellings_and_scripts_of_a_word_are_one() -> None:
    assert message_words("khujlee") & message_words("khujli") & message_words("खुजली")
    assert english_stems("Swollen rashes, itching!") == ["swollen", "rash", "itch"]


def test_pairs_are_learnt_from_what_stands_beside_each_other() -> None:
    """Twelve messages of each of six complaints, with the words of the English in another order."""
    told = {"bukhar": "fever", "khansi": "cough", "dard": "pain", "khujli": "itch", "chakkar": "vertigo"}
    pairs = [
        (frozenset({"mujhe", one, other}), frozenset({"what", english, told[other]}))
        for one, english in told.items()
        for other in told
        for _ in range(6)
        if other != one
    ]
    learnt = lexicon(Texts(pairs, []))
    assert {word: found & told.keys() for word, found in learnt.items()} == {
        english: {hindi} for hindi, english in told.items()
    }


def test_a_word_that_is_mostly_untold_is_left_out() -> None:
    """Half of the summaries name what no word of their message tells: a picture, perhaps."""
    messages = [frozenset({f"word{number}", "mujhe", "dard"}) for number in range(40)]
    pairs = [
        (message, frozenset({"pain", *(["edema"] if number % 2 else [])}))
        for number, message in enumerate(messages)
    ]
    assert set(lexicon(Texts(pairs, []))) <= {"pain"}
