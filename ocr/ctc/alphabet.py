"""The recogniser's classes as the letters that names are compared on.

Case, accents and signs do not tell one medicine from another, so upper and lower case, with and without
accents, are one letter, whose probability is the sum of theirs; hyphens, spaces, stops and other signs are
the blank, so that a name may hold them or not. Codes are those of `multilingual.clinical.confusions`.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from multilingual.clinical.confusions import CODES, LETTERS, OTHER
from multilingual.clinical.name_keys import name_words
from ocr.ctc.readings import BLANK
from ocr.engines.base import ANY_HAN, Columns

Chances = NDArray[np.float64]
"""Probabilities of the letters, shape (columns, LETTERS), rows summing to 1."""


def letter_chances(columns: Columns) -> Chances:
    """The probability of each letter in each column."""
    classes = columns.chances
    folded = np.zeros((len(classes), LETTERS))
    codes, starts, order = _grouped(columns.characters)
    if len(classes):
        folded[:, codes] = np.add.reduceat(classes[:, order].astype(np.float64), starts, axis=1)
    return folded


@lru_cache(maxsize=8)
def _grouped(characters: tuple[str, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Codes that occur, where each begins among the classes ordered by code, and that order."""
    codes = np.array([_code(character) for character in characters], np.intp)
    order = np.argsort(codes, kind="stable")
    present, starts = np.unique(codes[order], return_index=True)
    return present, starts, order


def _code(character: str) -> int:
    letters = "".join(name_words(character))
    if not letters:
        return OTHER if character == ANY_HAN else BLANK  # it is no sign that a name may hold
    return CODES.get(letters[0], OTHER)
