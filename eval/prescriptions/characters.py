"""Errors of a text read, in characters and words, and which characters were read for which.

A character is a grapheme cluster of Unicode (UAX #29): a letter with its marks, a Devanagari consonant with
its vowel sign, an emoji with all its parts. Texts are compared in NFC, with runs of white space as one blank
and without characters that are not seen: so the joiners ZWJ and ZWNJ are dropped, which in Indic scripts only
choose between two shapes of the same letters. A ZWJ after an emoji stays, for there it makes another picture.
Case counts.
"""

from collections import Counter
from typing import Final

import regex
from rapidfuzz.distance import Levenshtein

from multilingual.normalise import nfc

_CLUSTER: Final = regex.compile(r"\X")
_UNSEEN: Final = regex.compile(
    r"[\u200b\u200c\u2060\ufeff\u00ad]|(?<!\p{Extended_Pictographic}[\ufe0f\p{EMod}]?)\u200d"
)
_BLANKS: Final = regex.compile(r"\s+")
# A Han character is a word of its own: Chinese writes no blanks.
_WORD: Final = regex.compile(r"\p{Han}|(?:(?!\p{Han})\S)+")


def clusters(text: str) -> list[str]:
    """The characters of a text as they are compared."""
    found: list[str] = _CLUSTER.findall(_plain(text))
    return found


def words(text: str) -> list[str]:
    """The words of a text as they are compared: runs between blanks, and single Han characters."""
    found: list[str] = _WORD.findall(_plain(text))
    return found


def _plain(text: str) -> str:
    seen: str = _BLANKS.sub(" ", nfc(_UNSEEN.sub("", text)))
    return seen.strip()


def character_counts(read: str, gold: str) -> tuple[float, float]:
    """Errors (characters put in, left out, replaced), and how many characters gold has."""
    wanted = clusters(gold)
    return float(Levenshtein.distance(clusters(read), wanted)), float(len(wanted))


def word_counts(read: str, gold: str) -> tuple[float, float]:
    """Errors (words put in, left out, replaced), and how many words gold has."""
    wanted = words(gold)
    return float(Levenshtein.distance(words(read), wanted)), float(len(wanted))


def confusions(read: str, gold: str) -> Counter[str]:
    """Characters read for others, 'gold>read', and how often; an empty side tells of one put in or left out.

    It is one of the alignments with the fewest errors.
    """
    ours, wanted = clusters(read), clusters(gold)
    found: Counter[str] = Counter()
    for step in Levenshtein.editops(wanted, ours):
        lost = "" if step.tag == "insert" else wanted[step.src_pos]
        put = "" if step.tag == "delete" else ours[step.dest_pos]
        found[f"{lost}>{put}"] += 1
    return found
