"""Where a line stands on the page: its upright extent, and hulls of several boxes."""

from collections.abc import Iterable
from dataclasses import dataclass

from ocr.records import Box


@dataclass(frozen=True, slots=True)
class Extent:
    """Upright bounds of a box, in pixels; `height` is the line's own, free of its slant."""

    left: float
    top: float
    right: float
    bottom: float
    height: float

    @property
    def middle(self) -> float:
        """Vertical centre."""
        return (self.top + self.bottom) / 2

    def beside(self, other: "Extent") -> bool:
        """Whether the two stand on one row: their centres lie within half a line height."""
        return abs(self.middle - other.middle) < 0.5 * min(self.height, other.height)

    def overlaps_columns(self, other: "Extent") -> bool:
        """Whether the two share a part of the page's width."""
        return min(self.right, other.right) > max(self.left, other.left)


def extent_of(box: Box) -> Extent:
    """Bounds of a box; the line height is the mean length of its two short sides."""
    xs, ys = box[0::2], box[1::2]
    left_side = ((box[6] - box[0]) ** 2 + (box[7] - box[1]) ** 2) ** 0.5
    right_side = ((box[4] - box[2]) ** 2 + (box[5] - box[3]) ** 2) ** 0.5
    return Extent(min(xs), min(ys), max(xs), max(ys), max(1.0, (left_side + right_side) / 2))


def hull(boxes: Iterable[Box]) -> Box:
    """The one box itself, or the upright rectangle around several."""
    held = list(boxes)
    if len(held) == 1:
        return held[0]
    left, right = min(min(box[0::2]) for box in held), max(max(box[0::2]) for box in held)
    top, bottom = min(min(box[1::2]) for box in held), max(max(box[1::2]) for box in held)
    return (left, top, right, top, right, bottom, left, bottom)
