"""Pictures to ask about, and a model to ask."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ocr.engines.base import Picture
from ocr.engines.options import VlmOptions
from ocr.vision_language.asking import Question, Said
from ocr.vision_language.model import VisionLanguageModel

PROMPT = "Read the prescription. दवा"
LONGEST = 12
SIZES = [(60, 200), (100, 80), (120, 120), (30, 90), (300, 260)]


def picture(seed: int, height: int, width: int) -> Picture:
    """Coarse noise, which stays different when it is made smaller."""
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 6, 3), dtype=np.uint8)
    return np.kron(coarse, np.ones((-(-height // 6), -(-width // 6), 1), np.uint8))[:height, :width]


QUESTIONS = [
    Question(PROMPT + " now" * row, picture(row, height, width)) for row, (height, width) in enumerate(SIZES)
]


def model_of(folder: Path, **options: Any) -> VisionLanguageModel:
    """The model of a folder, in float32 unless told otherwise."""
    return VisionLanguageModel(
        VlmOptions(model=str(folder), **({"dtype": "float32", "threads": 1} | options))
    )


def watch(model: VisionLanguageModel, before: Callable[[dict[str, Any]], None]) -> list[int]:
    """Have `before` look at the inputs of each batch; the numbers of rows of those that it let pass."""
    generate = model.loaded.model.generate
    rows: list[int] = []

    def watched(**inputs: Any) -> torch.Tensor:
        before(inputs)
        rows.append(len(inputs["input_ids"]))
        return generate(**inputs)

    model.loaded.model.generate = watched
    return rows


def texts(said: Sequence[Said]) -> list[str]:
    """What was said."""
    return [answer.text for answer in said]
