"""What handwriting and recognisers confuse, as arrays: the costs that `name_distance` adds up.

Costs are integers, `UNIT` for 1. A letter written, in a name of the formulary, also has a place, since an
error costs more in some places than in others.
"""

from dataclasses import dataclass
from functools import cache
from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt

from multilingual.clinical.vocabulary import table

UNIT = 100
LETTERS = 64
FIRST, SECOND, BODY, SUFFIX = range(4)
PLACES = 4

_LATIN = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
CODES = {letter: code for code, letter in enumerate(_LATIN + _DIGITS, start=1)}
"""Letter -> code; 0 stands for no letter."""
OTHER = LETTERS - 1
"""The code of every letter that is neither Latin nor a digit; those are told apart by their code points."""

Costs = npt.NDArray[np.int16]
Codes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Confusions:
    """The costs.

    `read_as` is [LETTERS, PLACES, LETTERS]: letter read, place and letter written. `lost` is [PLACES,
    LETTERS], of a written letter that is not read; `added` is [LETTERS], of a letter read that is not
    written; `place` is [PLACES], by how much errors cost more there. `merged` is [LETTERS, LETTERS]: the one
    letter that may stand for these two, or 0, at the cost `merging`.
    """

    read_as: Costs
    lost: Costs
    added: Costs
    place: npt.NDArray[np.float64]
    doubled: int
    merged: Codes
    merging: int


@cache
def confusions() -> Confusions:
    """The table that ships, `data/confusions.toml`."""
    data = table("confusions")
    place = np.ones(PLACES)
    place[[FIRST, SECOND, SUFFIX]] = [data["places"][name] for name in ("first", "second", "suffix")]
    digit = np.ones(LETTERS)
    digit[[CODES[letter] for letter in _DIGITS]] = data["places"]["digit"]

    lost = np.full(LETTERS, data["lost"]["default"]) * digit
    for letter, cost in data["lost"]["letters"].items():
        lost[CODES[letter]] = cost
    lost[OTHER] = data["lost"]["other"]
    lost_at = place[:, None] * lost[None, :]
    lost_at[SUFFIX] = np.maximum(lost, data["lost"]["suffix"])
    added = np.full(LETTERS, data["added"]) * digit
    added[[CODES[letter] for letter in "aeiou"]] = data["added_vowel"]
    return Confusions(
        read_as=_units(_read_as(data)[:, None, :] * place[None, :, None]),
        lost=_units(lost_at),
        added=_units(added),
        place=place,
        doubled=round(data["doubled"] * UNIT),
        merged=_merged(data["pairs"]["letters"]),
        merging=round(data["pairs"]["cost"] * UNIT),
    )


def _units(costs: npt.NDArray[np.float64]) -> Costs:
    return np.rint(costs * UNIT).astype(np.int16)


def _read_as(data: dict[str, Any]) -> npt.NDArray[np.float64]:
    """[LETTERS read, LETTERS written], before the place counts."""
    costs = np.full((LETTERS, LETTERS), float(data["unlike"]))
    for written, readings in data["read_as"].items():
        for read, cost in readings.items():
            costs[CODES[read], CODES[written]] = cost
    for alike in data["alike"]:
        for one, another in (pair for group in alike["groups"] for pair in permutations(group, 2)):
            at = CODES[one], CODES[another]
            costs[at] = min(costs[at], alike["cost"])
    costs[OTHER, OTHER] = data["other"]
    same = np.arange(1, OTHER)
    costs[same, same] = 0
    return costs


def _merged(pairs: list[str]) -> Codes:
    merged = np.zeros((LETTERS, LETTERS), np.uint8)
    for pair in pairs:
        two, one = pair.split("=")
        merged[CODES[two[0]], CODES[two[1]]] = CODES[one]
    return merged
