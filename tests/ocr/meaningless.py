"""Pictures without a word on them: blank sheets, noise, textures, patterns, drawings, a face."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.base import Picture

Plane = NDArray[np.floating]


def meaningless(height: int, width: int, seed: int = 0) -> Iterator[tuple[str, Picture]]:
    """Named pictures of (height, width)."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    for level in (0, 128, 255):
        yield f"level {level}", _grey(np.full((height, width), float(level)))
    yield "noise", _grey(128 + 40 * random.standard_normal((height, width)))
    yield "colour noise", np.clip(random.normal(128, 60, (height, width, 3)), 0, 255).astype(np.uint8)
    yield "specks", _grey(np.where(random.random((height, width)) < 0.02, 0, 255.0))
    yield "ramp", _grey(columns / width * 255)
    yield "lamp", _grey(255 - np.hypot(columns - width / 2, rows - height / 2) / 3)
    for grain in (2, 8, 40):
        cloud = _smooth(random.standard_normal((height, width)), grain)
        yield f"clouds {grain}", _grey(128 + 60 * cloud / cloud.std())
        yield f"blots {grain}", _grey(np.where(cloud > 1.2 * cloud.std(), 30.0, 230.0))
    for period in (6, 25, 50):
        across, down = np.sin(columns * 2 * np.pi / period), np.sin(rows * 2 * np.pi / period)
        yield f"stripes {period}", _grey(128 + 100 * np.sign(down))
        yield f"checks {period}", _grey(128 + 100 * np.sign(across * down))
        yield f"weave {period}", _grey(120 + 40 * across * down + 12 * random.standard_normal(rows.shape))
    yield "ruled paper", _grey(np.where(rows % 32 < 1, 120.0, 245.0))
    yield "squared paper", _grey(np.where((rows % 32 < 1) | (columns % 32 < 1), 120.0, 245.0))
    yield "shapes", _shapes(height, width, random)
    yield "scribble", _scribble(height, width, random)
    yield "face", _face(height, width)


def _grey(plane: Plane) -> Picture:
    return np.repeat(np.clip(plane, 0, 255).astype(np.uint8)[:, :, np.newaxis], 3, axis=2)


def _smooth(plane: Plane, sigma: float) -> Plane:
    return cv2.GaussianBlur(plane.astype(np.float32), (0, 0), sigma)


def _shapes(height: int, width: int, random: np.random.Generator) -> Picture:
    sheet = np.full((height, width, 3), 240, np.uint8)
    for _ in range(25):
        colour = [int(value) for value in random.integers(0, 255, 3)]
        start, end = ([int(random.integers(0, width)), int(random.integers(0, height))] for _ in "ab")
        cv2.rectangle(sheet, start, end, colour, 2)
        cv2.circle(sheet, start, int(random.integers(20, 120)), colour, 3)
    return sheet


def _scribble(height: int, width: int, random: np.random.Generator) -> Picture:
    sheet = np.full((height, width, 3), 245, np.uint8)
    for _ in range(40):
        path = np.cumsum(random.normal(0, 12, (30, 2)), axis=0) + random.uniform(0, 1, 2) * (width, height)
        cv2.polylines(sheet, [path.astype(np.int32)], False, (60, 40, 90), 2)
    return sheet


def _face(height: int, width: int) -> Picture:
    x, y, unit = width // 2, height // 2, min(height, width) // 20
    sheet = np.full((height, width, 3), (200, 210, 220), np.uint8)
    cv2.ellipse(sheet, (x, y), (5 * unit, 7 * unit), 0, 0, 360, (224, 172, 140), -1)
    for side in (-2 * unit, 2 * unit):
        cv2.ellipse(sheet, (x + side, y - 2 * unit), (unit, unit // 2), 0, 0, 360, (255, 255, 255), -1)
        cv2.circle(sheet, (x + side, y - 2 * unit), unit // 3, (60, 40, 30), -1)
    cv2.ellipse(sheet, (x, y + 3 * unit), (2 * unit, unit), 0, 0, 180, (170, 60, 70), 5)
    return cv2.GaussianBlur(sheet, (0, 0), 3).astype(np.uint8)
