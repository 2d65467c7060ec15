"""When two names are one medicine's, and when they are names of two that are mistaken for one another.

Names are compared on their letters and digits, without case and accents. A name read with an error or two is
the name all the same, unless the error made it another medicine's: Humulin R is one letter from Humulin N.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

from rapidfuzz.distance import Levenshtein

from multilingual.clinical.formulary import Entry, load_formulary
from multilingual.clinical.lookalikes import confused_with, same_substances
from multilingual.clinical.name_keys import name_words

SAME: Final = 0.8
"""A name counts as read from this normalised Levenshtein similarity."""
LOOKALIKE: Final = 0.7
"""Names of different medicines at least this similar are look-alikes: from 70% a pair is "highly similar" to
the FDA's POCA (guidance for industry on proprietary names, 2020)."""


def letters(text: str) -> str:
    """The letters and digits of a text, case folded, without accents; vowel signs of Indic scripts stay."""
    return "".join(name_words(text))


def similarity(read: str, names: Iterable[str]) -> float:
    """Best normalised Levenshtein similarity of a name to any of `names`, 0 to 1; of no letter it is 0."""
    folded = letters(read)
    if not folded:
        return 0.0
    return max((Levenshtein.normalized_similarity(folded, letters(name)) for name in names), default=0.0)


def is_same(read: str, names: Iterable[str]) -> bool:
    """Whether a name read is one of `names`: similar enough, and not the name of another medicine."""
    return any(similarity(read, [name]) >= SAME and not are_different(read, name) for name in names)


def are_different(one: str, other: str) -> bool:
    """Whether two names are known to be of different medicines.

    They are a pair that was published as mistaken for one another, or both are in the shipped formulary and
    their substances differ. Of names that nothing is known of it is False.
    """
    ours, theirs = _known().get(letters(one), ()), _known().get(letters(other), ())
    known = bool(ours and theirs) and not any(_may_be_same(a, b) for a in ours for b in theirs)
    return known or _is_published(one, other)


def is_lookalike(read: str, names: Iterable[str]) -> bool:
    """Whether a name read is that of another medicine that looks like one of `names`."""
    return any(
        _is_published(read, name) or (similarity(read, [name]) >= LOOKALIKE and are_different(read, name))
        for name in names
    )


def is_known(name: str) -> bool:
    """Whether a name is in the shipped formulary, letter by letter."""
    return letters(name) in _known()


def _is_published(one: str, other: str) -> bool:
    return letters(other) in map(letters, confused_with(one))


def _may_be_same(one: Entry, other: Entry) -> bool:
    return not (one.generics and other.generics) or same_substances(one, other)


@cache
def _known() -> Mapping[str, tuple[Entry, ...]]:
    """Entries of the shipped formulary by the letters of their names."""
    found: defaultdict[str, list[Entry]] = defaultdict(list)
    formulary = load_formulary()
    for entry in (*formulary.entries, *formulary.substances()):
        found[letters(entry.name)].append(entry)
    return {name: tuple(entries) for name, entries in found.items()}
