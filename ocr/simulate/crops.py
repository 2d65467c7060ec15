"""One line or word, cut out as a detector would cut it: for training a recogniser."""

from typing import cast

import cv2
import numpy as np

from ocr.engines.base import Picture
from ocr.simulate.doctors import Doctor
from ocr.simulate.paper import draw_paper, see
from ocr.simulate.strokes import Mask, write_line

_HEIGHTS = (40, 90)  # of a crop, in pixels
_NEIGHBOURS = "aebdgpfylt rntjkhs mi CTDR 105"


def draw_crop(text: str, doctor: Doctor, random: np.random.Generator) -> Picture:
    """`text` in the doctor's hand, RGB, 40 to 90 pixels high, with paper, neighbours' strokes and camera.

    The margins are a detector's: random, at times cutting a little ink. ValueError for an empty text, and
    for a letter that no typeface has (`doctor.can_write`).
    """
    if not text.strip():
        raise ValueError("An empty line can't be drawn.")
    printed = doctor.script == "print"
    x_height = random.uniform(13, 24)
    written = write_line(text, doctor, x_height, random)
    top, bottom, left, right = _cut(written.ink, x_height, random)
    ink = _window(written.ink, top, bottom, left, right)
    if random.random() < (0.15 if printed else 0.35):
        _add_neighbours(ink, doctor, x_height, random)
    ink = _within_heights(ink)
    baseline = (written.start[1] - top) / (bottom - top)
    paper = draw_paper(ink.shape, baseline * ink.shape[0], random)
    cover = ink[:, :, np.newaxis]
    colour = np.array(doctor.ink, np.float32)
    colour = colour + (paper.mean(axis=(0, 1)) - colour) * np.float32(random.uniform(0, 0.35) ** 2)
    return see(paper * (1 - cover) + colour * cover, random)


def _cut(ink: Mask, x_height: float, random: np.random.Generator) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of a detector's box around the ink."""
    rows, columns = np.nonzero(ink.max(axis=1) > 0.3)[0], np.nonzero(ink.max(axis=0) > 0.3)[0]
    if not len(rows):
        return 0, ink.shape[0], 0, ink.shape[1]
    margins = random.normal((0.28, 0.28, 0.5, 0.5), (0.25, 0.25, 0.45, 0.45)) * x_height
    margins = np.maximum(margins, (-0.1 * x_height, -0.1 * x_height, -0.03 * x_height, -0.03 * x_height))
    above, below, before, after = (round(float(margin)) for margin in margins)
    return (
        int(rows[0]) - above,
        int(rows[-1]) + 1 + below,
        int(columns[0]) - before,
        int(columns[-1]) + 1 + after,
    )


def _window(ink: Mask, top: int, bottom: int, left: int, right: int) -> Mask:
    """That part of the ink, with empty paper where it reaches beyond."""
    height, width = ink.shape
    window = np.zeros((bottom - top, right - left), np.float32)
    y0, y1, x0, x1 = max(0, top), min(height, bottom), max(0, left), min(width, right)
    window[y0 - top : y1 - top, x0 - left : x1 - left] = ink[y0:y1, x0:x1]
    return window


def _add_neighbours(ink: Mask, doctor: Doctor, x_height: float, random: np.random.Generator) -> None:
    """Strokes of the lines above and below that reach into the box."""
    height, width = ink.shape
    for side in (-1, 1):
        if random.random() < 0.4:
            continue
        letters = "".join(random.choice(list(_NEIGHBOURS), int(random.integers(2, 9))))
        if not letters.strip():
            continue
        other = write_line(letters.strip(), doctor, x_height, random)
        rows = np.nonzero(other.ink.max(axis=1) > 0.3)[0]
        if not len(rows):
            continue
        reach = round(random.uniform(0.05, 0.22) * height)
        top = reach - int(rows[-1]) - 1 if side < 0 else height - reach - int(rows[0])
        left = int(random.integers(-other.ink.shape[1] // 2, max(1, width - other.ink.shape[1] // 2)))
        _lay(ink, other.ink, left, top)


def _lay(ink: Mask, drawn: Mask, left: int, top: int) -> None:
    """Put `drawn` onto the crop's ink, cut off at its edges."""
    height, width = ink.shape
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(width, left + drawn.shape[1]), min(height, top + drawn.shape[0])
    if x0 < x1 and y0 < y1:
        part = drawn[y0 - top : y1 - top, x0 - left : x1 - left]
        np.maximum(ink[y0:y1, x0:x1], part, out=ink[y0:y1, x0:x1])


def _within_heights(ink: Mask) -> Mask:
    """The ink shrunk or enlarged to a permitted height."""
    height, width = ink.shape
    wanted = min(max(height, _HEIGHTS[0]), _HEIGHTS[1])
    if wanted == height:
        return ink
    size = (max(8, round(width * wanted / height)), wanted)
    how = cv2.INTER_AREA if wanted < height else cv2.INTER_LINEAR
    return cast(Mask, cv2.resize(ink, size, interpolation=how))
