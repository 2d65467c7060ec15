"""Hindi between the scripts: Roman Hindi to Devanagari, and Devanagari to Roman Hindi.

A word of the lexicon has its known spelling there; another is spelled by rule.
"""

import re
import tomllib
from functools import cache, lru_cache

from multilingual.devanagari_spelling import spell_in_devanagari
from multilingual.normalise import nfc
from multilingual.roman_hindi import find_word
from multilingual.word_lists import DATA, hindi_verb_forms, hindi_words

_ROMAN = re.compile(r"[A-Za-z]+")
_DEVANAGARI = re.compile(r"[\u0900-\u0963\u0971-\u097f]+")
_LONGEST_WORD = 40

_VIRAMA, _NUKTA = "\u094d", "\u093c"

_MUTE = "\u0259"  # an inherent "a" that may not be spoken
_SPOKEN_LAST = "yrv"  # after these, in a conjunct, a last "a" is spoken: mitra, surya
_LONG_U, _SHORT_U = "oo", "u"  # the second is written at a word's end


def to_devanagari(text: str) -> str:
    """`text` with its words of ASCII letters spelled in Devanagari; all else as it is.

    >>> to_devanagari("mujhe 3 din se bukhar hai")
    'मुझे 3 दिन से बुखार है'
    """
    return _ROMAN.sub(lambda match: word_to_devanagari(match.group()), text)


def to_roman(text: str) -> str:
    """`text` with its words in Devanagari spelled as Roman Hindi; all else as it is.

    >>> to_roman("मुझे 3 दिन से बुखार है")
    'mujhe 3 din se bukhar hai'
    """
    return _DEVANAGARI.sub(lambda match: word_to_roman(match.group()), nfc(text))


@lru_cache(maxsize=65536)
def word_to_devanagari(word: str) -> str:
    """Devanagari of one word of ASCII letters; one longer than any word is left as it is."""
    if len(word) > _LONGEST_WORD:
        return word
    found = find_word(word)
    return found[1] if found else spell_in_devanagari(word)


@lru_cache(maxsize=65536)
def word_to_roman(word: str) -> str:
    """Roman Hindi of one word in Devanagari."""
    return _lexicon().get(nfc(word)) or spell_in_latin(nfc(word))


def spell_in_latin(word: str) -> str:
    """A Devanagari word (NFC) by rule alone: without the "a" that is not spoken.

    >>> spell_in_latin("अभिनेत्री"), spell_in_latin("समझना")
    ('abhinetri', 'samajhna')
    """
    table = _table()
    sounds: list[str] = []
    for position, letter in enumerate(word):
        following = word[position + 1 : position + 2]
        dotted = following == _NUKTA
        if dotted:
            following = word[position + 2 : position + 3]
        if letter in table["consonants"]:
            sounds.append(table["consonants"].get(letter + _NUKTA * dotted, table["consonants"][letter]))
            if following in table["marks"]:
                sounds.append("a")
            elif following not in (_VIRAMA, *table["signs"]):
                sounds.append(_MUTE)
        elif letter not in (_VIRAMA, _NUKTA):
            vowel = table["signs"].get(letter, letter)
            sounds.append(table["vowels"].get(vowel) or table["marks"].get(letter, letter))
    spoken = "".join(_spoken(sounds))
    if len(spoken) > len(_LONG_U) and spoken.endswith(_LONG_U):
        return spoken.removesuffix(_LONG_U) + _SHORT_U
    return spoken


def _spoken(sounds: list[str]) -> list[str]:
    """The sounds without each "a" that stands in V-C-a-C-V, from the end back, and without a last one."""
    spoken = list(sounds)
    if len(spoken) > 2 and spoken[-1] == _MUTE and (_is_vowel(spoken[-3]) or spoken[-2] not in _SPOKEN_LAST):
        spoken.pop()
    for position in range(len(spoken) - 3, 1, -1):
        before, consonant, sound, following, after = spoken[position - 2 : position + 3]
        between = not (_is_vowel(consonant) or _is_vowel(following))
        if sound == _MUTE and between and _is_vowel(before) and _is_vowel(after):
            del spoken[position]
    return ["a" if sound == _MUTE else sound for sound in spoken]


def _is_vowel(sound: str) -> bool:
    return sound[0] in "aeiou" or sound == _MUTE


@cache
def _lexicon() -> dict[str, str]:
    """Devanagari (NFC) to the first normal spelling of each word."""
    found: dict[str, str] = {}
    for devanagari, roman in (
        *((word.devanagari, word.roman) for word in hindi_words()),
        *((devanagari, roman) for roman, devanagari in hindi_verb_forms()),
    ):
        found.setdefault(nfc(devanagari), roman)
    return found


@cache
def _table() -> dict[str, dict[str, str]]:
    table = tomllib.loads(DATA.joinpath("letters.toml").read_text("utf-8"))
    return {name: {nfc(letter): sound for letter, sound in rows.items()} for name, rows in table.items()}
