"""The recogniser of handwriting that ships with this program, behind PP-OCRv6's detector.

It reads Latin letters with accents, digits, signs and Devanagari. For a Chinese character it has one class,
`〓`: crops that hold Chinese are read again by PP-OCRv6's own recogniser. Letters in doubt are weighed by
how likely they follow one another in the words of prescriptions. It needs no GPU.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import cast

import cv2

from multilingual.unavailable import EngineUnavailable
from ocr.ctc.character_model import CHARACTERS, CharacterModel
from ocr.engines.base import ANY_HAN, Fragment, Picture
from ocr.engines.crops import Crop, to_height
from ocr.engines.detector import Detector
from ocr.engines.found import read_cut, read_found
from ocr.engines.options import BY_COLUMNS_ALONE, HandwritingOptions
from ocr.engines.paddle_weights import WEIGHTS, model_folders
from ocr.engines.recogniser import Reading, Recogniser
from ocr.engines.runtime import usable_cores

RECOGNISER = Path(__file__).parents[1] / "models" / "recogniser-int8.onnx"
"""Half as fast again as the same in 16 bits beside it, which training goes on from."""
_NARROWEST = 144
"""Columns that a crop is widened to at least, since words are often squashed to a square. Training widens to
160, which reads no more exactly."""


class NuskhaEngine:
    """Reads handwriting and print. Raises EngineUnavailable where PaddleOCR or the weights are missing."""

    name = "nuskha"
    uses_gpu = False

    def __init__(self, options: HandwritingOptions) -> None:
        weights = Path(options.weights) if options.weights else RECOGNISER
        self._folders = model_folders()
        self.threads = options.threads or usable_cores()
        self.detector = Detector(self._folders.detector, self.threads)
        characters = Path(options.characters) if options.characters else CHARACTERS
        self.spelling = None if options.characters == BY_COLUMNS_ALONE else _model_of(characters)
        self.recogniser = Recogniser(weights, self.threads, columns=True, spelling=self.spelling)
        own = {weights.name: _digest(weights)} | (
            {} if self.spelling is None else {characters.name: _digest(characters)}
        )
        self.models = own | dict(self._folders.models)
        self.version = (
            f"recogniser {', '.join(digest[:12] for digest in own.values())}, "
            f"{self.detector.version}, PP-OCRv6 small {self._folders.digest}"
        )

    def read(self, pages: Sequence[Picture]) -> list[list[Fragment]]:
        """See `Engine.read`; a page's fragments are lines or parts of lines, from top to bottom."""
        return read_found(pages, self.detector, self._recognise)

    def read_lines(self, crops: Sequence[Picture]) -> list[Fragment | None]:
        """See `Engine.read_lines`."""
        return read_cut(crops, self._recognise)

    @cached_property
    def _original(self) -> Recogniser:
        """PP-OCRv6's own recogniser, loaded when the first Chinese is met."""
        return Recogniser(self._folders.recogniser / WEIGHTS, self.threads, columns=False)

    def _recognise(self, crops: Sequence[Crop]) -> list[Reading]:
        readings = self.recogniser.read([as_trained(crop) for crop in crops])
        # On 1,576 words and 761 crops of pages in Latin script the sign was read six times.
        chinese = [place for place, reading in enumerate(readings) if ANY_HAN in reading.text]
        if chinese:
            again = self._original.read([to_height(crops[place]) for place in chinese])
            for place, reading in zip(chinese, again, strict=True):
                readings[place] = reading
        return [_without_sign(reading) for reading in readings]


def _model_of(file: Path) -> CharacterModel:
    try:
        return CharacterModel.load(file)
    except (OSError, ValueError) as error:
        raise EngineUnavailable(f"characters: {error}") from error


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def as_trained(crop: Crop) -> Crop:
    """The crop in grey and at least _NARROWEST wide, at the recogniser's height."""
    return to_height(cast(Crop, cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)), _NARROWEST)


def _without_sign(reading: Reading) -> Reading:
    """The reading, and its alternatives, with what is left of a Chinese character taken out."""
    if not any(ANY_HAN in text for text in (reading.text, *reading.alternatives)):
        return reading
    text, *others = (
        " ".join(text.replace(ANY_HAN, "").split()) for text in (reading.text, *reading.alternatives)
    )
    return replace(
        reading, text=text, alternatives=tuple(dict.fromkeys(o for o in others if o and o != text))
    )
