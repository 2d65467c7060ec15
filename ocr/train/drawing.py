"""The crops that a recipe asks for beside the real words: their files, and how each is drawn.

What is in a file follows from what it is drawn from and its place, whoever draws it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa

from multilingual.clinical.formulary import Entry, load_formulary
from ocr.engines.crops import Crop, to_height
from ocr.engines.detector import Detector
from ocr.engines.paddle_weights import WEIGHTS, model_folders
from ocr.engines.recogniser import Recogniser
from ocr.train.alignment import Reader
from ocr.train.augment import NARROWEST
from ocr.train.examples import rxhandbd
from ocr.train.inventory import Inventory, training_inventory
from ocr.train.photographed import photographed_examples
from ocr.train.recipe import Recipe, read_names
from ocr.train.simulated import draw_examples
from ocr.train.spliced import LINES, WORDS, spliced_examples

_ORIGINALS_SHARE = 0.6
"""What PP-OCRv6's own recogniser weighs beside the one that training starts from, if that is another: it does
not remember the words that it is asked about."""


@dataclass(frozen=True, slots=True)
class Materials:
    """What crops are drawn from."""

    seed: int
    names: Sequence[str]
    entries: Sequence[Entry]
    inventory: Inventory | None
    """None where nothing is spliced."""
    start: Path
    """The recogniser that training starts from."""


@dataclass(frozen=True, slots=True)
class DrawnFile:
    """Crops, or pages that crops are cut from, `first` to `first + count` of a kind."""

    kind: str
    first: int
    count: int

    @property
    def name(self) -> str:
        """Of the file."""
        return f"{self.kind}-{self.first:06}.parquet"


def files(settings: Mapping[str, int]) -> Iterator[DrawnFile]:
    """The files of a recipe with these settings."""
    for kind, (_, each) in _KINDS.items():
        for first in range(0, settings[kind], each):
            yield DrawnFile(kind, first, min(each, settings[kind] - first))


def gather(recipe: Recipe, data: Path, start: Path) -> Materials:
    """What a recipe's crops are drawn from. Raises OSError, ValueError and EngineUnavailable."""
    entries = [entry for file in recipe.formularies for entry in load_formulary(str(data / file)).entries]
    spliced = recipe.settings["spliced_words"] or recipe.settings["spliced_lines"]
    words = rxhandbd(data / recipe.real["folder"]) if spliced else []
    inventory = training_inventory(words, first_readers(start)) if spliced else None
    return Materials(recipe.settings["seed"], read_names(recipe, data), entries, inventory, start)


def draw(file: DrawnFile, materials: Materials) -> pa.Table:
    """The crops of a file; columns of `ocr.train.simulated.SCHEMA`."""
    drawn, _ = _KINDS[file.kind]
    return drawn(materials, file.first, file.count)


def first_readers(start: Path) -> list[Reader]:
    """Those that read what is drawn or real for the first time, to put labels right and to find letters."""
    original = model_folders().recogniser / WEIGHTS
    reader = Recogniser(start, 1, columns=True)
    if start.samefile(original):
        return [Reader(reader, 1.0)]
    others = Recogniser(original, 1, columns=True)
    return [Reader(reader, 1 - _ORIGINALS_SHARE), Reader(others, _ORIGINALS_SHARE)]


def _simulated(materials: Materials, first: int, count: int) -> pa.Table:
    return draw_examples(materials.names, materials.seed, first, count)


def _photographed(materials: Materials, first: int, count: int) -> pa.Table:
    readers = first_readers(materials.start)

    def read(crops: Sequence[Crop]) -> list[str]:
        """What the reader says that is surest of it."""
        sized = [
            to_height(np.asarray(cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY), np.uint8), NARROWEST)
            for crop in crops
        ]
        readings = [reader.recogniser.read(sized) for reader in readers]
        return [max(each, key=lambda reading: reading.score).text for each in zip(*readings, strict=True)]

    detector = Detector(model_folders().detector, 1)
    pages = range(first, first + count)
    return photographed_examples(materials.entries, materials.seed, pages, detector, read)


def _spliced(materials: Materials, first: int, count: int, kind: str) -> pa.Table:
    if materials.inventory is None:
        raise ValueError("letters to splice were not gathered")
    texts = {"words": WORDS, "lines": LINES}[kind]
    return spliced_examples(materials.inventory, materials.names, materials.seed, first, count, texts)


_KINDS: Mapping[str, tuple[Callable[[Materials, int, int], pa.Table], int]] = {
    "simulated": (_simulated, 2000),
    "photographed_pages": (_photographed, 50),
    "spliced_words": (partial(_spliced, kind="words"), 1000),
    "spliced_lines": (partial(_spliced, kind="lines"), 1000),
}
"""How a kind is drawn, and how many a file holds. The names are those of a recipe's settings."""
