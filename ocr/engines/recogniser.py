"""A recogniser of lines: crops to text, as a model trained with CTC sees them.

The model takes crops (N, 3, 48, W), BGR from -1 to 1, padded with 0 at the right, and answers with the
probabilities (N, W / 8, classes) of its characters, class 0 the blank. It holds its characters in its
metadata, under `character`, a line each.
"""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from multilingual.unavailable import EngineUnavailable
from ocr.ctc.character_model import CharacterModel
from ocr.ctc.readings import (
    BLANK,
    Likelihoods,
    best_readings,
    likeliest_path,
    other_readings,
    spelled_readings,
)
from ocr.engines.base import Columns
from ocr.engines.crops import HEIGHT, Crop, batches
from ocr.engines.runtime import open_session

FLOOR = 0.4
"""A reading with a lower score is noise."""
_DOUBTED, _ALTERNATIVES = 0.92, 8  # a reading with a lower score is given with its alternatives
_COLUMN_WIDTH = 8  # pixels of a crop for each column of the answer


@dataclass(frozen=True, slots=True)
class Reading:
    """What a crop says: NFC, the mean probability of its characters, other readings where it is in doubt."""

    text: str
    score: float
    alternatives: tuple[str, ...]
    columns: Columns | None


class Recogniser:
    """The model in an ONNX file. With `columns` each reading comes with what was seen.

    Of these, classes that no column gives at least the chance `least` are left out, but for the blank.
    With `spelling` the letters of a doubted word are weighed by how likely they follow one another as well.
    Raises EngineUnavailable for a file that is none, or holds no recogniser.
    """

    def __init__(
        self,
        weights: Path,
        threads: int,
        *,
        columns: bool,
        least: float = 0.0,
        spelling: CharacterModel | None = None,
    ) -> None:
        # Batches side by side, each on one thread, are faster than one after the other on several.
        try:
            self._session = open_session(weights, 1)
            listed = self._session.get_modelmeta().custom_metadata_map["character"].split("\n")
        except Exception as error:  # the runtime has an error of its own for every kind of damage
            raise EngineUnavailable(f"{weights} is not a recogniser in ONNX ({_said(error)})") from error
        self._threads = ThreadPoolExecutor(threads, "recogniser")
        self._input = self._session.get_inputs()[0].name
        classes = self._session.get_outputs()[0].shape[-1]
        # PP-OCRv6's own models leave their last class, the space, out of their list.
        self.characters = ("", *listed, *([" "] if len(listed) + 2 == classes else []))
        self._gives_columns, self._least = columns, least
        self._spelling = spelling

    def read(self, crops: Sequence[Crop]) -> list[Reading]:
        """What each crop says; an empty reading of one without text.

        All are HEIGHT high; those in grey stand for three equal colours.
        """
        readings = [Reading("", 0.0, (), None)] * len(crops)
        parted = list(batches([crop.shape[1] for crop in crops]))
        answers = self._threads.map(lambda part: self._read([crops[i] for i in part[0]], part[1]), parted)
        for (batch, _), answer in zip(parted, answers, strict=True):
            for index, reading in zip(batch, answer, strict=True):
                readings[index] = reading
        return readings

    def _read(self, crops: Sequence[Crop], width: int) -> list[Reading]:
        pixels = np.zeros((len(crops), 3, HEIGHT, width), np.float32)
        for row, crop in zip(pixels, crops, strict=True):
            levels = crop.astype(np.float32) / 127.5 - 1
            row[:, :, : crop.shape[1]] = levels if levels.ndim == 2 else levels.transpose(2, 0, 1)
        (likelihoods,) = self._session.run(None, {self._input: pixels})
        best = likelihoods.argmax(axis=2)
        written = [math.ceil(crop.shape[1] / _COLUMN_WIDTH) for crop in crops]
        readings = []
        for place, (text, score) in enumerate(best_readings(likelihoods, best, written, self.characters)):
            seen, likeliest = likelihoods[place, : written[place]], best[place, : written[place]]
            others: tuple[str, ...] = ()
            if self._spelling is not None and score >= FLOOR:
                text, score, others = self._spelled(seen, likeliest, text, score, self._spelling)
            elif FLOOR <= score < _DOUBTED:
                others = other_readings(seen, likeliest, self.characters, _ALTERNATIVES)
            columns = self._columns(seen) if self._gives_columns else None
            readings.append(Reading(normalize("NFC", text).strip(), score, others, columns))
        return readings

    def _columns(self, seen: Likelihoods) -> Columns:
        if not self._least:
            return Columns(seen.copy(), self.characters)
        kept = seen.max(axis=0, initial=0.0) >= self._least
        kept[BLANK] = True
        return Columns(seen[:, kept], tuple(compress(self.characters, kept)))

    def _spelled(
        self, seen: Likelihoods, likeliest: NDArray[np.intp], text: str, score: float, model: CharacterModel
    ) -> tuple[str, float, tuple[str, ...]]:
        """The likeliest text by columns and spelling, its score, and the others, the one by columns first.

        The score of a text that the columns alone do not give is the mean of what they give its letters.
        """
        readings = spelled_readings(seen, likeliest, self.characters, model, _ALTERNATIVES)
        first = next(iter(readings), text)
        if first == text.strip():
            return text, score, readings[1:] if score < _DOUBTED else ()
        classes = [self.characters.index(character) for character in first]
        path = likeliest_path(seen, classes)
        if path is None:  # a column that a stripped space leaves without any chance
            return text, score, readings
        chances = [
            float(seen[begin : end + 1, k].max()) for k, (begin, end) in zip(classes, path, strict=True)
        ]
        others = dict.fromkeys((text.strip(), *readings[1:]))
        return first, sum(chances) / len(chances), tuple(others)[:_ALTERNATIVES]


def _said(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
