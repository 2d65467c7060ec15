"""A picture within a budget of pixels."""

import math

import cv2
import numpy as np

from ocr.engines.base import Picture


def within(picture: Picture, pixels: int) -> Picture:
    """`picture` with at most `pixels` pixels: made smaller in its proportions where it has more.

    A side is never less than one pixel, so a picture narrower than a hair can keep more than `pixels`.
    """
    height, width = picture.shape[:2]
    if height * width <= pixels:
        return picture
    scale = math.sqrt(pixels / (height * width))
    size = max(1, math.floor(width * scale)), max(1, math.floor(height * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
