"""What was fitted on validation data and ships beside the weights: `ocr/models/calibration.json`."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ocr.confidence import CONFIDENCE
from ocr.ctc.names import FEATURES

CALIBRATION = Path(__file__).parent / "models" / "calibration.json"


@dataclass(frozen=True, slots=True)
class NameCalibration:
    """Weights of `ocr.ctc.names.FEATURES`, in that order, and the chance from which a name is taken."""

    weights: tuple[float, ...]
    accept: float


@dataclass(frozen=True, slots=True)
class ConfidenceCalibration:
    """Weights of `ocr.confidence.CONFIDENCE`, in that order, and the least that needs no review."""

    weights: tuple[float, ...]
    review_below: float


@cache
def name_calibration() -> NameCalibration:
    """That of names, as it ships."""
    told = _told("names")
    return NameCalibration(tuple(told["weights"][name] for name in FEATURES), told["accept"])


@cache
def confidence_calibration() -> ConfidenceCalibration:
    """That of confidence, as it ships."""
    told = _told("confidence")
    return ConfidenceCalibration(tuple(told["weights"][name] for name in CONFIDENCE), told["review_below"])


def _told(section: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(CALIBRATION.read_text(encoding="utf-8"))[section]
    return told
