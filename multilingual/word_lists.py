"""The word lists in `data/`, as sets and tables. A line that begins with "#" says what stands below it."""

import csv
import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

DATA = files("multilingual").joinpath("data")
ENGLISH_WORDS = "hindi_in_english.txt"


class HindiWord(NamedTuple):
    """A Hindi word: its normal spelling in Latin letters, in Devanagari, and other Latin spellings."""

    roman: str
    devanagari: str
    variants: tuple[str, ...]


def lines(name: str) -> list[list[str]]:
    """The words of each line of a list; comments and empty lines are left out."""
    text = DATA.joinpath(name).read_text("utf-8")
    return [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]


@cache
def words(name: str) -> frozenset[str]:
    """All words of a list, as they are written."""
    return frozenset(word for line in lines(name) for word in line)


@cache
def hindi_words() -> tuple[HindiWord, ...]:
    """The Hindi lexicon in the order of the file: the closed classes first."""
    return tuple(
        HindiWord(roman, devanagari, tuple(variants))
        for roman, devanagari, *variants in lines("hindi_words.txt")
    )


@cache
def hindi_in_english() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """English words and the spellings that they stand for; no English for spellings that stay as they are."""
    rows = ((line, line.index("=")) for line in lines(ENGLISH_WORDS))
    return tuple((" ".join(line[:place]), tuple(line[place + 1 :])) for line, place in rows)


@cache
def hindi_verb_forms() -> tuple[tuple[str, str], ...]:
    """The forms of the verb stems: (Latin letters, Devanagari)."""
    table = tomllib.loads(DATA.joinpath("hindi_verbs.toml").read_text("utf-8"))
    return tuple(
        (stem + ending, devanagari + devanagari_ending)
        for stem, devanagari in table["stems"].items()
        for ending, devanagari_ending in table["vowel" if _ends_in_vowel(devanagari) else "consonant"].items()
    )


def _ends_in_vowel(devanagari: str) -> bool:
    return devanagari[-1] in "अआइईउऊएऐओऔािीुूेैोौ"


@cache
def shared_words() -> dict[str, tuple[float, ...]]:
    """Words of several languages: how often each occurs in en, hi and pt, in 100,000 words."""
    rows = csv.reader(DATA.joinpath("shared_words.csv").read_text("utf-8").splitlines())
    next(rows)
    return {word: tuple(map(float, rates)) for word, *rates in rows}
