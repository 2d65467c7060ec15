"""Blocks of a page in reading order: columns are told from rows of a table.

A cut between columns is free space running down the page, with lines on both sides. Two things look alike
there: columns that have nothing to do with each other (vitals in a margin, medicines beside them), and rows
of a table (a medicine, its dose far to the right). Rows of a table stand level, and go on with directions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from multilingual.clinical.grammar import Kind, annotate
from ocr.placed import Placed, median_height

_FEWEST_LINES = 3  # on either side of a cut
_FREE = 0.4  # line heights of space between columns that do not stand level
_FREE_LEVEL = 2.0  # and between columns that do
_RAGGED = 0.2  # line heights by which a line may reach into the free space
_LEVEL = 0.35  # line heights that two pieces of one row may differ by
_ROWS = 0.75  # share of a column's items with a partner, from which on the columns stand level

_DIRECTIONS = frozenset(
    (
        *(Kind.DOSE, Kind.STRENGTH, Kind.COUNT, Kind.SIG, Kind.ROUTE, Kind.FOOD),
        *(Kind.FREQUENCY, Kind.SCHEDULE, Kind.TIMING, Kind.DURATION, Kind.AS_NEEDED, Kind.ONCE),
    )
)


@dataclass(frozen=True, slots=True)
class _Cut:
    """Free space from `top` to `bottom` with `left` and `right` beside it."""

    above: list[Placed]
    left: list[Placed]
    right: list[Placed]
    below: list[Placed]

    @property
    def weight(self) -> int:
        return min(len(self.left), len(self.right))


@lru_cache(maxsize=4096)  # asked of every piece of a page for every cut that comes into question
def goes_on(text: str) -> bool:
    """Whether a text begins with directions, so that it belongs to what stands left of it."""
    text = text.lstrip(" .-_–—:=>")
    found = annotate(text)
    return bool(found) and found[0].start == 0 and found[0].kind in _DIRECTIONS


def blocks(placed: Sequence[Placed]) -> list[list[Placed]]:
    """Part a page into blocks, in reading order, between which no line runs. Each item is in one block."""
    cut = _best_cut(placed)
    if cut is None:
        return [list(placed)] if placed else []
    return [block for part in (cut.above, cut.left, cut.right, cut.below) for block in blocks(part)]


def _best_cut(placed: Sequence[Placed]) -> _Cut | None:
    """The cut with most lines beside it, the leftmost of equals."""
    cuts = []
    if len(placed) >= 2 * _FEWEST_LINES:
        line = median_height(placed)
        for x in sorted({item.left for item in placed}):
            cuts += [cut for cut in _cuts_at(x, placed, line) if _parts_columns(cut, line)]
    return max(cuts, key=lambda cut: cut.weight, default=None)


def _cuts_at(x: float, placed: Sequence[Placed], line: float) -> list[_Cut]:
    """The cuts left of `x`, one between each two lines that run across it."""
    across = sorted(item.middle for item in placed if item.left < x < item.right - _RAGGED * line)
    found = []
    for start, end in pairwise([-np.inf, *across, np.inf]):
        top, bottom = start + line / 2, end - line / 2  # what stands on a line that runs across goes with it
        inside = [item for item in placed if top <= item.middle <= bottom]
        left = [item for item in inside if item.left < x]
        right = [item for item in inside if item.left >= x]
        if min(_lines(left, line), _lines(right, line)) >= _FEWEST_LINES:
            above = [item for item in placed if item.middle < top]
            below = [item for item in placed if item.middle > bottom]
            found.append(_Cut(above, left, right, below))
    return found


def _parts_columns(cut: _Cut, line: float) -> bool:
    """Whether the two sides are columns of their own, side by side."""
    free = min(item.left for item in cut.right) - max(item.right for item in cut.left)
    (first, last), (start, end) = _span(cut.left), _span(cut.right)
    if free < _FREE * line or min(last, end) <= max(first, start):
        return False
    if _level_share(cut, line) < _ROWS:
        return True
    if free < _FREE_LEVEL * line:
        return False
    return sum(goes_on(item.fragment.text) for item in cut.right) * 2 < len(cut.right)


def _lines(column: Sequence[Placed], line: float) -> int:
    """How many lines the column has."""
    return len(column) and 1 + int((np.diff(sorted(item.middle for item in column)) > line / 2).sum())


def _span(column: Sequence[Placed]) -> tuple[float, float]:
    middles = [item.middle for item in column]
    return min(middles), max(middles)


def _level_share(cut: _Cut, line: float) -> float:
    """Share of a column's items that stand level with one of the other; the larger of both shares."""
    left, right = (np.array([item.middle for item in column]) for column in (cut.left, cut.right))
    level = np.abs(left[:, np.newaxis] - right) <= _LEVEL * line
    return max(float(level.any(axis=axis).mean()) for axis in (0, 1))
