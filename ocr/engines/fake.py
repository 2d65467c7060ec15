"""An engine without a model, for tests and dry runs: its text depends on the picture's content alone."""

import hashlib
import time
from collections.abc import Sequence

import numpy as np

from ocr.engines.base import Picture
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
_BLANK_SPREAD = 2.0  # grey levels: what a sheet without writing varies by


class FakeEngine:
    """Answers a page with one to three of `LINES`, chosen by the picture's hash; a blank page, nothing."""

    name = "fake"
    version = "1"
    uses_gpu = False

    def __init__(self, options: FakeOptions) -> None:
        self._delay_s = options.delay_ms / 1000

    def read(self, pages: Sequence[Picture]) -> list[list[TextLine]]:
        """See `Engine.read`."""
        return [self._read(page) for page in pages]

    def _read(self, page: Picture) -> list[TextLine]:
        time.sleep(self._delay_s)
        if page.size == 0 or float(np.std(page)) < _BLANK_SPREAD:
            return []
        digest = hashlib.sha256(repr(page.shape).encode() + np.ascontiguousarray(page).tobytes()).digest()
        height, width = page.shape[:2]
        return [
            TextLine(text=LINES[byte % len(LINES)], score=0.5 + byte / 510, box=_row(row, width, height))
            for row, byte in enumerate(digest[1 : 2 + digest[0] % 3])
        ]


def _row(row: int, width: int, height: int) -> Box:
    left, right = 0.1 * width, 0.9 * width
    top, bottom = (0.2 + 0.2 * row) * height, (0.3 + 0.2 * row) * height
    return (left, top, right, top, right, bottom, left, bottom)
