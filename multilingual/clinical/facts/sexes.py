"""The sex of somebody in a text, told by a word ("beti", "husband", "女", "grávida") or a letter ("34F").

The words are `data/fact_sexes.toml`. The grammar of verbs and adjectives tells nothing here.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from multilingual.clinical.facts.ages import ages_beside_letters
from multilingual.clinical.facts.records import Fact, Kind
from multilingual.clinical.facts.words import Reading
from multilingual.clinical.vocabulary import alternation, folded, table

_LETTERS: Final = {"m": "male", "f": "female"}
_SEXES: Final = ("male", "female")


@cache
def _sexes() -> dict[str, str | None]:
    """Folded words that tell a sex, and those that hold one and tell none."""
    data = table("fact_sexes")
    found: dict[str, str | None] = {
        folded(word): sex
        for sex in _SEXES
        for section in ("words", "pronouns", "implied")
        for word in data[sex][section]
    }
    return found | {folded(word): None for word in data["neither"]["words"]}


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(alternation(_sexes()))


def find_sexes(reading: Reading) -> Iterator[Fact]:
    """Words that tell a sex, in the order of the text but for letters, which come first."""
    for match, _ in ages_beside_letters(reading.text):
        name = next(name for name in ("sex", "capital", "before") if match[name])
        yield _fact(reading, *match.span(name), _LETTERS[match[name].lower()])
    for match in _pattern().finditer(reading.shadow.text):
        sex = _sexes()[" ".join(match.group().split())]
        if sex is not None:
            start, _ = reading.shadow.span(match.start(), match.end())
            _, end = reading.shadow.span(match.end() - 1, match.end())
            yield _fact(reading, start, end, sex)


def _fact(reading: Reading, start: int, end: int, sex: str) -> Fact:
    return Fact(Kind.SEX, start, end, reading.text[start:end], sex)
