"""PaddleOCR's PP-OCRv6 small models on ONNX Runtime: the default engine, for print and handwriting.

The models and their post-processing are PaddleOCR's own. What differs is how they are fed: pages are searched
for text at a bounded size, and the crops of all pages of a batch are read together, ordered by width, so that
little is padded. It reads Latin and Chinese script; Devanagari is not in its alphabet. It needs no GPU.
"""

import logging
import math
import os
from collections.abc import Iterator, Sequence
from typing import Any, cast
from unicodedata import normalize

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.base import EngineUnavailable, Picture
from ocr.engines.ctc import other_readings
from ocr.engines.options import PaddleOptions
from ocr.engines.paddle_weights import DETECTOR, RECOGNISER, cache_folder, model_folders
from ocr.records import Box, TextLine

# Detection. Pages are reduced to this side at most: handwriting is found as well as at full size, and so is
# print of 9 points on A4.
_LONGEST_SIDE = 832
_STRIDE = 32  # the sides of the detector's input are multiples of it
_DETECTION = {"thresh": 0.3, "box_thresh": 0.5, "unclip_ratio": 1.5}
_THINNEST = 3.0  # pixels of the page: a thinner box holds no letter

# Recognition. Widths are rounded up to a multiple, and batches are bounded by their columns, so that few
# shapes occur and the runtime's memory stays flat.
_HEIGHT = 48
_WIDTH_STEP = 32
_NARROWEST, _WIDEST = 96, 3200
_COLUMNS_A_BATCH = 1280
_MOST_THREADS = 8  # more gain nothing on models of this size

# What counts as text. Below the floor a reading is noise. A page is text at all if one reading of a few
# letters is sure: on noise, texture and drawings the recogniser sees single signs, or is not sure of them.
_FLOOR = 0.4
_SURE, _SURE_LETTERS = 0.75, 3

# A reading with a lower score is given with its alternatives.
_DOUBTED, _ALTERNATIVES = 0.92, 8
_COLUMN_WIDTH = 8  # pixels of a crop for each column of the recogniser's answer

_Reading = tuple[str, float, tuple[str, ...]]

Crop = NDArray[np.uint8]
"""BGR, shape (_HEIGHT, width, 3)."""


