"""Figures and differences over items: values by hand, intervals and p by what they must be."""

import random
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.figures import differences, figures
from eval.measures import (
    Measure,
    calibration_counts,
    detection,
    expected_calibration_error,
    mean,
)
from eval.records import EntityItem, Item
from eval.statistics import bootstrap_sums, swap_sums

MEASURES = (mean("score", "a score"), *detection("name", "names"))


def item(
    item_id: str,
    counts: Mapping[str, tuple[float, ...]],
    *,
    cluster: str | None = None,
    failed: bool = False,
    **slices: str,
) -> Item:
    return EntityItem(
        item_id=item_id, cluster=cluster or item_id, failed=failed, slices=slices, counts=counts, text=""
    )


def scores(values: Sequence[float], **slices: str) -> list[Item]:
    return [item(str(place), {"score": (value, 1.0)}, **slices) for place, value in enumerate(values)]


def test_values_and_sizes_are_those_computed_by_hand() -> None:
    items = [
        item("a", {"score": (0.5, 1), "name": (2, 1, 0)}, level="easy"),
        item("b", {"score": (0.0, 1), "name": (1, 0, 3)}, level="hard", failed=True),
        item("c", {"name": (0, 0, 0)}, level="hard"),
    ]
    found = {(figure.slice, figure.metric): figure for figure in figures(items, MEASURES)}
    whole = found["all", "score"]
    assert (whole.value, whole.n, whole.scored, whole.failed) == (0.25, 2, 2, 1)  # c is unscored, not 0
    f1 = found["all", "name_f1"]
    assert (f1.value, f1.n, f1.scored) == (6 / 10, 6, 3)  # 2tp / (2tp + fp + fn); 6 names in gold
    assert found["all", "name_precision"].value == 3 / 4
    assert found["all", "name_recall"].value == 3 / 6
    assert found["level=hard", "name_recall"].value == 1 / 4
    assert found["level=easy", "name_recall"].failed == 0
    assert ("level=easy", "score") in found
    assert list(dict.fromkeys(name for name, _ in found)) == ["all", "level=easy", "level=hard"]


def test_nothing_scored_is_nan_with_its_count() -> None:
    (f1, *_) = [
        figure for figure in figures([item("a", {"name": (0, 0, 0)})], MEASURES) if figure.metric == "name_f1"
    ]
    assert np.isnan([f1.value, f1.low, f1.high]).all()
    assert (f1.n, f1.scored) == (0, 1)
    assert figures([item("a", {})], MEASURES) == []
    assert figures([], MEASURES) == []


def test_languages_are_never_averaged() -> None:
    items = [*scores([1.0, 1.0], target="en", kind="x"), *scores([0.0], target="zh", kind="x")]
    names = {figure.slice: figure.value for figure in figures(items, MEASURES, "target")}
    assert names == {
        "target=en": 1.0,
        "target=zh": 0.0,
        "target=en, kind=x": 1.0,
        "target=zh, kind=x": 0.0,
    }
    with pytest.raises(ValueError, match="no slice target"):
        figures(scores([1.0]), MEASURES, "target")


def test_clusters_are_resampled_whole() -> None:
    together = [item(str(n), {"score": (n % 2, 1)}, cluster=str(n % 2)) for n in range(40)]
    alone = [item(str(n), {"score": (n % 2, 1)}) for n in range(40)]
    (wide,), (narrow,) = figures(together, MEASURES), figures(alone, MEASURES)
    assert (wide.value, narrow.value) == (0.5, 0.5)
    assert (wide.low, wide.high) == (0.0, 1.0)  # two clusters: one draw in four takes the same one twice
    assert 0.3 < narrow.low < 0.4 < 0.6 < narrow.high < 0.7  # 0.5 +- 1.96 * sqrt(0.25 / 40) = 0.155


def test_an_interval_covers_the_truth_as_often_as_it_says() -> None:
    chance = np.random.default_rng(3)
    covered = 0
    for _ in range(100):
        (figure,) = figures(scores(list(chance.normal(0.4, 0.2, 60))), MEASURES)
        covered += figure.low <= 0.4 <= figure.high
    assert 88 <= covered <= 100


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.randoms())
def test_a_value_does_not_depend_on_the_order_of_items(values: list[float], chance: random.Random) -> None:
    items = scores(values)
    shuffled = items.copy()
    chance.shuffle(shuffled)
    (one,), (other,) = figures(items, MEASURES), figures(shuffled, MEASURES)
    assert one.value == pytest.approx(other.value)
    assert (one.n, one.scored, one.failed) == (other.n, other.scored, other.failed)


def test_one_system_against_itself_and_against_a_better_one() -> None:
    values = [0.1, 0.4, 0.35, 0.8, 0.2, 0.6, 0.5, 0.9]
    (same,) = differences(scores(values), scores(values), MEASURES)
    assert (same.difference, same.low, same.high, same.p, same.items) == (0, 0, 0, 1, 8)
    (better,) = differences(scores([value + 0.1 for value in values]), scores(values), MEASURES)
    assert better.difference == pytest.approx(0.1)
    assert (better.low, better.high) == (pytest.approx(0.1), pytest.approx(0.1))  # the same on every item
    assert 0.002 < better.p < 0.02  # 2 of 2 ** 8 arrangements differ as much
    (worse,) = differences(scores(values), scores([value + 0.1 for value in values]), MEASURES)
    assert worse.difference == pytest.approx(-better.difference)
    assert worse.p == better.p


def test_only_what_both_scored_is_compared() -> None:
    ours = [item("a", {"score": (1, 1)}), item("b", {"score": (1, 1)}), item("c", {"score": (0, 1)})]
    theirs = [item("c", {"score": (1, 1)}), item("a", {"score": (0.5, 1)}), item("b", {}), item("d", {})]
    (found,) = differences(ours, theirs, MEASURES)
    assert (found.first, found.second, found.items) == (0.5, 0.75, 2)


def test_calibration_error_by_hand() -> None:
    counts = np.array(calibration_counts([0.95, 0.92, 0.15, 1.0, 0.0], [True, False, False, True, False]))
    # bin 9: three of mean 2.87 / 3, two right; bin 1: 0.15 and none right; bin 0: 0 and none right
    assert float(expected_calibration_error(counts)) == pytest.approx((0.87 + 0.15 + 0.0) / 5)
    assert np.isnan(expected_calibration_error(np.zeros(30)))
    ece = Measure("ece", "ece", expected_calibration_error, "", size=lambda sums: float(sums[:10].sum()))
    halves = [calibration_counts([0.9], [True]), calibration_counts([0.9], [False])]
    (figure,) = figures([item(str(n), {"ece": each}) for n, each in enumerate(halves)], [ece])
    assert (figure.value, figure.n) == (pytest.approx(0.4), 2)


def test_draws_are_the_same_for_all_tables() -> None:
    table = np.random.default_rng(0).random((7, 2))
    one, other = bootstrap_sums([table, table * 3], draws=50)
    np.testing.assert_allclose(other, one * 3)
    np.testing.assert_allclose(one.mean(axis=0), table.sum(axis=0), rtol=0.2)
    ((first, second),) = swap_sums([(table, table[::-1])], draws=50)
    np.testing.assert_allclose(first + second, np.broadcast_to(2 * table.sum(axis=0), (50, 2)))
