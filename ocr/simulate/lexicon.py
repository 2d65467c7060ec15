"""Words of every language to mix into simulated texts, and what an alphabet's label may hold of a text."""

import re
import unicodedata
from functools import cache

from multilingual.normalise import nfc
from multilingual.word_lists import hindi_verb_forms, hindi_words, words
from ocr.simulate.words import alphabet

_LONGEST = 64  # characters of a text
_SPACES = re.compile(r"\s+")
_VERBS = 3  # every third form of the verbs is kept: they differ little


def cleaned(text: str) -> str:
    """`text` as a label: NFC, single spaces, only characters of the alphabet and Han; cut to whole words."""
    text = nfc(text)
    if not _known().issuperset(text):
        text = "".join(map(_replaced, text))
    text = _SPACES.sub(" ", text).strip()
    return text if len(text) <= _LONGEST else text[:_LONGEST].rsplit(" ", 1)[0]


def _replaced(letter: str) -> str:
    if letter in _known() or is_han(letter):
        return letter
    if letter.isspace():
        return " "
    base = unicodedata.normalize("NFKD", letter) if letter.isalpha() else ""
    return "".join(each for each in base if each in _known())


@cache
def _known() -> frozenset[str]:
    return frozenset(alphabet()) - {"〓"}


def is_devanagari(text: str) -> bool:
    """Whether any letter is Devanagari."""
    return any("\u0900" <= letter <= "\u097f" for letter in text)


def is_han(letter: str) -> bool:
    """Whether a letter is a Chinese character."""
    return "\u4e00" <= letter <= "\u9fff"


@cache
def english() -> tuple[str, ...]:
    """English words of every day."""
    return tuple(sorted(words("english_words.txt")))


@cache
def portuguese() -> tuple[str, ...]:
    """Portuguese words; those with accents twice, because they are what is hard to read."""
    found = sorted(words("portuguese_words.txt"))
    return (*found, *(word for word in found if not word.isascii()))


@cache
def roman_hindi() -> tuple[str, ...]:
    """Hindi words in Latin letters."""
    found = [word.roman for word in hindi_words()] + [roman for roman, _ in hindi_verb_forms()]
    return tuple(dict.fromkeys(found))


@cache
def hindi() -> tuple[str, ...]:
    """Hindi words in Devanagari; those with conjuncts twice."""
    found = [word.devanagari for word in hindi_words()]
    found += [form for _, form in hindi_verb_forms()[::_VERBS]]
    found = list(dict.fromkeys(map(nfc, (*found, *sorted(words("devanagari_words.txt"))))))
    return (*found, *(word for word in found if "्" in word))


@cache
def common_han() -> tuple[str, ...]:
    """The 3,755 characters of the first level of GB 2312."""
    codes = (bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    return tuple(code.decode("gb2312") for code in codes if code < b"\xd7\xfa")


@cache
def signs() -> tuple[str, ...]:
    """The alphabet without plain letters and digits, Devanagari and the sign for Han."""
    return tuple(
        sign
        for sign in alphabet()
        if sign not in "〓 " and not is_devanagari(sign) and not (sign.isascii() and sign.isalnum())
    )
