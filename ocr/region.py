"""One region of each page: an engine that is shown nothing else, and tells where on the page it read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ocr.engines.base import Engine, Fragment, Picture, Unread
from ocr.records import Box

_FORM = "x0,y0,x1,y1: left, top, right and bottom in whole pixels of the upright page"


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle in pixels of the upright page; `right` and `bottom` are the first beyond it."""

    left: int
    top: int
    right: int
    bottom: int

    def __str__(self) -> str:
        return f"{self.left},{self.top},{self.right},{self.bottom}"


def region_of(text: str) -> Region:
    """The region that `x0,y0,x1,y1` names. Raises ValueError."""
    try:
        left, top, right, bottom = map(int, text.split(","))
    except ValueError:
        raise ValueError(f"{text!r} is no region; expected {_FORM}") from None
    if not (0 <= left < right and 0 <= top < bottom):
        raise ValueError(f"the region {text} holds no pixel; expected {_FORM}")
    return Region(left, top, right, bottom)


class InRegion:
    """An engine that reads `region` of each picture with `engine`; boxes are in pixels of the whole picture.

    A picture that does not hold the whole region is `Unread`.
    """

    def __init__(self, engine: Engine, region: Region) -> None:
        self.name, self.version, self.uses_gpu = engine.name, engine.version, engine.uses_gpu
        self._engine, self._region = engine, region

    def read(self, pages: Sequence[Picture]) -> list[Sequence[Fragment] | Unread]:
        """See `Engine.read`."""
        read = iter(self._engine.read([self._cut(page) for page in pages if self._lies_on(page)]))
        return [self._all_placed(next(read)) if self._lies_on(page) else self._beyond(page) for page in pages]

    def read_lines(self, crops: Sequence[Picture]) -> list[Fragment | Unread | None]:
        """See `Engine.read_lines`."""
        read = iter(self._engine.read_lines([self._cut(crop) for crop in crops if self._lies_on(crop)]))
        return [self._placed(next(read)) if self._lies_on(crop) else self._beyond(crop) for crop in crops]

    def _lies_on(self, picture: Picture) -> bool:
        height, width = picture.shape[:2]
        return bool(self._region.right <= width and self._region.bottom <= height)

    def _cut(self, picture: Picture) -> Picture:
        region = self._region
        return np.ascontiguousarray(picture[region.top : region.bottom, region.left : region.right])

    def _beyond(self, picture: Picture) -> Unread:
        height, width = picture.shape[:2]
        return Unread(f"the region {self._region} reaches beyond the page of {width} x {height} pixels")

    def _all_placed(self, read: Sequence[Fragment] | Unread) -> Sequence[Fragment] | Unread:
        return read if isinstance(read, Unread) else [self._moved(fragment) for fragment in read]

    def _placed(self, read: Fragment | Unread | None) -> Fragment | Unread | None:
        return self._moved(read) if isinstance(read, Fragment) else read

    def _moved(self, fragment: Fragment) -> Fragment:
        """The fragment with its box on the whole picture."""
        x0, y0, x1, y1, x2, y2, x3, y3 = fragment.line.box
        right, down = self._region.left, self._region.top
        box: Box = (
            *(x0 + right, y0 + down, x1 + right, y1 + down),
            *(x2 + right, y2 + down, x3 + right, y3 + down),
        )
        return replace(fragment, line=replace(fragment.line, box=box))
