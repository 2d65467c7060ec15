"""Font files of hands and print: which letters they have, and how large and how thick their letters are."""

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from PIL import ImageFont

_MEASURED_AT = 100  # pixels a square; figures of a typeface are shares of it
_NO_GLYPH = "\U0010ffff"  # a code point that no font holds: draws what a font draws for letters it lacks
_JOINERS = "\u200c\u200d"
# A letter of normal height where there is no x, and how many x-heights it has beside Latin letters.
_LETTERS = {"latin": ("x", 1.0), "devanagari": ("क", 1.3), "han": ("日", 1.8)}


@lru_cache(maxsize=512)
def load(path: Path, size: int, shaped: bool = False) -> ImageFont.FreeTypeFont:
    """A font in pixels a square; `shaped` composes conjuncts, which Devanagari needs."""
    layout = ImageFont.Layout.RAQM if shaped else ImageFont.Layout.BASIC
    return ImageFont.truetype(path, size, layout_engine=layout)


@cache
def has(path: Path, letter: str) -> bool:
    """Whether the font draws this letter: neither as its sign for missing letters, nor as nothing."""
    if letter.isspace() or letter in _JOINERS:
        return True
    drawn = load(path, 40).getmask(letter)
    return drawn.getbbox() is not None and bytes(drawn) != bytes(load(path, 40).getmask(_NO_GLYPH))


@dataclass(frozen=True, slots=True)
class Measures:
    """Heights and thickness of a font's letters, as shares of its size."""

    x_height: float
    stroke: float


@cache
def measures(path: Path, script: str) -> Measures:
    """Of the letter x (in other scripts a letter like it); the stroke is twice the area over the outline.

    A font of signs alone is measured as if it had letters half its size.
    """
    letter, x_heights = _LETTERS[script]
    if not has(path, letter):
        return Measures(0.5, 0.07)
    mask = load(path, _MEASURED_AT).getmask(letter)
    ink = np.fromiter(mask, np.uint8).reshape(mask.size[::-1]) > 127
    edges = (ink[1:] != ink[:-1], ink[:, 1:] != ink[:, :-1])
    outline = max(1, sum(int(np.count_nonzero(edge)) for edge in edges))
    height = int(np.count_nonzero(ink.any(axis=1))) / _MEASURED_AT
    # Counted in steps of pixels, a slanting outline is about 1.3 times its length.
    return Measures(height / x_heights, 2.6 * int(np.count_nonzero(ink)) / outline / _MEASURED_AT)
