"""Strengths as doctors write them: "500 mg+125 mg" of the formulary becomes "500/125", "500+125mg"."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from multilingual.clinical.strengths import normalise_strength
from ocr.simulate.order_styles import OrderStyle
from ocr.simulate.words import pick

_SOLID = frozenset({"tablet", "capsule", None})
_SPREAD = frozenset({"cream", "ointment", "gel", "lotion", "drops", "shampoo", "soap", "powder"})
_LIQUID = frozenset({"syrup", "suspension", "solution"})
_PIECE = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z%]+)")
_UNIT = re.compile(r"(?<=\d) ([A-Za-z]+)")
_THOUSANDS = re.compile(r"(\d)000 IU")
_LONGEST = 18  # characters of a strength that a doctor writes out
_LEAST_BARE = 5  # below it a number without a unit may as well count tablets


class WrittenStrength(NamedTuple):
    """A strength as written, and as the field has it."""

    written: str
    means: str


def write_strength(
    strengths: Sequence[str], form: str | None, style: OrderStyle, random: np.random.Generator
) -> WrittenStrength | None:
    """One of the strengths that the form comes in; None where the list tells none."""
    fitting = [each for each in strengths if len(each) <= _LONGEST and _fits(each, form)]
    if form in _LIQUID:
        fitting = [each for each in fitting if "/" in each] or fitting
    if not fitting:
        return None
    written = _written(pick(fitting, random), form, style, random)
    return WrittenStrength(written, normalise_strength(written))


def _written(strength: str, form: str | None, style: OrderStyle, random: np.random.Generator) -> str:
    pieces = _PIECE.findall(strength)
    numbers = [number for number, _ in pieces]
    plain = bool(pieces) and "/" not in strength and all(unit == "mg" for _, unit in pieces)
    may_stand_alone = plain and form in _SOLID and all(float(number) >= _LEAST_BARE for number in numbers)
    if may_stand_alone and random.random() < style.bare:
        return "/".join(numbers)
    if plain and len(pieces) > 1:
        return pick("/+", random).join(numbers) + style.space + _unit("mg", style)
    if random.random() < 0.5:
        strength = _THOUSANDS.sub(r"\1K IU", strength)
    return _UNIT.sub(lambda match: style.space + _unit(match[1], style), strength)


def _fits(strength: str, form: str | None) -> bool:
    """Whether the form comes in it: what is spread or dropped in percent, a solid not by the millilitre."""
    if "%" in strength or form in _SPREAD:
        return "%" in strength and form in _SPREAD
    return "/" not in strength or form not in _SOLID


def _unit(unit: str, style: OrderStyle) -> str:
    return unit.upper() if style.capital_units and unit in ("mg", "g", "ml", "mcg") else unit
