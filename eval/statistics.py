"""Intervals by bootstrap over clusters: a page's medicines stand or fall together, so pages are drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its 95% percentile interval; `n` is the number of items it was computed over."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}] n={self.n}"


def clustered_figure(
    counts: Sequence[Sequence[float]] | Counts,
    statistic: Callable[[Counts], Counts],
    n: int,
    *,
    draws: int = 2000,
    seed: int = 0,
) -> Figure:
    """`statistic` of summed counts, with a percentile interval from resampled clusters.

    `counts` has shape (clusters, k); `statistic` maps sums of shape (..., k) to values of shape (...). Draws
    with an empty denominator (NaN) are left out of the interval. Efron and Tibshirani (1993), chapter 13.
    """
    table = np.asarray(counts, dtype=np.float64)
    if table.size == 0:
        return Figure(float("nan"), float("nan"), float("nan"), n)
    picks = np.random.default_rng(seed).integers(0, len(table), size=(draws, len(table)))
    values = statistic(table[picks].sum(axis=1))
    values = values[~np.isnan(values)]
    low, high = np.percentile(values, [2.5, 97.5]) if values.size else (np.nan, np.nan)
    return Figure(float(statistic(table.sum(axis=0))), float(low), float(high), n)


def precision(sums: Counts) -> Counts:
    """Of columns (true positives, false positives, false negatives)."""
    return _ratio(sums[..., 0], sums[..., 0] + sums[..., 1])


def recall(sums: Counts) -> Counts:
    """Of columns (true positives, false positives, false negatives)."""
    return _ratio(sums[..., 0], sums[..., 0] + sums[..., 2])


def f1(sums: Counts) -> Counts:
    """Harmonic mean of precision and recall: 2tp / (2tp + fp + fn)."""
    return _ratio(2 * sums[..., 0], 2 * sums[..., 0] + sums[..., 1] + sums[..., 2])


def share(sums: Counts) -> Counts:
    """Of columns (right, scored)."""
    return _ratio(sums[..., 0], sums[..., 1])


def _ratio(numerator: Counts, denominator: Counts) -> Counts:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(denominator > 0, numerator / denominator, np.nan)


def mean_figure(values: Sequence[float], *, draws: int = 2000, seed: int = 0) -> Figure:
    """The mean of one value an item, with a percentile interval from resampled items."""
    return clustered_figure([(value, 1.0) for value in values], share, len(values), draws=draws, seed=seed)


def paired_difference(
    first: Sequence[float], second: Sequence[float], *, draws: int = 2000, seed: int = 0
) -> Figure:
    """Mean of first minus second, two systems' values on the same items in the same order.

    Each draw takes both systems' values of the items it draws (paired bootstrap; Koehn, 2004), so an item
    that is hard for both does not widen the interval. An interval that leaves out 0 tells the systems apart.
    Raises ValueError when the lengths differ.
    """
    differences = [one - other for one, other in zip(first, second, strict=True)]
    return mean_figure(differences, draws=draws, seed=seed)
