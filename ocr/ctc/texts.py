"""How likely whole texts are in what a recogniser saw, case aside."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ocr.ctc.forward import Scores, forward_scores
from ocr.ctc.readings import BLANK
from ocr.engines.base import Columns

FLOOR = 1e-5
"""What a recogniser that is sure of another letter leaves to each, and to those that it does not know."""
_SURELY = 0.98


def text_scores(columns: Columns, texts: Sequence[str]) -> Scores:
    """Natural logarithm of the probability of each text, shape (texts,); -inf of one longer than the columns.

    Upper and lower case are one letter, whose probability is the sum of theirs.
    """
    letters: dict[str, int] = {"": BLANK}
    folded = [letters.setdefault(_letter(character), len(letters)) for character in columns.characters]
    unknown = len(letters)
    seen = _without_pauses(columns.chances)
    chances = np.zeros((len(seen), unknown + 1))
    for k, letter in enumerate(folded):
        chances[:, letter] += seen[:, k]
    words = [[letters.get(_letter(character), unknown) for character in text] for text in texts]
    codes = np.full((len(words), max(map(len, words), default=0)), BLANK, np.intp)
    for row, word in zip(codes, words, strict=True):
        row[: len(word)] = word
    return forward_scores(np.maximum(chances, FLOOR), codes, np.array(list(map(len, words)), np.intp))


def _without_pauses(chances: NDArray[np.float32]) -> NDArray[np.float32]:
    """The columns without those that are surely blank behind another such: they tell no letter."""
    blank = chances[:, BLANK] >= _SURELY
    kept = np.ones(len(chances), np.bool_)
    kept[1:] = ~(blank[1:] & blank[:-1])
    return chances[kept]


def _letter(character: str) -> str:
    small = character.lower()
    return small if len(small) == 1 else character
