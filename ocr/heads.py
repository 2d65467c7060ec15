"""Heads of medicine lines that were misread: "Fab. Dolo" for "Tab. Dolo", "RY Dolo" for "Rx Dolo", "2 Dolo"
for "2) Dolo"; and numbers read as letters before a unit.

The first word of such a line is one of a handful, short, and the most hurried of all, so it is misread more
often than any other. It is repaired only where a name could follow it.
"""

import re

from rapidfuzz.distance import Levenshtein

from multilingual.clinical.forms import canonical_form
from multilingual.clinical.grammar import parse_line

_AS_LETTERS = str.maketrans("678", "bib")
_HEADS = ("tab", "cap", "inj", "syp", "syr")
_BEYOND_ONE_LETTER = {
    "tuj": "inj",
    "auj": "inj",
    "ny": "inj",
    "lj": "inj",
    "iy": "inj",
    "bp": "cap",
    "rb": "tab",
}
"""Misreadings that differ from their word by more than a letter, as a recogniser of print makes them."""
_NOT_HEADS = frozenset(
    {"lab", "top", "the", "and", "cab", "gap", "sup", "sys", "up", "in", "a", "i", "an", "on"}
)

_MARKER = r"^[\W_]*(?:\(?\d{1,2}[.):]|[①-⑳]|\d{1,2}(?=\s*[A-Za-z]{2}))?[\W_]*"
_RX = re.compile(r"^[\W_]*(?:[RBPL][xXyYγzX]|R)(?:[.:/]|\s)\s*(?=[A-Za-z]{3})")
_HEAD = re.compile(
    rf"(?P<marker>{_MARKER})(?P<word>[A-Za-z678]{{2,5}})(?P<gap>[.:]\s*|\s+|-\s*)(?=[A-Z(]|[a-z]{{4}})"
)
_UNPUNCTUATED = re.compile(r"^\W*(?P<number>\d{1,2})\s+(?=[A-Z][a-z]{3})")
_THOUSAND = re.compile(r"\b[lI](?P<zeros>[oO0]{1,3})(?=\s*(?:mg|mcg|ml|gm)\b)")
_LEAD = re.compile(r"^(?P<marker>[\W_]*)(?P<word>[A-Za-z]{2,4})\s?:\s*(?=[A-Za-z]{3})")
_STRAY = re.compile(r"^(?P<marker>[\W_]*)\d?[a-z]{1,3}[\s.]+(?=[A-Z]{3}|[A-Z][a-z]{3})")
_LONE_SEVEN = re.compile(r"^(?P<marker>[\W_]*(?:[①-⑳]\W*)?)[71]\s*\.\s*(?=[A-Z]{4})")
_LISTED_LETTER = re.compile(
    r"^(?P<marker>[\W_]*(?:[①-⑳]|\d{1,2}[.)])\W*)[FIJSflj71]\s*\.\s*(?=[A-Z][A-Za-z]{3})"
)
_BEFORE_CIRCLE = re.compile(r"^\W*\w{1,2}(?=[①-⑳])")
_DISPENSE = re.compile(r"^\W*[BOPRJ]isp\s?:")
_SIG = re.compile(r"^\W*S[a-ln-z]{0,2}[gq]\s?[.:]\s*(?=\d|[Oo]n)")


def repair_head(text: str) -> str:
    """The line without a misread Rx sign, lead ("AdN:") or stray letters, a misread form word put right."""
    text = _DISPENSE.sub("Disp:", _SIG.sub("Sig: ", _BEFORE_CIRCLE.sub("", text)))
    text = _RX.sub("", _UNPUNCTUATED.sub(r"\g<number>) ", _THOUSAND.sub(_as_digits, text)))
    lead = _LEAD.match(text)
    if lead is not None and canonical_form(lead["word"]) is None and _names_something(text[lead.end() :]):
        text = lead["marker"] + text[lead.end() :]
    text = _LISTED_LETTER.sub(r"\g<marker> ", _LONE_SEVEN.sub(r"\g<marker>T. ", text))
    match = _HEAD.match(text)
    head = _head_meant(match["word"].casefold().translate(_AS_LETTERS)) if match else None
    if match and head:
        return f"{match['marker']}{head.capitalize()}. {text[match.end() :]}"
    stray = _STRAY.match(text)
    if stray and canonical_form(stray[0].strip(" .")) is None:
        return stray["marker"] + text[stray.end() :]
    return text


def begins_with_rx(text: str) -> bool:
    """Whether a line begins with an Rx sign, as it is read: "R Dolo", "Rx. Dolo", "RY Dolo"."""
    return _RX.match(text) is not None


def _names_something(text: str) -> bool:
    """Whether a text is more than directions: behind "Pan:" stands how to take it, behind "Adv:" what."""
    return any(order.drug_text for order in parse_line(text))


def _as_digits(match: re.Match[str]) -> str:
    return "1" + "0" * len(match["zeros"])


def _head_meant(word: str) -> str | None:
    if word in _NOT_HEADS or canonical_form(word) is not None:
        return None
    if word in _BEYOND_ONE_LETTER:
        return _BEYOND_ONE_LETTER[word]
    near = [head for head in _HEADS if Levenshtein.distance(word, head, score_cutoff=1) <= 1]
    return near[0] if near else None
