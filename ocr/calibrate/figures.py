"""How far a stated confidence holds, and from which one on nobody need look."""

from collections.abc import Sequence

import numpy as np

from ocr.calibrate.pages import Judged

_BINS = 10


def calibration_error(stated: Sequence[float], right: Sequence[bool]) -> float:
    """Expected calibration error over ten bins of equal width (Naeini et al., 2015)."""
    confidence, hits = np.asarray(stated), np.asarray(right, float)
    if not len(confidence):
        return 0.0
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = [abs(float((confidence - hits)[bins == each].sum())) for each in range(_BINS)]
    return sum(gaps) / len(confidence)


def least_confidence(stated: Sequence[float], judged: Sequence[Judged], most_wrong: float) -> float:
    """The lowest confidence from which on so few of the medicines without other doubts are wrong; else 1."""
    clear = sorted(
        ((sure, each.right_drug) for sure, each in zip(stated, judged, strict=True) if not each.reasons),
        reverse=True,
    )
    wrong, least = 0, 1.0
    for number, (sure, right) in enumerate(clear, start=1):
        wrong += not right
        if wrong <= most_wrong * number:
            least = sure
    return round(least, 4)
