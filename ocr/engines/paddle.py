"""PaddleOCR's PP-OCRv6 small models on ONNX Runtime, for print in Latin and Chinese script.

The weights are PaddleOCR's own, which saw little handwriting; Devanagari is not in their alphabet. It needs
no GPU.
"""

from collections.abc import Sequence

from ocr.engines.base import Fragment, Picture
from ocr.engines.crops import Crop, to_height
from ocr.engines.detector import Detector
from ocr.engines.found import read_cut, read_found
from ocr.engines.options import PaddleOptions
from ocr.engines.paddle_weights import WEIGHTS, model_folders
from ocr.engines.recogniser import Reading, Recogniser
from ocr.engines.runtime import usable_cores

_NARROWEST_LINE = 144
"""Columns of a crop that came cut out already: many are squashed, words most of all."""


class PaddleEngine:
    """Reads Latin and Chinese print and handwriting. Raises EngineUnavailable where PaddleOCR is missing."""

    name = "paddle"
    uses_gpu = False

    def __init__(self, options: PaddleOptions) -> None:
        folders = model_folders()
        threads = options.threads or usable_cores()
        self._detector = Detector(folders.detector, threads)
        # Columns of 18,710 classes would fill the memory.
        self._recogniser = Recogniser(folders.recogniser / WEIGHTS, threads, columns=False)
        self.models = folders.models
        self.version = f"{self._detector.version}, PP-OCRv6 small {folders.digest}"

    def read(self, pages: Sequence[Picture]) -> list[list[Fragment]]:
        """See `Engine.read`; a page's fragments are lines or parts of lines, from top to bottom."""
        return read_found(pages, self._detector, self._recognise)

    def read_lines(self, crops: Sequence[Picture]) -> list[Fragment | None]:
        """See `Engine.read_lines`."""
        return read_cut(crops, lambda cut: self._recognise(cut, _NARROWEST_LINE))

    def _recognise(self, crops: Sequence[Crop], narrowest: int = 1) -> list[Reading]:
        return self._recogniser.read([to_height(crop, narrowest) for crop in crops])
