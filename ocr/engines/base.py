"""What an engine is: a name, a version and one batch method.

An engine reads upright pages and knows nothing of files, medicines or Ray.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ocr.records import TextLine

Picture = NDArray[np.uint8]
"""RGB, shape (height, width, 3)."""


class Engine(Protocol):
    """Reads pages. `read` keeps length and order; a blank page gives an empty list, never invented text."""

    name: str
    version: str
    uses_gpu: bool

    def read(self, pages: Sequence[Picture]) -> list[list[TextLine]]:
        """Text fragments of each page as detected, in no particular order; boxes in that page's pixels."""
        ...


class EngineUnavailable(RuntimeError):
    """The engine cannot start here; the message says what is missing and how to get it."""
