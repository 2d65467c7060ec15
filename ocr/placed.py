"""Fragments in the frame of the level page, which is turned by the page's skew, so that lines run level."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ocr.engines.base import Columns, Fragment
from ocr.records import Box, TextLine

_TALL = 1.5  # a box this many times as high as wide holds text that runs down the page,
_TALL_LETTERS = 3  # unless it is one of the signs that are tall themselves
_STEEPEST = np.deg2rad(8)  # a line's slant against the page that is believed


@dataclass(frozen=True, slots=True)
class Placed:
    """A fragment in the level frame: x to the right along the lines, y down; pixels and radians."""

    fragment: TextLine
    left: float
    right: float
    middle: float
    height: float
    slant: float
    columns: Columns | None = None

    def level_at(self, x: float) -> float:
        """Height of the middle of the line at `x`, followed along the slant."""
        return self.middle + (x - (self.left + self.right) / 2) * float(np.tan(self.slant))


def corners(box: Box) -> NDArray[np.float64]:
    """The corners of a box, shape (4, 2)."""
    return np.array(box, dtype=float).reshape(4, 2)


def is_vertical(fragment: TextLine) -> bool:
    """Whether the text runs down the page."""
    width, height = _sides(fragment.box)
    return len(fragment.text) >= _TALL_LETTERS and height >= _TALL * width


def skew_of(fragments: Sequence[TextLine]) -> float:
    """Angle in radians by which the page's lines fall to the right: the median of the boxes', weighted."""
    angles, weights = [], []
    for fragment in fragments:
        width, height = _sides(fragment.box)
        angles.append(_angle(fragment.box))
        weights.append((width / max(height, 1e-6)) ** 2)  # a short box's angle says little
    order = np.argsort(angles)
    reached = np.cumsum(np.array(weights)[order])
    return angles[int(order[np.searchsorted(reached, reached[-1] / 2)])]


def place(read: Fragment, skew: float) -> Placed:
    """The fragment in the frame turned by `skew`."""
    fragment = read.line
    points = corners(fragment.box) @ _turn(-skew).T
    (left, _), (right, _) = points.min(axis=0), points.max(axis=0)
    width, height = _sides(fragment.box)
    slant = _angle(fragment.box) - skew if width > 3 * height else 0.0
    return Placed(
        fragment=fragment,
        left=float(left),
        right=float(right),
        middle=float(points[:, 1].mean()),
        height=max(1.0, min(height, float(np.ptp(points[:, 1])))),
        slant=float(np.clip(slant, -_STEEPEST, _STEEPEST)),
        columns=read.columns,
    )


def hull(boxes: Sequence[Box]) -> Box:
    """The smallest box around `boxes` that lies along the line from the first to the last of them."""
    if len(boxes) == 1:
        return boxes[0]
    angle = _direction(boxes)
    points = np.vstack([corners(box) for box in boxes]) @ _turn(-angle).T
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    level = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    return as_box(level @ _turn(angle).T)


def as_box(points: NDArray[np.float64]) -> Box:
    """Corners of shape (4, 2) as a box."""
    return cast(Box, tuple(float(value) for value in points.ravel()))


def _direction(boxes: Sequence[Box]) -> float:
    """Angle of the line through the boxes: the mean of their own directions, weighted by width."""
    along = sum((corners(box)[[1, 2]] - corners(box)[[0, 3]]).sum(axis=0) for box in boxes)
    x, y = along
    return float(np.arctan2(y, x))


def _angle(box: Box) -> float:
    return _direction([box])


def _sides(box: Box) -> tuple[float, float]:
    points = corners(box)
    width = np.linalg.norm(points[1] - points[0]) + np.linalg.norm(points[2] - points[3])
    height = np.linalg.norm(points[3] - points[0]) + np.linalg.norm(points[2] - points[1])
    return float(width) / 2, float(height) / 2


def _turn(angle: float) -> NDArray[np.float64]:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def median_height(placed: Iterable[Placed]) -> float:
    """The page's line height."""
    return float(np.median([item.height for item in placed]))
