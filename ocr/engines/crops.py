"""Crops of lines at the height that recognisers read, and how they are dealt out into batches.

Widths are rounded up to a multiple, and batches are bounded by their columns, so that few shapes occur and
the runtime's memory stays flat. Crops of one width are read together, so none is read otherwise for what
else there is.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.base import Picture
from ocr.records import Box

HEIGHT = 48
WIDEST = 3200
_WIDTH_STEP = 32
_NARROWEST_BATCH = 96
_COLUMNS_A_BATCH = 1280
_BLANK_SPREAD = 2.0
"""Standard deviation of grey levels, 0 to 255, that paper without ink stays under."""

Crop = NDArray[np.uint8]
"""BGR, shape (height, width, 3), or grey, shape (height, width)."""


def has_ink(picture: Picture) -> bool:
    """Whether there is anything on it at all."""
    return picture.size > 0 and float(np.std(picture)) >= _BLANK_SPREAD


def whole(picture: Picture) -> Box:
    """The box of the whole picture."""
    height, width = map(float, picture.shape[:2])
    return (0.0, 0.0, width, 0.0, width, height, 0.0, height)


def to_height(crop: Crop, narrowest: int = 1) -> Crop:
    """The crop at HEIGHT, its proportions kept unless it would be narrower than `narrowest` columns."""
    height, width = crop.shape[:2]
    columns = min(WIDEST, max(narrowest, math.ceil(HEIGHT * width / height)))
    return cast(Crop, cv2.resize(crop, (columns, HEIGHT), interpolation=interpolation(HEIGHT, height)))


def interpolation(target: int, source: int) -> int:
    """How OpenCV resizes sides of `source` pixels to `target`."""
    return cv2.INTER_AREA if target < source else cv2.INTER_LINEAR


def batches(widths: Sequence[int]) -> Iterator[tuple[list[int], int]]:
    """Indices into `widths` in batches of bounded size, each with the width to pad it to, widest first."""
    alike: dict[int, list[int]] = defaultdict(list)
    for index, width in enumerate(widths):
        alike[max(_NARROWEST_BATCH, math.ceil(width / _WIDTH_STEP) * _WIDTH_STEP)].append(index)
    for padded in sorted(alike, reverse=True):
        size = max(1, _COLUMNS_A_BATCH // padded)
        for start in range(0, len(alike[padded]), size):
            yield alike[padded][start : start + size], padded
