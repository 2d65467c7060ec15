"""Handwriting: text drawn word by word in a handwriting font, each word a little different.

The hand called "print" is a printer's: forms that were filled in by a program.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ocr.fonts import PRINT, Typeface

Mask = NDArray[np.float32]
"""How much ink lies on each pixel, 0 to 1, shape (height, width)."""

_FONTS = Path(__file__).parent / "fonts"


@dataclass(frozen=True, slots=True)
class Hand:
    """A hand that writes: its letters, and how unsteady it is (0 a printer, 1 a doctor)."""

    typeface: Typeface
    unsteadiness: float = 1.0


def _font(file: str) -> Hand:
    devanagari = _FONTS / "kalam-devanagari-400.woff2"
    return Hand(Typeface(_FONTS / file, devanagari, _FONTS / "zhi-mang-xing-subset.woff2"))


HANDS: Mapping[str, Hand] = MappingProxyType(
    {
        "kalam": _font("kalam-latin-400.woff2"),
        "caveat": _font("caveat-latin-500.woff2"),
        "nothing-you-could-do": _font("nothing-you-could-do-latin-400.woff2"),
        "reenie-beanie": _font("reenie-beanie-latin-400.woff2"),
        "zhi-mang-xing": _font("zhi-mang-xing-subset.woff2"),
        "print": Hand(PRINT, unsteadiness=0.0),
    }
)


def write(
    ink: Mask, at: tuple[float, float], text: str, hand: Hand, size: int, random: np.random.Generator
) -> float:
    """Write `text` on the sheet's ink from the baseline point `at`; returns where the line ends.

    Runs of spaces stay as wide as they are. Words vary in size, slant, height over the line and pressure.
    """
    x, y = at
    loose = hand.unsteadiness
    drift = random.normal(0, 0.012) * loose  # the line climbs or falls
    space = hand.typeface.width("n", size)
    for word in text.split(" "):
        if word:
            own_size = round(size * (1 + random.normal(0, 0.03) * loose))
            pressure = np.float32(1 - random.uniform(0, 0.2) * loose)
            above = y + (x - at[0]) * drift + random.normal(0, 0.03) * loose * size
            _lay(ink, _word(word, hand, own_size, random) * pressure, round(x), round(above - 1.6 * size))
            x += hand.typeface.width(word, own_size)
        x += space * (1 + random.uniform(-0.1, 0.15) * loose)
    return x


def _word(word: str, hand: Hand, size: int, random: np.random.Generator) -> Mask:
    """The word with its baseline 1.6 sizes below the top, bent by a smooth random field."""
    width, height = int(hand.typeface.width(word, size) + 2 * size), round(2.6 * size)
    picture = Image.new("L", (width, height))
    hand.typeface.draw(ImageDraw.Draw(picture), (0.2 * size, 1.6 * size), word, size, 255)
    rows, columns = np.mgrid[:height, :width]
    slant = random.normal(0, 0.05) * hand.unsteadiness * (rows - 1.6 * size)
    across, down = (_bend(size, (width, height), hand, random) for _ in "xy")
    bent = cv2.remap(
        np.asarray(picture, np.float32) / 255,
        (columns + across + slant).astype(np.float32),
        (rows + down).astype(np.float32),
        cv2.INTER_LINEAR,
    )
    return bent.astype(np.float32)


def _bend(size: int, shape: tuple[int, int], hand: Hand, random: np.random.Generator) -> NDArray[Any]:
    """Displacements in pixels that change slowly over a picture of (width, height)."""
    knots = random.normal(0, 0.028 * size, (4, max(3, shape[0] // size + 2))) * hand.unsteadiness
    field: NDArray[Any] = cv2.resize(knots, shape, interpolation=cv2.INTER_CUBIC)
    return field


def _lay(ink: Mask, drawn: Mask, left: int, top: int) -> None:
    """Put `drawn` onto the sheet, cut off at its edges."""
    height, width = ink.shape
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(width, left + drawn.shape[1]), min(height, top + drawn.shape[0])
    if x0 < x1 and y0 < y1:
        part = drawn[y0 - top : y1 - top, x0 - left : x1 - left]
        np.maximum(ink[y0:y1, x0:x1], part, out=ink[y0:y1, x0:x1])
