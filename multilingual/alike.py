"""Whether two words are one: inflected from the same stem, or one of them misspelt."""

import math
from typing import Final

from rapidfuzz.distance import OSA

_SHORTEST_STEM: Final = 5  # letters
_STEM: Final = 0.6  # of a word, about: "inflamed" and "inflammation"
_MISSPELT: Final = 6  # letters for each error that is forgiven


def alike(word: str, other: str) -> bool:
    """Whether `word`, folded, begins as `other` does or is nearly spelt so: "draining" and "drain"."""
    stem = max(_SHORTEST_STEM, math.ceil(len(word) * _STEM))
    return other[:stem] == word[:stem] or (
        len(word) >= _MISSPELT and OSA.distance(word, other) <= len(word) // _MISSPELT
    )
