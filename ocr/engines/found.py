"""Pages and crops through a detector and a recogniser of lines, and what of it counts as text."""

from collections.abc import Callable, Sequence
from typing import cast

import numpy as np

from ocr.engines.base import Fragment, Picture
from ocr.engines.crops import Crop, has_ink, whole
from ocr.engines.detector import Corners, Detector
from ocr.engines.recogniser import FLOOR, Reading
from ocr.records import Box, TextLine

Recognise = Callable[[Sequence[Crop]], Sequence[Reading]]
"""What each of many crops of any size says."""

# A page is text at all if one reading of a few letters is sure: on noise, texture and drawings a recogniser
# sees single signs, or is not sure of them.
_SURE, _SURE_LETTERS = 0.75, 3


def read_found(pages: Sequence[Picture], detector: Detector, recognise: Recognise) -> list[list[Fragment]]:
    """What stands on each page: lines or parts of lines, from top to bottom.

    The crops of all pages are read together, so that little is padded.
    """
    found: list[list[Corners]] = []
    crops: list[Crop] = []
    for page in pages:
        bgr = np.ascontiguousarray(page[:, :, ::-1])
        found.append(detector.find(bgr))
        crops += detector.cut(bgr, found[-1])
    readings = iter(recognise(crops))
    return [
        _meant([_fragment(next(readings), cast(Box, tuple(map(float, box.ravel())))) for box in boxes])
        for boxes in found
    ]


def read_cut(crops: Sequence[Picture], recognise: Recognise) -> list[Fragment | None]:
    """What each crop says, its box the whole of it; None for one without ink or without text."""
    inked = [index for index, crop in enumerate(crops) if has_ink(crop)]
    readings = recognise([np.ascontiguousarray(crops[index][:, :, ::-1]) for index in inked])
    fragments: list[Fragment | None] = [None] * len(crops)
    for index, reading in zip(inked, readings, strict=True):
        if _is_text(reading):
            fragments[index] = _fragment(reading, whole(crops[index]))
    return fragments


def _fragment(reading: Reading, box: Box) -> Fragment:
    return Fragment(TextLine(reading.text, reading.score, box, reading.alternatives), reading.columns)


def _is_text(reading: Reading | TextLine) -> bool:
    return bool(reading.text) and reading.score >= FLOOR


def _meant(fragments: Sequence[Fragment]) -> list[Fragment]:
    """The fragments that are text; none where nothing on the page is surely text."""
    sure = any(
        fragment.line.score >= _SURE and sum(map(str.isalnum, fragment.line.text)) >= _SURE_LETTERS
        for fragment in fragments
    )
    return [fragment for fragment in fragments if _is_text(fragment.line)] if sure else []
