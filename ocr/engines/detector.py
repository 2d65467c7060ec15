"""PP-OCRv6 small's detector: where text stands on a page. The model and its post-processing are PaddleOCR's.

What differs is how it is fed: pages are searched for text at a bounded size.
"""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from multilingual.unavailable import EngineUnavailable
from ocr.engines.crops import Crop, interpolation
from ocr.engines.paddle_weights import DETECTOR, cache_folder

# Pages are reduced to this side at most: handwriting is found as well as at full size, and so is print of 9
# points on A4.
_LONGEST_SIDE = 832
_STRIDE = 32  # the sides of the detector's input are multiples of it
_DETECTION = {"thresh": 0.3, "box_thresh": 0.5, "unclip_ratio": 1.5}
_THINNEST = 3.0  # pixels of the page: a thinner box holds no letter

Corners = NDArray[np.int16]
"""Four corners of a text, shape (4, 2), clockwise from the top left, in pixels of the page."""


class Detector:
    """Finds text with the weights in `folder`. Raises EngineUnavailable where PaddleOCR is missing."""

    def __init__(self, folder: Path, threads: int) -> None:
        # PaddleOCR reads these when it is first imported: it shall look for nothing on the network, and put
        # nothing into the home folder.
        os.environ.setdefault("PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK", "True")
        os.environ.setdefault("PADDLE_PDX_CACHE_HOME", str(cache_folder() / "paddlex"))
        try:
            import paddleocr
            from paddlex.inference.pipelines.components import CropByPolys  # type: ignore[import-untyped]
        except ImportError as error:
            raise EngineUnavailable(
                f"text is found with PaddleOCR, which is missing: pip install paddleocr ({error})"
            ) from error
        logging.getLogger("paddlex").setLevel(logging.ERROR)
        self._model = paddleocr.TextDetection(
            model_name=DETECTOR,
            model_dir=str(folder),
            engine="onnxruntime",
            device="cpu",
            engine_config={"intra_op_num_threads": threads},
        ).paddlex_predictor
        self._cut = CropByPolys(det_box_type="quad")
        self.version = f"paddleocr {paddleocr.__version__}"

    def find(self, page: NDArray[np.uint8]) -> list[Corners]:
        """The texts on a BGR page."""
        height, width = page.shape[:2]
        scale = min(1.0, _LONGEST_SIDE / max(height, width))
        rows, columns = (max(_STRIDE, round(side * scale / _STRIDE) * _STRIDE) for side in (height, width))
        # Area interpolation keeps thin strokes that linear interpolation drops.
        reduced = cv2.resize(page, (columns, rows), interpolation=interpolation(rows, height))
        prepare = self._model.pre_tfs
        (picture,) = prepare["ToCHW"](imgs=prepare["Normalize"](imgs=[reduced]))
        maps = self._model.runner(x=[picture[np.newaxis]])
        found, _ = self._model.post_op(maps, [(height, width, scale, scale)], **_DETECTION)
        return [box for box in found[0][::-1] if _thickness(box) >= _THINNEST]

    def cut(self, page: NDArray[np.uint8], found: Sequence[Corners]) -> list[Crop]:
        """What was found, cut out of the BGR page and laid level."""
        crops: list[Crop] = self._cut(page, found)
        return crops


def _thickness(box: Corners) -> float:
    across, down = np.linalg.norm(box[1] - box[0]), np.linalg.norm(box[3] - box[0])
    return float(min(across, down))
