"""Figures and their intervals, against values worked out by hand."""

import math

import numpy as np
import pytest

from eval.statistics import clustered_figure, f1, mean_figure, paired_difference, precision, recall, share


def test_measures_of_hand_counted_pages() -> None:
    sums = np.array([6.0, 2.0, 4.0])  # found, invented, missed
    assert precision(sums) == pytest.approx(6 / 8)
    assert recall(sums) == pytest.approx(6 / 10)
    assert f1(sums) == pytest.approx(2 * 0.75 * 0.6 / (0.75 + 0.6))
    assert share(np.array([3.0, 4.0])) == pytest.approx(0.75)


def test_nothing_counted_is_not_a_number() -> None:
    assert math.isnan(float(f1(np.zeros(3))))
    assert math.isnan(clustered_figure([], f1, 0).value)


def test_equal_clusters_leave_no_doubt() -> None:
    figure = clustered_figure([(3, 1, 1)] * 12, f1, 48)
    assert figure.low == figure.value == figure.high == pytest.approx(0.75)


def test_the_interval_is_that_of_clusters_not_of_rows() -> None:
    """Two all-or-nothing pages of 50 rows are two draws: the interval spans everything."""
    figure = clustered_figure([(50, 50), (0, 50)], share, 100)
    assert (figure.value, figure.low, figure.high) == (0.5, 0.0, 1.0)


def test_the_interval_covers_as_it_says() -> None:
    """Of 200 samples of 60 pages, about 95% have an interval that holds the true share of 0.7."""
    rng = np.random.default_rng(7)
    held = 0
    for seed in range(200):
        counts = [(int(right), 1) for right in rng.random(60) < 0.7]
        figure = clustered_figure(counts, share, 60, draws=400, seed=seed)
        held += figure.low <= 0.7 <= figure.high
    assert 0.88 <= held / 200 <= 0.99


def test_a_difference_of_pairs_is_seen_where_the_means_alone_overlap() -> None:
    """Items differ widely from one another; on each, the first system is a little better."""
    rng = np.random.default_rng(3)
    second = rng.random(200)
    first = second + 0.02 + 0.01 * rng.random(200)
    difference = paired_difference(first.tolist(), second.tolist())
    assert 0.02 < difference.low < difference.value < difference.high < 0.03
    assert mean_figure(first.tolist()).low < mean_figure(second.tolist()).high
    assert difference.n == 200


def test_systems_that_differ_by_chance_are_not_told_apart() -> None:
    """Of 100 comparisons of two equal systems, about 5 leave out 0."""
    rng = np.random.default_rng(11)
    apart = 0
    for seed in range(100):
        difference = paired_difference(rng.random(80).tolist(), rng.random(80).tolist(), draws=400, seed=seed)
        apart += difference.low > 0 or difference.high < 0
    assert apart <= 12


def test_pairs_need_the_same_items() -> None:
    with pytest.raises(ValueError, match="zip"):
        paired_difference([1.0], [1.0, 0.0])
