"""What an engine is: a name, a version, and two batch methods: one for pages, one for lines cut out already.

An engine reads upright pages and knows nothing of files, medicines or Ray.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ocr.records import TextLine

Picture = NDArray[np.uint8]
"""RGB, shape (height, width, 3)."""

ANY_HAN = "〓"
"""A recogniser's one class for any Chinese character, printers' sign for a missing letter; in no row."""


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """What a recogniser saw in a crop: the probability of each class in each column, from left to right.

    `characters[k]` is what class k stands for; class 0 is the blank of CTC and stands for nothing.
    """

    chances: NDArray[np.float32]
    """Shape (columns, classes)."""
    characters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fragment:
    """A line or a part of one as detected, with its columns where the engine has them."""

    line: TextLine
    columns: Columns | None = None
    whole: bool = False
    """A whole order as the engine understood it: never joined with what stands beside it."""
    doubts: tuple[str, ...] = ()
    """Why a person should look at what is read from it, in plain words."""


class Unread(Exception):
    """One page or line that an engine could not read; the message says why, and quotes nothing."""


class Engine(Protocol):
    """Reads pages. `read` keeps length and order; a blank page gives an empty list, never invented text.

    What fails for one page alone is an `Unread` in that page's place; what is raised concerns the batch.
    """

    name: str
    version: str
    uses_gpu: bool

    def read(self, pages: Sequence[Picture]) -> Sequence[Sequence[Fragment] | Unread]:
        """Text fragments of each page as detected, in no particular order; boxes in that page's pixels."""
        ...

    def read_lines(self, crops: Sequence[Picture]) -> Sequence[Fragment | Unread | None]:
        """What each picture of a single line or word says, its box the whole picture; None for a blank one.

        Crops come as they lie: of any size, squashed, black and white, and are not searched for lines.
        """
        ...
