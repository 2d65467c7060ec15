"""Figures over items, slice by slice, and the difference between two systems on the same items.

Clusters are resampled, not items: the medicines of a page, or the messages with one picture, stand or fall
together (Efron and Tibshirani 1993, chapter 13). The draws are the same for all measures of a slice, and in a
comparison for both systems (paired bootstrap; Koehn 2004).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from eval.measures import Measure
from eval.records import Figure, Item
from eval.statistics import Counts, bootstrap_sums, interval, swap_sums

ALL: Final = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """First system less the second, on the items that both have; `p` is of a two-sided permutation test."""

    metric: str
    slice: str
    first: float
    second: float
    difference: float
    low: float
    high: float
    p: float
    items: int  # scored in both


def figures(items: Sequence[Item], measures: Sequence[Measure], apart: str | None = None) -> list[Figure]:
    """Every measure over all items and over each slice, in that order.

    `apart` names a slice whose values are never averaged: the languages of summaries. Raises ValueError when
    an item has no such slice.
    """
    return [
        figure
        for name, members in slices_of(items, apart).items()
        for figure in _figures(name, members, measures)
    ]


def slices_of(items: Iterable[Item], apart: str | None = None) -> dict[str, list[Item]]:
    """The items by the name of each slice that they belong to; see `figures`."""
    found: defaultdict[str, list[Item]] = defaultdict(list)
    for item in items:
        if apart is not None and apart not in item.slices:
            raise ValueError(f"an item has no slice {apart}")
        whole = ALL if apart is None else f"{apart}={item.slices[apart]}"
        found[whole].append(item)
        for name, value in item.slices.items():
            if name != apart:
                part = f"{name}={value}"
                found[part if apart is None else f"{whole}, {part}"].append(item)
    return dict(sorted(found.items(), key=lambda each: (each[0].count("="), each[0])))


def _figures(name: str, items: Sequence[Item], measures: Sequence[Measure]) -> list[Figure]:
    used = [measure for measure in measures if any(measure.counts in item.counts for item in items)]
    clusters = _clusters(items)
    tables = _tables([item.counts for item in items], clusters, used)
    draws = bootstrap_sums(list(tables.values()))
    drawn = dict(zip(tables, draws, strict=True))
    failed = sum(item.failed for item in items)
    found = []
    for measure in used:
        sums = tables[measure.counts].sum(axis=0)
        low, high = interval(measure.statistic(drawn[measure.counts]))
        found.append(
            Figure(
                metric=measure.name,
                slice=name,
                value=float(measure.statistic(sums)),
                low=low,
                high=high,
                n=round(measure.size(sums)),
                scored=sum(measure.counts in item.counts for item in items),
                failed=failed,
            )
        )
    return found


def differences(
    first: Sequence[Item], second: Sequence[Item], measures: Sequence[Measure], apart: str | None = None
) -> list[Difference]:
    """Every measure's difference over the items that both systems have, joined on `item_id`, by slice.

    Slices are those of the first system's items. An item that one of the two did not score on a measure does
    not count for it. p is of a permutation test that swaps the systems cluster by cluster (Noreen 1989).
    """
    others = {item.item_id: item for item in second}
    shared = [item for item in first if item.item_id in others]
    return [
        difference
        for name, members in slices_of(shared, apart).items()
        for difference in _differences(name, members, [others[item.item_id] for item in members], measures)
    ]


def _differences(
    name: str, first: Sequence[Item], second: Sequence[Item], measures: Sequence[Measure]
) -> list[Difference]:
    both = [one.counts.keys() & other.counts.keys() for one, other in zip(first, second, strict=True)]
    used = [measure for measure in measures if any(measure.counts in names for names in both)]
    clusters = _clusters(first)
    one, other = (
        _tables([_only(item.counts, names) for item, names in zip(items, both, strict=True)], clusters, used)
        for items in (first, second)
    )
    names = list(one)
    drawn_one, drawn_other = (
        dict(zip(names, bootstrap_sums([table[each] for each in names]), strict=True))
        for table in (one, other)
    )
    swapped = dict(zip(names, swap_sums([(one[each], other[each]) for each in names]), strict=True))
    found = []
    for measure in used:
        of, key = measure.statistic, measure.counts
        here, there = float(of(one[key].sum(axis=0))), float(of(other[key].sum(axis=0)))
        low, high = interval(of(drawn_one[key]) - of(drawn_other[key]))
        ours, theirs = swapped[key]
        chance = np.abs(of(ours) - of(theirs))
        chance = chance[~np.isnan(chance)]
        # The arrangement seen is one of those possible, so p is never 0; a hair covers rounding.
        p = (1 + int((chance >= abs(here - there) - 1e-12).sum())) / (1 + chance.size)
        found.append(
            Difference(
                metric=measure.name,
                slice=name,
                first=here,
                second=there,
                difference=here - there,
                low=low,
                high=high,
                p=p if np.isfinite(here - there) else float("nan"),
                items=sum(key in each for each in both),
            )
        )
    return found


def _clusters(items: Sequence[Item]) -> list[int]:
    """The place of each item's cluster."""
    places: dict[str, int] = {}
    return [places.setdefault(item.cluster, len(places)) for item in items]


def _tables(
    counts: Sequence[Mapping[str, tuple[float, ...]]], clusters: Sequence[int], measures: Sequence[Measure]
) -> dict[str, Counts]:
    """Summed counts of each cluster, shape (clusters, k), by what is counted."""
    tables: dict[str, Counts] = {}
    for name in dict.fromkeys(measure.counts for measure in measures):
        width = next(len(each[name]) for each in counts if name in each)
        table = np.zeros((max(clusters) + 1, width))
        for place, each in zip(clusters, counts, strict=True):
            if name in each:
                table[place] += each[name]
        tables[name] = table
    return tables


def _only(counts: Mapping[str, tuple[float, ...]], names: Iterable[str]) -> dict[str, tuple[float, ...]]:
    return {name: counts[name] for name in names}
