"""Crops of simulated pages as the detector cuts them out of the photograph, with what stands on them.

Page number i of a seed follows from the two alone. A crop is whole lines, or words in a row of one line;
a first reading settles which, so that nothing is learned that is not on the picture.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import pyarrow as pa
from rapidfuzz.distance import Levenshtein

from multilingual.clinical.formulary import Entry
from ocr.engines.crops import Crop
from ocr.engines.detector import Corners, Detector
from ocr.simulate.pages import simulated_page
from ocr.simulate.records import DrawnLine
from ocr.train.simulated import SCHEMA, coded, label_of

Read = Callable[[Sequence[Crop]], Sequence[str]]
"""A first reading of BGR crops."""

_STRENGTH = {"print": 0.6, "hand": 0.7}
_INSIDE = 0.6  # of a line's height must lie in a box that reads it
_WHOLE = 0.06  # of a line's length may stick out of a box that reads the whole of it
_LIKE = {"print": 0.25, "hand": 0.4}
"""Errors a character that a first reading may have against the words of which it is one."""


@dataclass(frozen=True, slots=True)
class _Overlap:
    """Which stretch of a line is in a box, in shares of the line's length, and where in the box it begins."""

    line: DrawnLine
    start: float
    end: float
    at: float


def photographed_examples(
    entries: Sequence[Entry], seed: int, pages: range, detector: Detector, read: Read
) -> pa.Table:
    """The crops of these pages, with medicines of `entries`; columns of `SCHEMA`."""
    rows = [row for page in pages for row in _of_page(entries, seed, page, detector, read)]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _of_page(
    entries: Sequence[Entry], seed: int, number: int, detector: Detector, read: Read
) -> Iterator[dict[str, object]]:
    page = simulated_page(seed, number, entries)
    picture = np.asarray(cv2.imdecode(np.frombuffer(page.image.bytes, np.uint8), cv2.IMREAD_COLOR), np.uint8)
    boxes = detector.find(picture)
    crops = detector.cut(picture, boxes)
    for crop, box, reading in zip(crops, boxes, read(crops), strict=True):
        overlaps = sorted(_overlaps(box, page.lines), key=lambda overlap: overlap.at)
        kind = "print" if all(overlap.line.role == "print" for overlap in overlaps) else "hand"
        text = _text(overlaps, label_of(reading), _LIKE[kind])
        if text:
            grey = np.asarray(cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY), np.uint8)
            yield {
                "picture": coded(grey),
                "text": text,
                "strength": _STRENGTH[kind],
                "script": f"photographed {kind}",
            }


def _overlaps(box: Corners, lines: Sequence[DrawnLine]) -> Iterator[_Overlap]:
    """The lines of which the box holds a part."""
    corners = box.astype(np.float64)
    for line in lines:
        quad = np.asarray(line.box, np.float64).reshape(4, 2)
        # The box in the line's own directions: 0 to 1 from left to right, and from top to foot.
        across, down = quad[1] - quad[0], quad[3] - quad[0]
        x, y = np.linalg.lstsq(np.stack([across, down], axis=1), (corners - quad[0]).T, rcond=None)[0]
        start, end = max(0.0, min(x[0], x[3])), min(1.0, max(x[1], x[2]))
        above, below = max(0.0, (y[0] + y[1]) / 2), min(1.0, (y[2] + y[3]) / 2)
        width = (x[1] + x[2] - x[0] - x[3]) / 2
        if below - above > _INSIDE and end - start > 0.02 and width > 0:
            yield _Overlap(line, start, end, float(-x[0] / width))


def _text(overlaps: Sequence[_Overlap], reading: str, like: float) -> str | None:
    """What the box reads, None where that isn't certain."""
    if not overlaps:
        return None
    if all(overlap.start < _WHOLE and overlap.end > 1 - _WHOLE for overlap in overlaps):
        text = " ".join(label_of(overlap.line.text) for overlap in overlaps)
        # Boxes reach into neighbouring lines: a reading that is altogether different tells.
        return text if Levenshtein.normalized_distance(_bare(text), _bare(reading)) < 2 * like else None
    if len(overlaps) > 1 or not reading:
        return None
    words = label_of(overlaps[0].line.text).split()
    runs = (
        " ".join(words[first:last])
        for first in range(len(words))
        for last in range(first + 1, len(words) + 1)
    )
    text = min(runs, key=lambda run: Levenshtein.distance(_bare(run), _bare(reading)))
    return text if Levenshtein.distance(_bare(text), _bare(reading)) <= like * len(_bare(text)) else None


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold())) or text
