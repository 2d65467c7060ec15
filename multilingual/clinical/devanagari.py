"""Medicine names in Devanagari, spelled in Latin letters: lists write Crocin, a doctor may write क्रोसिन."""

import re
import unicodedata

from multilingual.clinical.vocabulary import table

_TABLE = table("devanagari")
_NUKTA = "\u093c"

DEVANAGARI = re.compile(r"[\u0900-\u097f]")

_LETTER = re.compile("|".join(sorted(_TABLE["letters"], key=len, reverse=True)))
_LETTERS = re.compile(f"(?:{_LETTER.pattern})+")
_MUTE = "\u0259"  # an "a" that may not be spoken
_VOWEL, _CONSONANT = "[aeiou]", "[b-df-hj-np-tv-z]"
_UNSPOKEN = re.compile(rf"(?<={_VOWEL}{_CONSONANT}){_MUTE}(?={_CONSONANT}+{_VOWEL})|{_MUTE}\b")


def latin_spelling(text: str) -> str:
    """Devanagari words as Latin ones, all else as it is.

    >>> latin_spelling("पैन डी"), latin_spelling("क्रोसिन"), latin_spelling("कैलपोल")
    ('pan d', 'krosin', 'kalpol')
    """
    first, *others = text.split()
    return " ".join([_sounds(first), *(_suffix(word) for word in others)]) if text.split() else text


def _suffix(word: str) -> str:
    if _LETTERS.fullmatch(word):
        return _LETTER.sub(lambda letter: _TABLE["letters"][letter.group()], word)
    return _sounds(word)


def _sounds(word: str) -> str:
    spelled = []
    letters = unicodedata.normalize("NFD", word)
    for position, letter in enumerate(letters):
        if letter in _TABLE["consonants"]:
            dotted = letters[position + 1 : position + 2] == _NUKTA and letter in _TABLE["nukta"]
            vowel = letters[position + 1 :].removeprefix(_NUKTA)[:1]
            spelled.append(_TABLE["nukta" if dotted else "consonants"][letter])
            spelled.append("" if vowel in _TABLE["signs"] else _MUTE)
        elif letter != _NUKTA:
            spelled.append(_TABLE["signs"].get(letter, _TABLE["vowels"].get(letter, _others(letter))))
    return _UNSPOKEN.sub("", "".join(spelled)).replace(_MUTE, "a")


def _others(letter: str) -> str:
    return str(_TABLE["others"].get(letter, letter))
