"""Dosage forms: the words for them in five languages, and what each is called here.

`canonical_form("Tab.")` is "tablet". `FORM` finds form words in text folded by `multilingual.normalise.fold`.
"""

import re
from types import MappingProxyType

from multilingual.clinical.vocabulary import alternation, folded, table

_TABLE = table("forms")
_LANGUAGES = ("en", "roman_hi", "hi", "pt", "zh")


def _name(key: str) -> str:
    return key.replace("_", " ")


FORMS: tuple[str, ...] = tuple(_name(key) for key in _TABLE)
"""The canonical forms."""

FORM_WORDS = MappingProxyType(
    {
        folded(word): _name(key)
        for key, entry in _TABLE.items()
        for language in _LANGUAGES
        for word in entry.get(language, ())
    }
)
"""Folded form word or abbreviation -> canonical form."""

COUNTABLE = frozenset(_name(key) for key, entry in _TABLE.items() if entry.get("countable"))
"""Forms that are also units of a dose: "2 tab", "4 drops"."""

KEPT = frozenset(_name(key) for key, entry in _TABLE.items() if entry.get("kept"))
"""Forms whose word belongs to the name of the product: "Betadine Gargle"."""

FORM = re.compile(alternation(word for word in FORM_WORDS if len(word) > 1 or not word.isascii()))
"""Form words in folded text, longest first; not the letters T and C, which need their place in an order."""


def canonical_form(word: str) -> str | None:
    """Return the canonical form of a form word or abbreviation ("Tab.", "सिरप", "胶囊"), else None."""
    key = " ".join(folded(word).strip(" .:-").split())
    return FORM_WORDS.get(key)
