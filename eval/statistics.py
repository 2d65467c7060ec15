"""Intervals by bootstrap over clusters: a page's medicines stand or fall together, so pages are drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
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
) -> Estimate:
    """`statistic` of summed counts, with a percentile interval from resampled clusters.

    `counts` has shape (clusters, k); `statistic` maps sums of shape (..., k) to values of shape (...). Draws
    with an empty denominator (NaN) are left out of the interval. Efron and Tibshirani (1993), chapter 13.
    """
    table = np.asarray(counts, dtype=np.float64)
    if table.size == 0:
        return Estimate(float("nan"), float("nan"), float("nan"), n)
    (sums,) = bootstrap_sums([table], draws=draws, seed=seed)
    return Estimate(float(statistic(table.sum(axis=0))), *interval(statistic(sums)), n)


_AT_ONCE = 2**24  # random numbers held at a time


def bootstrap_sums(tables: Sequence[Counts], *, draws: int = 2000, seed: int = 0) -> list[Counts]:
    """Sums of resampled clusters, shape (draws, k) for each table of shape (clusters, k).

    All tables have the same clusters, and the same are drawn for all.
    """
    if not tables:
        return []
    joined, ends = np.hstack(list(tables)), np.cumsum([table.shape[1] for table in tables])[:-1]
    chance, clusters = np.random.default_rng(seed), len(joined)
    step = max(1, _AT_ONCE // max(1, clusters))
    sums = []
    for start in range(0, draws, step):
        drawn = min(step, draws - start)
        picks = chance.integers(0, clusters, size=(drawn, clusters))
        places = picks + clusters * np.arange(drawn)[:, None]
        times = np.bincount(places.ravel(), minlength=drawn * clusters).reshape(drawn, clusters)
        sums.append(times.astype(np.float64) @ joined)
    return list(np.split(np.concatenate(sums), ends, axis=1))


def swap_sums(
    pairs: Sequence[tuple[Counts, Counts]], *, draws: int = 2000, seed: int = 1
) -> list[tuple[Counts, Counts]]:
    """Sums of two systems whose clusters change places at random, shape (draws, k) for each of two tables."""
    if not pairs:
        return []
    clusters = len(pairs[0][0])
    chance, step = np.random.default_rng(seed), max(1, _AT_ONCE // max(1, clusters))
    # Half the difference of the sums changes its sign with the clusters that are swapped.
    halves = np.hstack([(one - other) / 2 for one, other in pairs])
    ends = np.cumsum([one.shape[1] for one, _ in pairs])[:-1]
    sums = [
        (chance.integers(0, 2, size=(min(step, draws - start), clusters)) * 2.0 - 1) @ halves
        for start in range(0, draws, step)
    ]
    turned = np.split(np.concatenate(sums), ends, axis=1)
    middles = [((one + other) / 2).sum(axis=0) for one, other in pairs]
    return [(middle + half, middle - half) for middle, half in zip(middles, turned, strict=True)]


def interval(values: Counts) -> tuple[float, float]:
    """The 95% percentile interval of drawn values; draws of nothing (NaN) are left out."""
    known = values[~np.isnan(values)]
    if not known.size:
        return float("nan"), float("nan")
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)


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


def mean_figure(values: Sequence[float], *, draws: int = 2000, seed: int = 0) -> Estimate:
    """The mean of one value an item, with a percentile interval from resampled items."""
    return clustered_figure([(value, 1.0) for value in values], share, len(values), draws=draws, seed=seed)


def paired_difference(
    first: Sequence[float], second: Sequence[float], *, draws: int = 2000, seed: int = 0
) -> Estimate:
    """Mean of first minus second, two systems' values on the same items in the same order.

    Each draw takes both systems' values of the items it draws (paired bootstrap; Koehn, 2004), so an item
    that is hard for both does not widen the interval. An interval that leaves out 0 tells the systems apart.
    Raises ValueError when the lengths differ.
    """
    differences = [one - other for one, other in zip(first, second, strict=True)]
    return mean_figure(differences, draws=draws, seed=seed)
