"""What a measure is: a statistic of counts that add up over items, and which way is better."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from eval.statistics import Counts, f1, precision, recall, share


class Better(StrEnum):
    """Which way a measure improves; NEITHER describes (a length)."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Measure:
    """A named statistic of `counts` (a key of `Item.counts`).

    `statistic` maps summed counts of shape (..., k) to values of shape (...), NaN where nothing was counted.
    `size` maps sums of shape (k,) to what the value is over: by default the second count, the number scored.
    """

    name: str
    counts: str
    statistic: Callable[[Counts], Counts]
    meaning: str
    better: Better = Better.HIGHER
    size: Callable[[Counts], float] = lambda sums: float(sums[1])


def gold_size(sums: Counts) -> float:
    """How many gold things there are, of sums (true positives, false positives, false negatives)."""
    return float(sums[0] + sums[2])


def detection(name: str, what: str) -> tuple[Measure, Measure, Measure]:
    """Precision, recall and F1 of things found; `name` counts true and false positives, false negatives."""
    return (
        Measure(f"{name}_f1", name, f1, f"{what}: harmonic mean of precision and recall", size=gold_size),
        Measure(
            f"{name}_precision",
            name,
            precision,
            f"{what}: share right of those found",
            size=lambda sums: float(sums[0] + sums[1]),
        ),
        Measure(f"{name}_recall", name, recall, f"{what}: share found of those there are", size=gold_size),
    )


def mean(name: str, meaning: str, better: Better = Better.HIGHER) -> Measure:
    """The mean of a value, or a share: counts `name` of (sum or number right, number scored)."""
    return Measure(name, name, share, meaning, better)


E_BINS: Final = 10


def calibration_counts(probabilities: Sequence[float], right: Sequence[bool]) -> tuple[float, ...]:
    """Counts for `expected_calibration_error`: number, sum of probabilities and number right of each bin."""
    table = np.zeros((3, E_BINS))
    for probability, is_right in zip(probabilities, right, strict=True):
        bin_ = min(int(probability * E_BINS), E_BINS - 1)
        table[:, bin_] += (1.0, probability, float(is_right))
    return tuple(table.ravel().tolist())


def expected_calibration_error(sums: Counts) -> Counts:
    """Mean gap between probability and share right, over ten bins of equal width (Naeini et al., 2015).

    Of counts as `calibration_counts` gives them, shape (..., 30).
    """
    number, stated, right = np.moveaxis(sums.reshape(*sums.shape[:-1], 3, E_BINS), -2, 0)
    total = number.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, np.abs(stated - right).sum(axis=-1) / total, np.nan)
