"""Devanagari for words in Latin letters that no lexicon holds: the likeliest spelling of those allowed.

Latin letters are ambiguous ("t" is त or ट, "a" is अ, आ or not spoken); `data/letters.toml` holds the choices,
and a trigram model of the letters of Devanagari words (our lexicon's and TICO-19's, CC0) chooses, by a beam
search.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from heapq import nlargest
from math import log
from typing import NamedTuple

from multilingual.word_lists import DATA, hindi_verb_forms, hindi_words, words
from multilingual.word_model import written

_VIRAMA = "\u094d"
_INHERENT = "अ"
_EDGE = "|"

_BEAM = 16
_STEP_DOWN = 1.0  # what each place down a list of choices costs, in nats
_KNOWN = 3.0  # what a spelling gains that is a known word
_UNSPOKEN_A = 1.0  # what a consonant costs that is written whole and read without its "a"
_BACK_OFF = 0.4  # for a shorter context, as in "stupid backoff" (Brants et al., EMNLP 2007)


class _Letters(NamedTuple):
    consonants: dict[str, list[str]]  # Latin letters to Devanagari ones, the commonest first
    vowels: dict[str, list[str]]
    signs: dict[str, str]  # a vowel to its sign after a consonant


class _Spelling(NamedTuple):
    text: str
    bare: bool  # whether it ends in a consonant whose vowel was not told


def spell_in_devanagari(word: str) -> str:
    """Devanagari of a word of ASCII letters; the word itself where some letter has no counterpart.

    >>> spell_in_devanagari("hanumaan")
    'हनुमान'
    """
    letters = written(word)
    beams: list[dict[_Spelling, float]] = [{} for _ in range(len(letters) + 1)]
    beams[0][_Spelling("", bare=False)] = 0.0
    for start in range(len(letters)):
        for spelling, score in nlargest(_BEAM, beams[start].items(), key=lambda item: item[1]):
            for end in range(start + 1, min(start + 3, len(letters)) + 1):
                for added, bare, cost in _choices(letters[start:end], spelling, last=end == len(letters)):
                    following = _Spelling(spelling.text + added, bare)
                    total = score - cost + _gain(spelling.text, added)
                    if total > beams[end].get(following, -float("inf")):
                        beams[end][following] = total
    if not beams[-1]:
        return word
    finished = {
        spelling.text: score + _gain(spelling.text, _EDGE) + _KNOWN * (spelling.text in _known_words())
        for spelling, score in beams[-1].items()
    }
    return max(finished, key=lambda text: finished[text])


def _choices(latin: str, spelling: _Spelling, *, last: bool) -> Iterator[tuple[str, bool, float]]:
    """What may be added for some Latin letters: (Devanagari, whether it ends in a bare consonant, cost)."""
    table = _letters()
    for place, vowel in enumerate(table.vowels.get(latin, ())):
        if not (last and vowel == _INHERENT and spelling.text):  # a last "a" is spoken, so it is written
            yield (table.signs[vowel] if spelling.bare else vowel), False, place * _STEP_DOWN
    for place, consonant in enumerate(table.consonants.get(latin, ())):
        cost = place * _STEP_DOWN
        nasal = consonant == "ं"
        if nasal and (spelling.bare or not spelling.text):
            continue
        if spelling.bare:
            yield _VIRAMA + consonant, True, cost
            yield consonant, True, cost + _UNSPOKEN_A
        else:
            yield consonant, not nasal, cost


def _gain(before: str, added: str) -> float:
    """Log-probability of the added letters after those before."""
    counts = _grams()
    text = _EDGE * 2 + before + added
    total = 0.0
    for position in range(len(text) - len(added), len(text)):
        discount = 0.0
        for start in (position - 2, position - 1, position):
            seen = counts[text[start : position + 1]]
            if seen:
                total += discount + log(seen / counts[text[start:position]])
                break
            discount += log(_BACK_OFF)
        else:
            total += discount - log(counts[""])
    return total


@cache
def _known_words() -> frozenset[str]:
    listed = {word.devanagari for word in hindi_words()} | {form for _, form in hindi_verb_forms()}
    return words("devanagari_words.txt") | listed


@cache
def _grams() -> Counter[str]:
    """Counts of the letter n-grams, n up to 3, of Devanagari words; of "" the count of all letters."""
    counts = Counter[str]()
    for word in _known_words():
        text = _EDGE * 2 + word + _EDGE
        for position in range(2, len(text)):
            for start in (position - 2, position - 1, position):
                counts[text[start : position + 1]] += 1
            counts[""] += 1
        counts[_EDGE * 2] += 1
    return counts


@cache
def _letters() -> _Letters:
    table = tomllib.loads(DATA.joinpath("letters.toml").read_text("utf-8"))
    consonants = {latin: choices.split() for latin, choices in table["latin_consonants"].items()}
    vowels = {latin: choices.split() for latin, choices in table["latin_vowels"].items()}
    signs = {vowel: sign for sign, vowel in table["signs"].items()}
    return _Letters(consonants, vowels, signs | {_INHERENT: ""})
