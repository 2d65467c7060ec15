"""One spelling for each word of Roman Hindi: "muje", "mjhe" and "mujhey" are mujhe.

A word is looked up as it stands among the lexicon's spellings; else by its sound: the same consonants in the
same order and the same last vowel, and vowels between them that are equal, near (e and i, o and u) or left
out. Of several, the nearest; of those as near, the one that stands first in the lexicon.
"""

import re
from functools import cache, lru_cache
from typing import NamedTuple

from multilingual.language import Token, tag_tokens
from multilingual.word_lists import hindi_verb_forms, hindi_words

_DRAWN_OUT = re.compile(r"(.)\1{2,}")
# In this order: one letter, or one letter and a mark, for each sound however it is spelled.
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"aa+", "a"),
        (r"ee+|ii+|ie(?=.)", "i"),
        (r"oo+|uu+", "u"),
        (r"x", "ks"),
        (r"ph", "f"),
        (r"c?chh?", "C"),
        (r"ck|q|c(?!h)", "k"),
        (r"w", "v"),
        (r"z", "j"),
        (r"sh", "s"),
        (r"(?<=[aeiou])[ye]+$", "e"),
        (r"y$", "i"),
        (r"([^aeiou])\1+", r"\1"),
    )
)
_ASPIRATE = re.compile(r"(?<=[kgjtdbp])h")
_NASAL = re.compile(r"(?<=[aeiou])[nm](?=[kgCjtdbpfsv]|$)")
_CONSONANT = re.compile(r"[^aeiouN]H?")
_NEAR = {frozenset("ei"), frozenset("ou"), frozenset(("e", "ai")), frozenset(("o", "au")), frozenset("ai")}
_FARTHEST = 2

_Key = tuple[str, str, bool]


class _Entry(NamedTuple):
    normal: str
    devanagari: str
    marked: str
    weight: int


class _Index(NamedTuple):
    spellings: dict[str, tuple[str, str]]
    sounds: dict[_Key, list[_Entry]]


def normal_form(word: str) -> str:
    """The normal spelling of a word of Roman Hindi, in lower case.

    A word that the lexicon does not hold gets a spelling by sound alone, which is the same for its variants.

    >>> [normal_form(word) for word in ("muje", "mjhe", "Mujhey", "nhii", "bohot")]
    ['mujhe', 'mujhe', 'mujhe', 'nahi', 'bahut']
    """
    before, spelling = "", word.lower()
    while spelling != before:
        found = find_word(spelling)
        if found:
            return found[0]
        before, spelling = spelling, _sound(spelling).replace("C", "ch")
    return spelling


def normalise_roman_hindi(text: str) -> str:
    """`text` with its words of Roman Hindi in their normal spelling; all else as it is."""
    pieces: list[str] = []
    end = 0
    for token in tag_tokens(text):
        pieces += (text[end : token.start], normal_form(token.text) if _is_roman_hindi(token) else token.text)
        end = token.end
    return "".join((*pieces, text[end:]))


@lru_cache(maxsize=65536)
def find_word(word: str) -> tuple[str, str] | None:
    """The lexicon's word for a spelling: (normal spelling, Devanagari); None where there is none near."""
    lower = word.lower()
    for spelling in (lower, _DRAWN_OUT.sub(r"\1\1", lower), _DRAWN_OUT.sub(r"\1", lower)):
        if spelling in _index().spellings:
            return _index().spellings[spelling]
    sound = _sound(lower)
    near = [
        (distance, entry)
        for entry in _index().sounds.get(_key(sound), ())
        if (distance := _distance(_marked(sound), entry.marked)) is not None
    ]
    if not near:
        return None
    _, entry = min(near, key=lambda found: (found[0], found[1].weight))
    return entry.normal, entry.devanagari


def _is_roman_hindi(token: Token) -> bool:
    return token.tag == "hi" and token.text.isascii()


def _sound(word: str) -> str:
    sound = _DRAWN_OUT.sub(r"\1\1", word.lower())
    for pattern, replacement in _SOUNDS:
        sound = pattern.sub(replacement, sound)
    return sound


def _marked(sound: str) -> str:
    """The sound with H and N for what careless spelling leaves out: aspiration, nasals before consonants."""
    return _NASAL.sub("N", _ASPIRATE.sub("H", sound))


def _key(sound: str) -> _Key:
    """What variants of a word share: its consonants, its last vowel, and whether it begins with a vowel."""
    kept = _marked(sound).replace("H", "").replace("N", "")
    return re.sub(r"[aeiou]", "", kept), kept[-1:] if kept[-1:] in "aeiou" else "", kept[:1] in "aeiou"


def _distance(one: str, other: str) -> int | None:
    """How many vowels and marks of two marked sounds of one key differ; None where they are too far apart."""
    distance = sum(
        first != second
        for first, second in zip(_CONSONANT.findall(one), _CONSONANT.findall(other), strict=True)
    )
    pairs = list(zip(_CONSONANT.split(one), _CONSONANT.split(other), strict=True))
    for position, (first, second) in enumerate(pairs):
        last = position == len(pairs) - 1
        distance += not last and first.endswith("N") != second.endswith("N")
        vowel, another = first.removesuffix("N"), second.removesuffix("N")
        if vowel != another:
            if vowel and another and frozenset((vowel, another)) not in _NEAR:
                return None
            distance += 1
    return distance if distance <= _FARTHEST else None


@cache
def _index() -> _Index:
    spellings: dict[str, tuple[str, str]] = {}
    sounds: dict[_Key, list[_Entry]] = {}
    lexicon = hindi_words()
    listed = [(word.roman, word.devanagari) for word in lexicon]
    for word in lexicon:
        spellings.setdefault(word.roman, (word.roman, word.devanagari))
    for word in lexicon:
        for variant in word.variants:
            spellings.setdefault(variant, (word.roman, word.devanagari))
    for weight, (roman, devanagari) in enumerate((*listed, *hindi_verb_forms())):
        spellings.setdefault(roman, (roman, devanagari))
        sound = _sound(roman)
        sounds.setdefault(_key(sound), []).append(_Entry(roman, devanagari, _marked(sound), weight))
    return _Index(spellings, sounds)
