"""Medicines and classes of medicines in running text, as their generics in English.

Names are those of the shipped formulary and of `data/fact_drugs.toml`, which has those of other languages. A
long word that is nearly one is taken for it, since patients misspell; one with the ending of an INN is a
medicine that no list names, and so is a capitalised word before a form ("Zorvita cream").
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, Final

from rapidfuzz.distance import OSA

from multilingual.clinical.facts.records import Fact, Kind
from multilingual.clinical.facts.words import Reading
from multilingual.clinical.forms import FORM_WORDS
from multilingual.clinical.formulary import load_formulary
from multilingual.clinical.product_names import base_substance
from multilingual.clinical.tokens import WORD, undotted
from multilingual.clinical.vocabulary import folded, table
from multilingual.normalise import fold

_TOKEN: Final = re.compile(rf"{WORD}|\d+|\S")
_END: Final = ""
_FUZZY_LENGTH, _LONG_LENGTH = 8, 10  # letters from which one and two errors are forgiven
_BRAND_LENGTH = 4
_TIGHT: Final = frozenset("-+.")
_BRANDED: Final = frozenset(
    (
        "tablet",
        "tablets",
        "capsule",
        "capsules",
        "cream",
        "ointment",
        "syrup",
        "gel",
        "injection",
        "drops",
        "lotion",
    )
)
_BEFORE: Final = frozenset(("tab", "cap", "tablet", "capsule", "syrup", "inj", "injection", "tabs", "syp"))
_SINGULAR = re.compile(r"(?:'s|s)$")

Trie = dict[str, Any]


@cache
def known_names() -> dict[str, str]:
    """Folded name -> value; what is written by hand wins over the formulary."""
    data = table("fact_drugs")
    found: dict[str, str] = {}
    for entry in (*load_formulary().entries, *load_formulary().substances()):
        if entry.generics:
            found.setdefault(folded(entry.name), _value(entry.generics))
    for inn, others in data["names"].items():
        found.update(dict.fromkeys(map(folded, (inn, *others)), inn))
    for name, words in data["classes"].items():
        found.update(dict.fromkeys(map(folded, words), f"class:{name}"))
    return found


def _value(generics: tuple[str, ...]) -> str:
    same: dict[str, str] = table("fact_drugs")["same"]
    whole = " + ".join(generics).lower()
    if whole in same:
        return same[whole]
    parts = (same.get(part.lower()) or _same_base(part) for part in generics)
    return " + ".join(sorted(set(parts)))


def _same_base(generic: str) -> str:
    base = base_substance(generic).lower()
    return str(table("fact_drugs")["same"].get(base, base))


@cache
def _doubtful() -> frozenset[str]:
    return frozenset(folded(word) for word in table("fact_drugs")["doubtful"]["words"])


@cache
def _trie() -> Trie:
    root: Trie = {}
    for name, value in known_names().items():
        node = root
        for token in _TOKEN.findall(name):
            if token not in _TIGHT:
                node = node.setdefault(undotted(token), {})
        node[_END] = (name, value)
    return root


@cache
def _generics() -> dict[str, list[str]]:
    """First letter -> the long names of substances, in all languages, that a misspelling is compared with."""
    found: dict[str, list[str]] = {}
    inns = table("fact_drugs")["names"]
    written = {name for inn, others in inns.items() for name in map(folded, (inn, *others))}
    written |= {folded(entry.name) for entry in load_formulary().substances()}
    written |= {folded(e.name) for e in load_formulary().entries if e.name.lower() in e.generics}
    for name in sorted(written & known_names().keys()):
        if name.isascii() and name.isalpha() and len(name) >= _FUZZY_LENGTH - 1:
            found.setdefault(name[0], []).append(name)
    return found


@lru_cache(maxsize=8192)
def _misspelled(word: str) -> str | None:
    """The value of a long word that is nearly the name of a substance, or has the ending of one."""
    if len(word) < _FUZZY_LENGTH or not (word.isascii() and word.isalpha()):
        return None
    allowed = 1 if len(word) < _LONG_LENGTH else 2
    best: tuple[int, str] | None = None
    for name in _generics().get(word[0], ()):
        distance = OSA.distance(word, name, score_cutoff=allowed)
        if distance <= allowed and (best is None or distance < best[0]):
            best = (distance, name)
    if best is not None:
        return known_names()[best[1]]
    endings: list[str] = table("fact_drugs")["endings"]["words"]
    return word if word.endswith(tuple(endings)) and word not in _not_brands() else None


@cache
def _forms() -> frozenset[str]:
    return frozenset(word for word in FORM_WORDS if len(word) > 1 and " " not in word)


def find_drugs(reading: Reading, taken: set[int]) -> Iterator[Fact]:
    """Medicines of a text; the lexemes with figures in their names ("B12") are added to `taken`."""
    shadow = reading.shadow
    tokens = list(_TOKEN.finditer(shadow.text))
    words = [undotted(token.group()) for token in tokens]
    spans = list(_spans(reading, tokens, words))
    for first, last, value in spans:
        start = shadow.span(tokens[first].start(), tokens[first].end())[0]
        end = shadow.span(tokens[last].end() - 1, tokens[last].end())[1]
        yield Fact(Kind.DRUG, start, end, reading.text[start:end], value)
    _take(reading, taken, [(tokens[first].start(), tokens[last].end()) for first, last, _ in spans])


def _take(reading: Reading, taken: set[int], spans: list[tuple[int, int]]) -> None:
    """Both lists are in order of their offsets."""
    position = 0
    for start, end in spans:
        while position < len(reading.lexemes) and reading.lexemes[position].end <= start:
            position += 1
        index = position
        while index < len(reading.lexemes) and reading.lexemes[index].start < end:
            taken.add(index)
            index += 1


def _spans(reading: Reading, tokens: list[re.Match[str]], words: list[str]) -> Iterator[tuple[int, int, str]]:
    index = 0
    while index < len(words):
        last, value = _known(tokens, words, index)
        if value is None:
            last, value = (
                index,
                _misspelled(_SINGULAR.sub("", words[index])) or _brand(reading, tokens, words, index),
            )
        if value is None:
            index += 1
            continue
        yield index, last, value
        index = last + 1


def _known(tokens: list[re.Match[str]], words: list[str], first: int) -> tuple[int, str | None]:
    """The longest listed name that begins at a token: the index of its last token, and its value."""
    node: Trie | None = _trie()
    found: tuple[int, str | None] = (first, None)
    index = first
    while index < len(words):
        if words[index] in _TIGHT and index > first:
            index += 1
            continue
        node = node.get(words[index]) if node else None
        if node is None:
            break
        if _END in node:
            name, value = node[_END]
            if name not in _doubtful() or _is_medicine(words, first, index):
                found = (index, value)
        index += 1
    return found


def _is_medicine(words: list[str], first: int, last: int) -> bool:
    """Whether a form or a strength stands beside a name that is a word of the language too."""
    behind = words[last + 1] if last + 1 < len(words) else ""
    return behind in _forms() or behind.isdecimal() or (first > 0 and words[first - 1] in _BEFORE)


def _brand(reading: Reading, tokens: list[re.Match[str]], words: list[str], index: int) -> str | None:
    """The folded name of an unknown brand: a capitalised word before a form, within a sentence."""
    if index + 1 >= len(words) or words[index + 1] not in _BRANDED or index == 0:
        return None
    written, before = _written(reading, tokens[index]), words[index - 1]
    if _written(reading, tokens[index - 1])[:1].isupper():
        return None  # "Aloe Fresh lotion"
    if len(words[index]) < _BRAND_LENGTH or not written[:1].isupper() or written.isupper():
        return None
    if not ((before.isalpha() or before == ",") and words[index].isascii() and words[index].isalpha()):
        return None
    return None if words[index] in _not_brands() or words[index] in _forms() else words[index]


def _written(reading: Reading, token: re.Match[str]) -> str:
    return reading.text[slice(*reading.shadow.span(token.start(), token.end()))]


@cache
def _not_brands() -> frozenset[str]:
    return frozenset(fold(word).text for word in table("fact_drugs")["plain"]["words"])
