"""From a product as a list writes it to the name a doctor writes: "Dolo 650 Tablet" is "Dolo".

Form, strength, pack, maker and pharmacopoeia are taken off; form and strength are returned beside the name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from multilingual.clinical.forms import FORM, FORM_WORDS, KEPT
from multilingual.clinical.strengths import STRENGTH, normalise_strength
from multilingual.clinical.vocabulary import table
from multilingual.normalise import fold

_TABLE = table("products")
_SITE = frozenset(_TABLE["words"]["site"]) | frozenset(_TABLE["words"]["pharmacopoeia"])
_JOINING = frozenset(_TABLE["words"]["joining"])
_STRENGTH_NUMBERS = frozenset(float(number) for number in _TABLE["numbers"]["strengths"])
_SALTS_AFTER = frozenset(_TABLE["salts"]["after"])
_SALTS_BEFORE = frozenset(_TABLE["salts"]["before"])
_KEPT_BASES = frozenset(_TABLE["salts"]["kept"])

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|[(\[][^()\[\]]*$")
# "10's", "(20s)", "x 15", "15 gm", "100 ml", "2.5 ml", "5 mt", "60 doses", "#4090500"
_PACK = re.compile(
    r"\b\d+\s*'?\s*s\b|\bx\s*\d+\b|(?<![\w.-])\d*\.?\d+\s*(?:ml|gms?|grams?|kg|ltr|lit|l|mt|mm|cm|inch|doses?|pcs|nos?)\b\.?"
    r"|#\S+|\bw/[wv]\b|\bv/v\b"
)
# "Dolo 650", "Razel 10/75", "Telma-40", but not the 3 of "AKT-3", nor the 52 of "Liv.52".
_NUMBER = re.compile(r"(?<![\w./])(?!(?<=\w-)\d(?!\d))\d+(?:\.\d+)?(?:/\d+(?:\.\d+)?)*(?![\w/]|\.\d|-\w)")
_VITAMIN = re.compile(r"\bvit(?:amin)?\.?\s+[a-z]\s*$")
_PER = re.compile(r"(?<=[a-z]) per (?=\d|ml\b)")
_BY_WEIGHT = re.compile(r"(?<=%)\s?[wv]\s?/\s?[wv]\b")
_AMOUNT = re.compile(r"\d\s*[a-z%]*\s*$")
_GRAMS = re.compile(r"(\d*\.?\d+)\s*(?:gms?|grams?|g)\b\.?")
_UNWEIGHED = frozenset({"cream", "ointment", "gel", "lotion", "powder", "paste", "soap", "shampoo"})
_LOOSE_COMMA = re.compile(r"[\s-]+([,;])")
_LETTERS = re.compile(r"[a-z]+")
_FORM_BEGINNINGS = frozenset(match.group() for form in FORM_WORDS if (match := _LETTERS.match(form)))
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"\S+")
_LEADING = frozenset(
    {
        "liquid",
        "liq",
        "gel",
        "balm",
        "powder",
        "patch",
        "cream",
        "paste",
        "soap",
        "pen",
        "gran",
        "c",
        "t",
        "sol",
    }
)
_EDGES = " \t.,;:-–/&+*#'\"_|"


@dataclass(frozen=True, slots=True)
class Product:
    """What the words of a product tell; `forms` are canonical, `strengths` normal or bare numbers."""

    name: str
    forms: tuple[str, ...] = ()
    strengths: tuple[str, ...] = ()


def read_product(text: str) -> Product:
    """Read a product's description; its name is empty when nothing is left."""
    shadow = fold(text)
    whole = _BY_WEIGHT.sub(_blank, _PER.sub("  / ", shadow.text))
    open_text = _without_brackets(whole)
    bare, strengths = _without_strengths(open_text)
    if not strengths and open_text != whole:
        strengths = _without_strengths(whole)[1]
    forms = [match for match in _form_words(bare) if _is_form(match, bare, open_text)]
    start, end = _name_span(bare, open_text, forms)
    kept, numbers = bare[:end], []
    for match in _NUMBER.finditer(bare, start, end):
        if _is_strength(match, bare[start : match.start()]):
            numbers.append(match.group())
            kept = kept[: match.start()] + _blank(match) + kept[match.end() :]
    words = [text[slice(*shadow.span(*word.span()))] for word in _WORD.finditer(kept, start)]
    told = tuple(dict.fromkeys(FORM_WORDS[" ".join(match.group().split())] for match in forms))
    return Product(
        name=_trimmed(words),
        forms=told,
        strengths=tuple(
            _normalised(strength) for strength in strengths or numbers if not _is_pack(strength, told)
        ),
    )


