"""Crops as other hands, pens and cameras would have left them, at the recogniser's height.

All that moves ink is one resampling: stretch, slant, turn, and a bend that changes slowly over the crop. All
else is done on the small picture that comes out.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

HEIGHT = 48
NARROWEST = 160
"""Columns that a crop is widened to at least: words are often cut to a square."""
WIDEST = 1920
_SQUARE = 1.25
"""Crops up to so many times as wide as high were squeezed, or are so short that it makes no odds."""
_NATURAL = 0.6
"""Share of these whose letters are made narrower than NARROWEST makes them: on pages they are by a third."""

Grey = NDArray[np.uint8]


def augment(crop: Grey, strength: float, random: np.random.Generator) -> Grey:
    """`crop`, grey and of any size, as another photograph of another hand: (HEIGHT, its width).

    `strength` 0 only resizes; 1 is a doctor in a hurry and a poor camera.
    """
    bent = _bent(crop, strength, random)
    if random.random() < 0.3 * strength:
        bent = _thickened(bent, random)
    if random.random() < 0.1 * strength:
        bent = cv2.threshold(bent, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[1].astype(np.uint8)
    if random.random() < 0.1 * strength:
        _struck(bent, random)
    return _photographed(bent, strength, random)


def plain_width(height: int, width: int) -> int:
    """Columns of a crop of this size at HEIGHT, unaltered."""
    return min(WIDEST, max(NARROWEST, math.ceil(HEIGHT * width / height)))


def squeezed(crop: Grey, width: int) -> Grey:
    """The crop at this width."""
    return np.asarray(cv2.resize(crop, (width, crop.shape[0]), interpolation=cv2.INTER_AREA), np.uint8)


def _bent(crop: Grey, strength: float, random: np.random.Generator) -> Grey:
    height, width = crop.shape
    columns = plain_width(height, width)
    if strength:
        stretch = random.normal(0, 0.16)
        if width <= _SQUARE * height and random.random() < _NATURAL:
            stretch -= random.uniform(0, 0.6)
        columns = int(np.clip(columns * math.exp(stretch * strength), 72, WIDEST))
    rows, across = np.mgrid[:HEIGHT, :columns].astype(np.float32)
    # In shares of the crop, from its middle.
    y, x = (rows + 0.5) / HEIGHT - 0.5, (across + 0.5) / columns - 0.5
    if strength:
        proportion = columns / HEIGHT
        slant, turn = random.normal(0, 0.16) * strength, random.normal(0, 0.022) * strength
        x0, y0 = x, y
        x = x0 + slant * y0 / proportion
        y = y0 + turn * x0 * proportion
        x = x * (1 + random.uniform(-0.03, 0.08) * strength) + random.normal(0, 0.012) * strength
        y = y * (1 + random.uniform(-0.12, 0.25) * strength) + random.normal(0, 0.03) * strength
        knots = (3, max(3, columns // 24))
        x = x + _field(knots, (HEIGHT, columns), random) * (0.022 * strength / proportion)
        y = y + _field(knots, (HEIGHT, columns), random) * (0.022 * strength)
    sharp = crop if height <= 2 * HEIGHT else _reduced(crop, 2 * HEIGHT / height)
    drawn = cv2.remap(
        sharp,
        ((x + 0.5) * sharp.shape[1] - 0.5).astype(np.float32),
        ((y + 0.5) * sharp.shape[0] - 0.5).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(drawn, np.uint8)


def _reduced(crop: Grey, share: float) -> Grey:
    size = (max(1, round(crop.shape[1] * share)), max(1, round(crop.shape[0] * share)))
    return np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.uint8)


def _field(
    knots: tuple[int, int], shape: tuple[int, int], random: np.random.Generator
) -> NDArray[np.float32]:
    """Random displacements that change slowly, shape `shape`."""
    values = random.normal(0, 1, knots).astype(np.float32)
    return np.asarray(cv2.resize(values, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def _thickened(crop: Grey, random: np.random.Generator) -> Grey:
    kernel = np.ones((2, 2) if random.random() < 0.7 else (3, 2), np.uint8)
    change = cv2.erode if random.random() < 0.6 else cv2.dilate  # erosion of a bright page thickens ink
    return np.asarray(change(crop, kernel), np.uint8)


def _struck(crop: Grey, random: np.random.Generator) -> None:
    """A rule, or a stroke of a neighbour, across the crop."""
    height, width = crop.shape
    start = (0, int(random.integers(height)))
    end = (width, int(min(max(start[1] + random.normal(0, 6), 0), height)))
    ink = int(np.percentile(crop, random.uniform(2, 40)))
    cv2.line(crop, start, end, (ink,), int(random.integers(1, 3)), cv2.LINE_AA)


def _photographed(crop: Grey, strength: float, random: np.random.Generator) -> Grey:
    if not strength:
        return crop
    if random.random() < 0.3 * strength:
        share = random.uniform(0.4, 0.9)
        small = _reduced(crop, share)
        crop = np.asarray(cv2.resize(small, crop.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
    elif random.random() < 0.25 * strength:
        crop = np.asarray(cv2.GaussianBlur(crop, (0, 0), random.uniform(0.4, 1.3)), np.uint8)
    grey = crop.astype(np.float32)
    middle = float(grey.mean())
    grey = (grey - middle) * random.uniform(1 - 0.55 * strength, 1 + 0.3 * strength) + middle
    grey += random.normal(0, 22) * strength
    if random.random() < 0.25 * strength:
        grey += _field((2, 4), crop.shape, random) * random.uniform(5, 25)  # a shadow
    if random.random() < 0.4 * strength:
        grey += random.normal(0, random.uniform(2, 12), crop.shape).astype(np.float32)
    if random.random() < 0.02 * strength:
        grey = 255 - grey
    return np.clip(grey, 0, 255).astype(np.uint8)
