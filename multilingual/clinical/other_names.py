"""The other names of an order: in brackets beside the name, or behind a stroke.

A brand beside its generic is the name ("Paracetamol 240 mg (Crocin DS)"); a bracket that holds an instruction
or a strength is no name.
"""

from collections.abc import Iterator

from multilingual.clinical.annotations import Kind
from multilingual.clinical.lexicon import Code
from multilingual.clinical.name_words import NameWords, is_generic_like

_LONGEST = 12  # spans in a bracket
_WITHIN = frozenset((None, Kind.FORM, Kind.SITE, Kind.STRENGTH, Kind.FOOD))
_FIGURES = frozenset((Code.NUMBER, Code.RATIO))


def closing(words: NameWords, opening: int) -> int:
    """Index of the bracket that closes the one at `opening`; 0 where none does soon."""
    stop = min(opening + _LONGEST, len(words.spans))
    return next((index for index in range(opening, stop) if words.spans[index].code == ")"), 0)


def closing_of_name(words: NameWords, opening: int) -> int:
    """Index of the bracket that closes a name opened at `opening`; 0 where it holds no name."""
    close = closing(words, opening)
    inside = words.spans[opening + 1 : close]
    if not inside or inside[0].code != Code.UNKNOWN or any(x.kind not in _WITHIN for x in inside):
        return 0
    if any(x.code == Code.PROSE and x.end - x.start > 2 for x in inside):
        return 0
    return close if words.looks_like_name(opening + 1) else 0


def closing_of_remark(words: NameWords, opening: int) -> int:
    """Index of the bracket that closes a remark before the name: "Inj (conventional) Amphotericin"; or 0."""
    close = closing(words, opening)
    inside, behind = words.spans[opening + 1 : close], words.spans[close + 1 : close + 3]
    is_remark = all(x.kind is None for x in inside) and any(x.code == Code.UNKNOWN for x in behind)
    return close if is_remark else 0


def end_of_words(words: NameWords, first: int, close: int) -> int:
    """Index behind the name that begins at `first` within a bracket: "(Nasivion Paed Nasal)"."""
    last = first + 1
    while last < close and words.spans[last].kind is None and words.spans[last].code != "(":
        last += 1
    return last


def bracket_behind(words: NameWords, end: int) -> Iterator[tuple[int, int, bool]]:
    """The bracket with a name behind the name that ends at `end`, and whether a strength stands between."""
    strength_between = False
    for index in range(end, len(words.spans)):
        span = words.spans[index]
        if span.code == "(" and (close := closing_of_name(words, index)):
            yield index + 1, close, strength_between
            return
        if span.kind is Kind.STRENGTH or span.code in _FIGURES:
            strength_between = True
        elif span.kind is not Kind.FORM and span.code not in ("-", ".", ")", "("):
            return


def is_brand_beside(name: str, bracketed: str, strength_between: bool) -> bool:
    """Whether the `bracketed` name is the brand, and `name` the generic."""
    generic = is_generic_like(name), is_generic_like(bracketed)
    return generic == (True, False) or (strength_between and generic != (False, True))


def alternatives(name: str) -> list[str]:
    """The brands of "Crocin/Calpol"; the whole of "Amoxicillin/Clavulanate", which is one combination."""
    parts = [part.strip() for part in name.split("/")]
    if all(len(part) > 3 for part in parts) and not any(map(is_generic_like, parts)):
        return parts
    return [name]