class PaddleEngine:
    """Reads Latin and Chinese print and handwriting. Raises EngineUnavailable where PaddleOCR is missing."""

    name = "paddle"
    uses_gpu = False

    def __init__(self, options: PaddleOptions) -> None:
        folders = model_folders()
        # PaddleOCR reads these when it is first imported: it shall look for nothing on the network, and put
        # nothing into the home folder.
        os.environ.setdefault("PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK", "True")
        os.environ.setdefault("PADDLE_PDX_CACHE_HOME", str(cache_folder() / "paddlex"))
        try:
            import paddleocr
            from paddlex.inference.pipelines.components import CropByPolys  # type: ignore[import-untyped]
        except ImportError as error:
            raise EngineUnavailable(
                f"engine 'paddle' needs PaddleOCR: pip install paddleocr ({error})"
            ) from error
        logging.getLogger("paddlex").setLevel(logging.ERROR)
        shared = {
            "engine": "onnxruntime",
            "device": "cpu",
            "engine_config": {"intra_op_num_threads": options.threads or _usable_cores()},
        }
        self._detector = paddleocr.TextDetection(
            model_name=DETECTOR, model_dir=str(folders.detector), **shared
        ).paddlex_predictor
        self._recogniser = paddleocr.TextRecognition(
            model_name=RECOGNISER, model_dir=str(folders.recogniser), **shared
        ).paddlex_predictor
        self._cut = CropByPolys(det_box_type="quad")
        self.version = f"paddleocr {paddleocr.__version__}, PP-OCRv6 small {folders.digest}"

    def read(self, pages: Sequence[Picture]) -> list[list[TextLine]]:
        """See `Engine.read`; a page's fragments are lines or parts of lines, from top to bottom."""
        boxes: list[NDArray[np.int16]] = []
        crops: list[Crop] = []
        counts = []
        for page in pages:
            bgr = np.ascontiguousarray(page[:, :, ::-1])
            found = self._detect(bgr)
            boxes.extend(found)
            crops.extend(_to_height(crop) for crop in self._cut(bgr, found))
            counts.append(len(found))
        fragments = [
            TextLine(text, score, cast(Box, tuple(map(float, box.ravel()))), alternatives)
            for box, (text, score, alternatives) in zip(boxes, self._recognise(crops), strict=True)
        ]
        ends = np.cumsum(counts, dtype=int)
        return [_meant(fragments[end - count : end]) for count, end in zip(counts, ends, strict=True)]

    def _detect(self, page: NDArray[np.uint8]) -> list[NDArray[np.int16]]:
        """Four corners of each text found on a BGR page, shape (4, 2), clockwise from the top left."""
        height, width = page.shape[:2]
        scale = min(1.0, _LONGEST_SIDE / max(height, width))
        rows, columns = (max(_STRIDE, round(side * scale / _STRIDE) * _STRIDE) for side in (height, width))
        # Area interpolation keeps thin strokes that linear interpolation drops.
        reduced = cv2.resize(page, (columns, rows), interpolation=_interpolation(rows, height))
        prepare = self._detector.pre_tfs
        (picture,) = prepare["ToCHW"](imgs=prepare["Normalize"](imgs=[reduced]))
        maps = self._detector.runner(x=[picture[np.newaxis]])
        found, _ = self._detector.post_op(maps, [(height, width, scale, scale)], **_DETECTION)
        return [box for box in found[0][::-1] if _thickness(box) >= _THINNEST]

    def _recognise(self, crops: Sequence[Crop]) -> list[_Reading]:
        """Text, score and, where it is in doubt, other readings of each crop."""
        readings: list[_Reading] = [("", 0.0, ())] * len(crops)
        for batch, width in _batches([crop.shape[1] for crop in crops]):
            pixels = np.zeros((len(batch), 3, _HEIGHT, width), np.float32)
            for row, index in zip(pixels, batch, strict=True):
                crop = crops[index]
                row[:, :, : crop.shape[1]] = (crop.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)
            (likelihoods,) = self._recogniser.runner(x=[pixels])
            best = likelihoods.argmax(axis=2)
            sure = np.take_along_axis(likelihoods, best[:, :, np.newaxis], axis=2)[:, :, 0]
            decoded = self._recogniser.post_op.decode(best, sure, is_remove_duplicate=True)
            for place, (index, (text, score)) in enumerate(zip(batch, decoded, strict=True)):
                others: tuple[str, ...] = ()
                if _FLOOR <= score < _DOUBTED:
                    written = slice(math.ceil(crops[index].shape[1] / _COLUMN_WIDTH))
                    others = other_readings(
                        likelihoods[place, written],
                        best[place, written],
                        self._recogniser.post_op.character,
                        _ALTERNATIVES,
                    )
                readings[index] = (normalize("NFC", text).strip(), float(score), others)
        return readings


def _usable_cores() -> int:
    affinity: Any = getattr(os, "sched_getaffinity", None)
    return min(_MOST_THREADS, len(affinity(0)) if affinity else os.cpu_count() or 1)


def _interpolation(target: int, source: int) -> int:
    return cv2.INTER_AREA if target < source else cv2.INTER_LINEAR


def _thickness(box: NDArray[np.int16]) -> float:
    across, down = np.linalg.norm(box[1] - box[0]), np.linalg.norm(box[3] - box[0])
    return float(min(across, down))


def _to_height(crop: NDArray[np.uint8]) -> Crop:
    height, width = crop.shape[:2]
    columns = min(_WIDEST, max(1, math.ceil(_HEIGHT * width / height)))
    return cast(Crop, cv2.resize(crop, (columns, _HEIGHT), interpolation=_interpolation(_HEIGHT, height)))


def _batches(widths: Sequence[int]) -> Iterator[tuple[list[int], int]]:
    """Indices into `widths`, narrow first, in batches of bounded size, each with the width to pad it to."""
    batch: list[int] = []
    padded = 0
    for index in sorted(range(len(widths)), key=widths.__getitem__):
        wider = max(_NARROWEST, math.ceil(widths[index] / _WIDTH_STEP) * _WIDTH_STEP)
        if batch and wider * (len(batch) + 1) > _COLUMNS_A_BATCH:
            yield batch, padded
            batch = []
        batch.append(index)
        padded = wider
    if batch:
        yield batch, padded


def _meant(fragments: Sequence[TextLine]) -> list[TextLine]:
    """The fragments that are text; none where nothing on the page is surely text."""
    sure = any(
        fragment.score >= _SURE and sum(map(str.isalnum, fragment.text)) >= _SURE_LETTERS
        for fragment in fragments
    )
    return [fragment for fragment in fragments if fragment.text and fragment.score >= _FLOOR] if sure else []
