"""A sheet of paper to write and print on: its picture, and where each line of text stands."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.base import Picture
from ocr.simulate.doctors import Colour, Doctor
from ocr.simulate.strokes import Mask, write_line

Corners = NDArray[np.float32]
"""Four points (x, y), clockwise from the top left, shape (4, 2)."""

Role = Literal["print", "field", "vitals", "medicine", "advice", "stamp"]

_SEEN = 0.3  # ink that counts for where a line stands


@dataclass(frozen=True, slots=True)
class Line:
    """A text as it stands on the sheet."""

    text: str
    role: Role
    corners: Corners


class Surface:
    """Paper of one colour. All that is written on it is blended into `picture` at once."""

    def __init__(self, width: int, height: int, colour: Colour) -> None:
        self.picture: Picture = np.full((height, width, 3), colour, np.uint8)
        self.lines: list[Line] = []

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.picture.shape[1], self.picture.shape[0]

    def write(
        self,
        text: str,
        at: tuple[float, float],
        doctor: Doctor,
        x_height: float,
        role: Role,
        random: np.random.Generator,
        colour: Colour | None = None,
    ) -> float:
        """Write a line from the baseline point `at`; returns where it ends. Runs of spaces stay as wide."""
        written = write_line(text, doctor, x_height, random)
        left, top = round(at[0] - written.start[0]), round(at[1] - written.start[1])
        self.blend(written.ink, left, top, colour or doctor.ink)
        corners = ink_corners(written.ink)
        if corners is not None:
            self.lines.append(Line(text.strip(), role, corners + np.array([left, top], np.float32)))
        return at[0] + written.width

    def rule(
        self, start: tuple[float, float], end: tuple[float, float], colour: Colour, width: int = 1
    ) -> None:
        """Print a straight line."""
        (x0, y0), (x1, y1) = start, end
        cv2.line(self.picture, (round(x0), round(y0)), (round(x1), round(y1)), colour, width, cv2.LINE_AA)

    def blend(self, ink: Mask, left: int, top: int, colour: Colour) -> None:
        """Lay ink on the paper, cut off at its edges."""
        height, width = self.picture.shape[:2]
        x0, y0 = max(0, left), max(0, top)
        x1, y1 = min(width, left + ink.shape[1]), min(height, top + ink.shape[0])
        if x0 < x1 and y0 < y1:
            cover = ink[y0 - top : y1 - top, x0 - left : x1 - left, np.newaxis]
            paper = self.picture[y0:y1, x0:x1].astype(np.float32)
            inked = paper + (np.array(colour, np.float32) - paper) * cover
            self.picture[y0:y1, x0:x1] = inked.astype(np.uint8)


def ink_corners(ink: Mask) -> Corners | None:
    """The upright box around the ink; None where there is none."""
    rows = np.flatnonzero(ink.max(axis=1) > _SEEN)
    columns = np.flatnonzero(ink.max(axis=0) > _SEEN)
    if not len(rows):
        return None
    x0, y0, x1, y1 = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def around(lines: list[Line]) -> Corners:
    """The upright box around lines of a sheet."""
    points = np.concatenate([line.corners for line in lines])
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)
