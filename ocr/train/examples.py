"""Labelled crops to train and to measure on: real words, and simulated ones from Parquet.

An example keeps its picture as the file's bytes, so that a hundred thousand of them fit into memory.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

import cv2
import numpy as np
import pyarrow.parquet as pq

from ocr.train.augment import Grey
from ocr.train.splits import Split, split_of

RXHANDBD = "prescriptions/words_rxhandbd"
_ABBREVIATIONS: Mapping[str, tuple[str, str]] = {
    # RxHandBD's labels write out what the pictures abbreviate: the label, its abbreviation, and the
    # letter that only the whole word has, by which a first reading tells which of the two was written.
    "tablet": ("Tab.", "l"),
    "injection": ("Inj.", "t"),
    "capsule": ("Cap.", "s"),
    "syrup": ("Syp.", "u"),
}


@dataclass(frozen=True, slots=True)
class Example:
    """A crop as JPEG or PNG, its text (NFC), how much training alters it (0 to 1), its script or "print"."""

    picture: bytes
    text: str
    strength: float = 1.0
    script: str = "latin"

    def pixels(self) -> Grey:
        """The crop in grey, shape (height, width)."""
        decoded = cv2.imdecode(np.frombuffer(self.picture, np.uint8), cv2.IMREAD_GRAYSCALE)
        return np.asarray(decoded, np.uint8)


@dataclass(frozen=True, slots=True)
class RealWord:
    """A word of RxHandBD: its picture's file, its text as labelled, and its split."""

    file: Path
    text: str
    split: Split


def rxhandbd(folder: Path) -> list[RealWord]:
    """The labelled words in `folder`, a copy of RxHandBD's training part. Raises OSError where it is none."""
    with (folder / "labels.csv").open(encoding="utf-8-sig", newline="") as labels:
        rows = [(row["Images"], normalize("NFC", row["Text"]).strip()) for row in csv.DictReader(labels)]
    return [RealWord(folder / file, text, split_of(text, file)) for file, text in rows if text]


def repaired(text: str, reading: str) -> str | None:
    """The label as it stands on the picture, of which `reading` is a first reading; None if that is not told.

    >>> repaired("Tablet", "Tab.")
    'Tab.'
    >>> repaired("Tablet", "Tablet")
    'Tablet'
    """
    if text.casefold() not in _ABBREVIATIONS:
        return text
    abbreviation, letter = _ABBREVIATIONS[text.casefold()]
    read = "".join(filter(str.isalpha, reading)).casefold()
    if len(read) <= len(abbreviation) - 1:
        return abbreviation if read[:1] == abbreviation[0].casefold() else None
    return text if letter in read and len(read) >= len(text) - 1 else None


def from_parquet(files: Sequence[Path]) -> Iterator[Example]:
    """The simulated crops of files whose columns are `ocr.train.simulated.SCHEMA`'s."""
    for file in files:
        for row in pq.read_table(file).to_pylist():
            yield Example(**row)
