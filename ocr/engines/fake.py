"""An engine without a model, for tests and dry runs: its text depends on the picture's content alone."""

import ctypes
import hashlib
import signal
import time
from collections.abc import Sequence

import numpy as np

from ocr.engines.base import Fragment, Picture
from ocr.engines.crops import has_ink, whole
from ocr.engines.options import FakeOptions
from ocr.records import Box, TextLine

LINES = (
    "Tab Dolo 650 1-0-1 x 5 days",
    "Cap Omez 20 mg OD before breakfast x 2 weeks",
    "Syp Ascoril 5 ml TDS x 5d",
    "Tab Augmentin 625 BD x 7 days",
    "Tab Telma 40 mg once daily",
    "Tab Cetzine 10 mg HS",
)


class FakeEngine:
    """Answers a page with one to three of `LINES`, chosen by the picture's hash; a blank page, nothing."""

    name = "fake"
    version = "1"

    def __init__(self, options: FakeOptions) -> None:
        self.uses_gpu = options.gpu
        self._delay_s = options.delay_ms / 1000
        self._crash_width, self._hang_width = options.crash_width, options.hang_width

    def read(self, pages: Sequence[Picture]) -> list[list[Fragment]]:
        """See `Engine.read`."""
        return [self._read(page) for page in map(self._suffer, pages)]

    def read_lines(self, crops: Sequence[Picture]) -> list[Fragment | None]:
        """See `Engine.read_lines`."""
        return [self._read_line(crop) for crop in map(self._suffer, crops)]

    def _suffer(self, picture: Picture) -> Picture:
        """Pictures that a library crashes or hangs over are those of the widths asked for."""
        width = picture.shape[1]
        if width == self._crash_width:
            signal.raise_signal(signal.SIGKILL)
        while width == self._hang_width:
            ctypes.PyDLL(None).pause()  # in native code, with Python's lock held
        return picture

    def _read_line(self, crop: Picture) -> Fragment | None:
        time.sleep(self._delay_s)
        if not has_ink(crop):
            return None
        first = _digest(crop)[0]
        return Fragment(TextLine(LINES[first % len(LINES)], 0.5 + first / 510, whole(crop)))

    def _read(self, page: Picture) -> list[Fragment]:
        time.sleep(self._delay_s)
        if not has_ink(page):
            return []
        digest = _digest(page)
        height, width = page.shape[:2]
        return [
            Fragment(TextLine(LINES[byte % len(LINES)], 0.5 + byte / 510, _row(row, width, height)))
            for row, byte in enumerate(digest[1 : 2 + digest[0] % 3])
        ]


def _digest(picture: Picture) -> bytes:
    return hashlib.sha256(repr(picture.shape).encode() + np.ascontiguousarray(picture).tobytes()).digest()


def _row(row: int, width: int, height: int) -> Box:
    left, right = 0.1 * width, 0.9 * width
    top, bottom = (0.2 + 0.2 * row) * height, (0.3 + 0.2 * row) * height
    return (left, top, right, top, right, bottom, left, bottom)
