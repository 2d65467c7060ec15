"""Words of directions that were misread, where only such a word can stand: "3 tines", "onee a day".

A word with one letter wrong is mended beside a number or before "a day"; "every" and "hours" also with two,
as they stand around a number: "evreg 6 toure".
"""

import re
from collections.abc import Iterable
from string import ascii_lowercase

from rapidfuzz.distance import OSA

from multilingual.clinical.vocabulary import table
from multilingual.normalise import Shadow

_ERRORS = 2


def _misspelt(words: Iterable[str]) -> dict[str, str]:
    """The words by what each is with another letter in place of one."""
    return {
        word[:place] + letter + word[place + 1 :]: word
        for word in words
        for place, right in enumerate(word)
        for letter in ascii_lowercase
        if letter != right
    }


_BEHIND_NUMBER = _misspelt(table("repairs")["behind_number"])
_FORMS = _misspelt(table("repairs")["before_duration"])
_BEFORE_A_DAY = _misspelt(table("repairs")["before_a_day"])

_WORD = re.compile(
    r"(?:(?<=\d)|(?<=\d\s))[a-z]{5,7}(?![a-z])"
    r"|(?<![a-z])(?P<before>[a-z]{4,6})(?=\s(?:a\s?|per\s)day(?![a-z]))"
    r"|(?<![a-z])(?P<form>[a-z]{5})(?=\sx\s?\d)"
)
_EVERY = re.compile(r"(?<![a-z])(?P<every>[a-z]{4,6})(?P<number>\s\d{1,2}\s)(?P<hours>[a-z]{4,6})(?![a-z])")


def mend_words(shadow: Shadow) -> Shadow:
    """Return `shadow` with misread words of directions mended; offsets still lead to the text as given."""
    return shadow.rewritten(_WORD, _mended).rewritten(_EVERY, _every)


def _mended(match: re.Match[str]) -> str:
    known = _BEFORE_A_DAY if match["before"] else _FORMS if match["form"] else _BEHIND_NUMBER
    return known.get(match[0], match[0])


def _every(match: re.Match[str]) -> str:
    is_meant = _near(match["every"], "every") and _near(match["hours"], "hours")
    return f"every{match['number']}hours" if is_meant else match[0]


def _near(word: str, meant: str) -> bool:
    return OSA.distance(word, meant, score_cutoff=_ERRORS) <= _ERRORS
