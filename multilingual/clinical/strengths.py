"""Strengths: "500 mg", "50/1000 mg", "125mg/5ml", "60K IU", "0.25 mcg", "1%", and what they amount to.

A quantity in millilitres, drops or units alone is a dose, not a strength, unless a strength is counted
against it.
Numbers without a unit ("Dolo 650") are strengths only by their place, which the grammar knows.
"""

import re
from dataclasses import dataclass

from multilingual.clinical.vocabulary import alternation, folded, table
from multilingual.normalise import fold

_TABLE = table("units")


def _spellings(section: str) -> dict[str, str]:
    return {folded(word): entry["show"] for entry in _TABLE[section] for word in entry["words"]}


STRENGTH_UNITS = _spellings("strength")
"""Folded word -> unit of a strength."""

VOLUME_UNITS = _spellings("volume")
"""Folded word -> unit in which liquids are taken and strengths are counted."""

_SHOW = {**VOLUME_UNITS, **STRENGTH_UNITS}
_BASE = {
    entry["show"]: (entry["base"], entry["factor"]) for s in ("volume", "strength") for entry in _TABLE[s]
}
_SCALE: dict[str, float] = {folded(word): factor for word, factor in _TABLE["scale"].items()}


# Letters that handwriting and its readers mistake for digits, where digits or a unit stand beside them. They
# are tried only where clean digits lead to no unit: "50Omg", "IOmg", but not "1IU".
_AS_DIGITS = str.maketrans("oils", "0115")
_CLEAN = r"(?:\d{1,3}(?:\.\d{3}){2,}|\d+(?:,\d{3})*(?:[.,]\d+)?|\.\d+)"
_MISREAD = r"(?:\d[\doils]*(?:[.,][\do]+)?|[oil]\.\d+|[ils][\do]+(?=(?:mg|mcg|gm|ml|iu)\b))"
_NUMBER = rf"(?:{_CLEAN}|{_MISREAD})"
_MASS, _VOLUME, _PER = (
    alternation(words, glued=True) for words in (STRENGTH_UNITS, VOLUME_UNITS, _TABLE["per"])
)
_SCALES = alternation(_SCALE, glued=True)
_QUANTITY = rf"{_NUMBER}\s*(?:{_MASS}|{_SCALES}(?:\s*(?:{_MASS}|{_VOLUME}))?)"
_TERM = rf"{_NUMBER}\s*(?:(?:{_MASS}|{_VOLUME})\.?)?\s*[+/]\s*"
_AGAINST = rf"\.?\s*/\s*(?:{_NUMBER}\s*)?(?:{_VOLUME}|{_PER})"

STRENGTH = re.compile(
    rf"(?<![a-z\d.,/+])(?:\(\s*(?:{_TERM}){{1,3}}{_QUANTITY}\s*\){_AGAINST}"
    rf"|(?:{_TERM}){{0,3}}{_QUANTITY}(?:{_AGAINST})?"
    rf"|{_NUMBER}\s*{_VOLUME}{_AGAINST})"
)
"""A strength with its unit, in text folded by `multilingual.normalise.fold`."""

_PIECE = re.compile(
    rf"(?P<scaled>{_NUMBER})\s*(?P<scale>{_SCALES})(?:\s*(?P<unit>{_MASS}|{_VOLUME}))?"
    rf"|(?P<measured>{_NUMBER})\s*(?P<measure>{_MASS}|{_VOLUME})|(?P<bare>{_CLEAN})|(?<=/)\s*(?P<per>{_VOLUME})"
)
_SCALE_SHOWN = {"k": "K", "万": "万"}
_SEPARATOR = re.compile(r"\.?\s*([+/])\s*")


@dataclass(frozen=True, slots=True)
class Strength:
    """A strength found in a text: its span there, its normal spelling, and its amounts."""

    start: int
    end: int
    text: str
    amounts: tuple[tuple[float, str], ...]
    """Each amount in its base unit (mg, ml, IU, %, ...; "" where none is written), in the order written."""


def find_strengths(text: str) -> list[Strength]:
    """Return the strengths with a unit in `text`, left to right; offsets are into `text`."""
    shadow = fold(text)
    return [
        Strength(*shadow.span(*match.span()), *_read(match.group()))
        for match in STRENGTH.finditer(shadow.text)
    ]


def normalise_strength(text: str) -> str:
    """Return `text`, which is a strength, spelled one way: "500MG" is "500 mg", "5Omg" is "50 mg"."""
    return _read(fold(text).text)[0]


def strength_amounts(text: str) -> tuple[tuple[float, str], ...]:
    """Return the amounts of `text`, which is a strength, in base units: "1 g" is ((1000.0, "mg"),).

    An amount without a unit takes that of the next one: "50/1000 mg" is 50 mg and 1000 mg.
    """
    return _read(fold(text).text)[1]


def _read(folded_strength: str) -> tuple[str, tuple[tuple[float, str], ...]]:
    text = _SEPARATOR.sub(r"\1", _PIECE.sub(_shown, folded_strength)).strip()
    amounts: list[tuple[float, str]] = []
    unit = ""
    for piece in reversed(list(_PIECE.finditer(folded_strength))):
        unit = _unit(piece) or unit
        if number := _number(piece):
            base, factor = _BASE.get(unit, (unit, 1.0))
            scale = _SCALE[piece["scale"]] if piece["scale"] else 1.0
            amounts.append((float(_figure(number, unit)) * factor * scale, base))
    return text, tuple(reversed(amounts))


def _shown(piece: re.Match[str]) -> str:
    unit, number = _unit(piece), _number(piece)
    if not number:
        return unit
    scale = _SCALE_SHOWN.get(piece["scale"], f" {piece['scale']}") if piece["scale"] else ""
    return f"{_figure(number, unit)}{scale}{unit if unit in ('', '%') else f' {unit}'}"


def _number(piece: re.Match[str]) -> str:
    return piece["scaled"] or piece["measured"] or piece["bare"] or ""


def _unit(piece: re.Match[str]) -> str:
    written = piece["unit"] or piece["measure"] or piece["per"]
    return _SHOW[" ".join(written.split())] if written else ""


def _figure(number: str, unit: str) -> str:
    """The number with digits repaired, a decimal point, no thousands mark ("50.000 UI" is fifty thousand)."""
    marks = "[.,]" if unit == "IU" or number.count(".") > 1 else ","
    plain = re.sub(rf"{marks}(?=\d{{3}}(?!\d))", "", number.translate(_AS_DIGITS)).replace(",", ".")
    return f"{float(plain):.10g}"
