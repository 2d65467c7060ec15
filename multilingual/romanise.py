"""How one Hindi word is spelled in Latin letters by different people."""

import re

# What some write the one way and some the other.
_CHOICES = (
    ("aa", "a"),
    ("ee", "i"),
    ("oo", "u"),
    ("w", "v"),
    ("v", "w"),
    ("z", "j"),
    ("chh", "ch"),
    ("ph", "f"),
    ("sh", "s"),
)
_UNWRITTEN = re.compile(r"(?<=[^aeiou])a(?=[^aeiouh].)")


def spellings(roman: str) -> set[str]:
    """Spellings of a word that the rules know, itself among them; with and without its short a's.

    >>> sorted(spellings("karna"))
    ['karna', 'krna']
    """
    found = {roman}
    for one, other in _CHOICES:
        found |= {spelling.replace(one, other) for spelling in found}
    short = _UNWRITTEN.sub("", roman)
    return found | {short} if len(short) > 2 else found
