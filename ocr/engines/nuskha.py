"""The recogniser of handwriting that ships with this program, behind PP-OCRv6's detector.

It reads Latin letters with accents, digits, signs and Devanagari. For a Chinese character it has one class,
`〓`: crops that hold Chinese are read again by PP-OCRv6's own recogniser. It needs no GPU.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import cast

import cv2

from ocr.engines.base import ANY_HAN, Fragment, Picture
from ocr.engines.crops import Crop, to_height
from ocr.engines.detector import Detector
from ocr.engines.found import read_cut, read_found
from ocr.engines.options import NuskhaOptions
from ocr.engines.paddle_weights import WEIGHTS, model_folders
from ocr.engines.recogniser import Reading, Recogniser
from ocr.engines.runtime import usable_cores

RECOGNISER = Path(__file__).parents[1] / "models" / "recogniser-int8.onnx"
"""Half as fast again as the same in 16 bits beside it, which training goes on from."""
_NARROWEST = 160
"""Columns that a crop is widened to at least, as in training: words are often squashed to a square."""


class NuskhaEngine:
    """Reads handwriting and print. Raises EngineUnavailable where PaddleOCR or the weights are missing."""

    name = "nuskha"
    uses_gpu = False

    def __init__(self, options: NuskhaOptions) -> None:
        weights = Path(options.weights) if options.weights else RECOGNISER
        self._folders = model_folders()
        self._threads = options.threads or usable_cores()
        self._detector = Detector(self._folders.detector, self._threads)
        self._recogniser = Recogniser(weights, self._threads, columns=True)
        own = hashlib.sha256(weights.read_bytes()).hexdigest()
        self.models = {weights.name: own, **self._folders.models}
        self.version = (
            f"recogniser {own[:12]}, {self._detector.version}, PP-OCRv6 small {self._folders.digest}"
        )

    def read(self, pages: Sequence[Picture]) -> list[list[Fragment]]:
        """See `Engine.read`; a page's fragments are lines or parts of lines, from top to bottom."""
        return read_found(pages, self._detector, self._recognise)

    def read_lines(self, crops: Sequence[Picture]) -> list[Fragment | None]:
        """See `Engine.read_lines`."""
        return read_cut(crops, self._recognise)

    @cached_property
    def _original(self) -> Recogniser:
        """PP-OCRv6's own recogniser, loaded when the first Chinese is met."""
        return Recogniser(self._folders.recogniser / WEIGHTS, self._threads, columns=False)

    def _recognise(self, crops: Sequence[Crop]) -> list[Reading]:
        readings = self._recogniser.read([_as_trained(crop) for crop in crops])
        # On 1,576 words and 761 crops of pages in Latin script the sign was read six times.
        chinese = [place for place, reading in enumerate(readings) if ANY_HAN in reading.text]
        if chinese:
            again = self._original.read([to_height(crops[place]) for place in chinese])
            for place, reading in zip(chinese, again, strict=True):
                readings[place] = reading
        return [_without_sign(reading) for reading in readings]


def _as_trained(crop: Crop) -> Crop:
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
