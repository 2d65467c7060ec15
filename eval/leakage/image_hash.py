"""Difference hashes of pictures: alike for a picture that was scaled, compressed again or made lighter.

The picture is brought to 9 x 8 grey pixels; a bit says whether a pixel is lighter than its left neighbour
(Krawetz 2013, "Kind of like that").
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""A picture of shape (height, width), or (height, width, 3) in RGB."""

BITS: Final = 64


def image_hash(pixels: Pixels) -> int:
    """The hash, 64 bits. Raises ValueError where the array is no picture of 8 bits."""
    is_colour = pixels.ndim == 3 and pixels.shape[2] == 3
    if pixels.dtype != np.uint8 or not (is_colour or pixels.ndim == 2) or not pixels.size:
        raise ValueError(f"no picture of 8 bits: {pixels.dtype} of shape {pixels.shape}")
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) if is_colour else pixels
    small = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA)
    return int.from_bytes(np.packbits(small[:, 1:] > small[:, :-1]).tobytes(), "big")


def nearest(hash_: int, others: NDArray[np.uint64]) -> tuple[int, int]:
    """Place of the nearest of one or more hashes, the first of several, and how many bits differ."""
    bits = np.bitwise_count(others ^ np.uint64(hash_))
    place = int(bits.argmin())
    return place, int(bits[place])