_normalised = lru_cache(maxsize=4096)(normalise_strength)


def _without_brackets(text: str) -> str:
    while ("(" in text or "[" in text) and (opened := _BRACKETS.sub(_blank, text)) != text:
        text = opened
    return text


def _without_strengths(text: str) -> tuple[str, list[str]]:
    """The text with strengths and packs blanked, and the strengths."""
    if not _DIGIT.search(text):
        return text, []
    strengths: list[str] = []

    def taken(match: re.Match[str]) -> str:
        strengths.append(match.group())
        return _blank(match)

    return _PACK.sub(_blank, STRENGTH.sub(taken, text)), strengths


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _form_words(text: str) -> Iterator[re.Match[str]]:
    """What `FORM` finds; it is tried only where a form word may begin, which is three times as fast."""
    if not text.isascii():
        yield from FORM.finditer(text)
        return
    end = 0
    for word in _LETTERS.finditer(text):
        if (
            word.group() in _FORM_BEGINNINGS
            and word.start() >= end
            and (form := FORM.match(text, word.start()))
        ):
            end = form.end()
            yield form


def _is_form(word: re.Match[str], bare: str, open_text: str) -> bool:
    """Whether a form word is one: not half of a hyphenated name, not a suffix like the CP of `Storvas CP`."""
    if bare[word.start() - 1 : word.start()] == "-" or bare[word.end() : word.end() + 1] == "-":
        return False
    return (
        len(word.group()) > 2
        or not word.group().isascii()
        or bool(_AMOUNT.search(open_text, 0, word.start()))
    )


def _is_pack(strength: str, forms: tuple[str, ...]) -> bool:
    """Whether grams are the size of a tube or a tin."""
    grams = _GRAMS.fullmatch(strength)
    return grams is not None and (not _UNWEIGHED.isdisjoint(forms) or float(grams[1]) > 10)


def _name_span(bare: str, open_text: str, forms: list[re.Match[str]]) -> tuple[int, int]:
    """Where the name stands: before the first form that has a name before it, or after one at the head."""
    start, end = 0, len(bare)
    for form in forms:
        if bare[start : form.start()].strip(_EDGES):
            if FORM_WORDS[" ".join(form.group().split())] not in KEPT:
                end = form.start()
                break
        elif form.group() not in _LEADING:
            start = form.end()
    # What follows a comma is the pack and the maker, unless ingredients are listed.
    comma = bare.find(",", start, end)
    if comma >= 0 and end == len(bare) and not STRENGTH.search(open_text, comma) and not forms:
        end = comma
    return start, end


def _is_strength(number: re.Match[str], before: str) -> bool:
    if sum(map(str.isalpha, before)) < 2 or _VITAMIN.search(before):  # "P-650", "Vitamin B 12"
        return False
    return all(float(part) in _STRENGTH_NUMBERS for part in number.group().split("/"))


def _trimmed(words: list[str]) -> str:
    """The words without signs at the edges, and without words of use and joining words at the end."""
    while len(words) > 1 and _says_nothing(words[-1].lower()):
        words.pop()
    return _LOOSE_COMMA.sub(r"\1", " ".join(words)).strip(_EDGES)


def _says_nothing(word: str) -> bool:
    return word in _JOINING or all(part in _SITE or not part for part in word.strip(_EDGES).split("/"))


def base_substance(name: str) -> str:
    """A substance without its salt, ester or water; the name itself where the salt is the substance.

    >>> base_substance("Diclofenac Sodium"), base_substance("Cloridrato de metformina")
    ('Diclofenac', 'metformina')
    >>> base_substance("Zinc Sulphate")
    'Zinc Sulphate'
    """
    words = name.split() or [""]
    folded = [fold(word).text for word in words]
    start, end = 0, len(words)
    while end > 1 and folded[end - 1] in _SALTS_AFTER:
        end -= 1
    while end - start > 2 and folded[start] in _SALTS_BEFORE and folded[start + 1] == "de":
        start += 2
    return name if folded[start] in _KEPT_BASES else " ".join(words[start:end])
