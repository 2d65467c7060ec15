"""The figures of an evaluation as rows of tables, each beside its baselines."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.figures import ALL
from eval.measures import Better, Measure
from eval.records import Figure
from eval.report.charts import Axis, Whisker, axis_of, whisker
from eval.results import Results

TITLES: Mapping[str, str] = {"ocr": "Prescriptions", "summaries": "Summaries", "entities": "Entities"}


def three(value: float) -> str:
    """A number to three decimals, or that there is none."""
    return "unscored" if math.isnan(value) else f"{value:.3f}"


def interval(figure: Figure) -> str:
    """Both ends to three decimals; nothing where there is no interval."""
    ends = (figure.low, figure.high)
    return "" if any(map(math.isnan, ends)) else f"{ends[0]:.3f} to {ends[1]:.3f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a slice stands: a whole, or a part of all or of the whole that it is `within`."""

    whole: bool
    within: str | None
    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A figure, what it measures, and the same measure of the baselines that have it."""

    figure: Figure
    items: int  # of the slice
    meaning: str
    better: Better
    baselines: Mapping[str, Figure]
    drawing: Whisker

    @property
    def value(self) -> str:
        """The value to three decimals, or that nothing was scored."""
        if math.isnan(self.figure.value):
            return f"unscored ({self.items} of {self.items})"
        return f"{self.figure.value:.3f}"

    @property
    def interval(self) -> str:
        """Both ends to three decimals; nothing where there is no interval."""
        return interval(self.figure)

    @property
    def unscored(self) -> str:
        """How many items of the slice have no score, where some have and some have not."""
        left = self.items - self.figure.scored
        return f"unscored ({left} of {self.items})" if left and not math.isnan(self.figure.value) else ""

    def baseline(self, name: str) -> str:
        """A baseline's value to three decimals; nothing where it has none."""
        found = self.baselines.get(name)
        return "" if found is None or math.isnan(found.value) else f"{found.value:.3f}"

    def beaten(self, name: str) -> bool:
        """False where the baseline is as good as the figure or better; no errors at all can't be beaten."""
        found, ours = self.baselines.get(name), self.figure.value
        if found is None or self.better is Better.NEITHER or math.isnan(found.value + ours):
            return True
        return ours > found.value if self.better is Better.HIGHER else ours < found.value or ours == 0


class Tables:
    """The figures of `results` by slice and by metric; measures tell what they mean and their order."""

    def __init__(self, results: Results, measures: Sequence[Measure]) -> None:
        self._measures = {measure.name: measure for measure in measures}
        self._by_metric: dict[str, dict[str, Figure]] = {name: {} for name in self._measures}
        for figure in results.figures:
            self._by_metric.setdefault(figure.metric, {})[figure.slice] = figure
        self._baselines = {
            name: {(figure.metric, figure.slice): figure for figure in figures}
            for name, figures in results.baselines.items()
        }
        self.slices = tuple(dict.fromkeys(figure.slice for figure in results.figures))
        # A slice of languages that are never averaged stands for a whole of its own.
        self.wholes = tuple(name for name in self.slices if name == ALL) or tuple(
            name for name in self.slices if ", " not in name
        )
        self.metrics = tuple(name for name, figures in self._by_metric.items() if figures)
        self.baselines = tuple(self._baselines)
        self._items, self._failed = dict.fromkeys(self.slices, 0), dict.fromkeys(self.slices, 0)
        for figure in results.figures:
            # Some measure is scored on every item, if only the share that failed.
            self._items[figure.slice] = max(self._items[figure.slice], figure.scored)
            self._failed[figure.slice] = figure.failed
        self._order = {name: self._rank(name) for name in self.slices}
        self._axes = {metric: self._axis(metric) for metric in self.metrics}

    def of_slice(self, name: str) -> list[Row]:
        """Every metric of one slice."""
        by_metric = (self._by_metric[metric] for metric in self.metrics)
        return [self._row(figures[name]) for figures in by_metric if name in figures]

    def of_metric(self, name: str) -> list[Row]:
        """One metric in every slice that has it; the parts of a whole follow it."""
        figures = sorted(self._by_metric[name].values(), key=lambda figure: self._order[figure.slice])
        return [self._row(figure) for figure in figures]

    def axis(self, metric: str) -> Axis:
        """The scale that all drawings of a metric share."""
        return self._axes[metric]

    def place(self, name: str) -> Place:
        """Where a slice stands among the others, and its own name and value."""
        within = next((whole for whole in self.wholes if name.startswith(f"{whole}, ")), None)
        key, _, value = (name if within is None else name[len(within) + 2 :]).partition("=")
        return Place(whole=name in self.wholes, within=within, key=key, value=value)

    def items(self, name: str) -> int:
        """How many items a slice has."""
        return self._items[name]

    def failed(self, name: str) -> int:
        """How many items of a slice failed."""
        return self._failed[name]

    def meaning(self, metric: str) -> str:
        """What a metric measures; nothing where no measure of that name is known."""
        measure = self._measures.get(metric)
        return measure.meaning if measure else ""

    def better(self, metric: str) -> Better:
        """Which way a metric improves."""
        measure = self._measures.get(metric)
        return measure.better if measure else Better.NEITHER

    def _rank(self, name: str) -> tuple[int, bool, int]:
        place = self.place(name)
        whole = self.wholes.index(place.within or name) if place.within or place.whole else len(self.wholes)
        return whole, not place.whole, self.slices.index(name)

    def _row(self, figure: Figure) -> Row:
        baselines = {
            name: figures[figure.metric, figure.slice]
            for name, figures in self._baselines.items()
            if (figure.metric, figure.slice) in figures
        }
        return Row(
            figure=figure,
            items=self.items(figure.slice),
            meaning=self.meaning(figure.metric),
            better=self.better(figure.metric),
            baselines=baselines,
            drawing=whisker(figure, baselines, self.baselines, self._axes[figure.metric]),
        )

    def _axis(self, metric: str) -> Axis:
        drawn = [*self._by_metric[metric].values()]
        beside = [
            figure for each in self._baselines.values() for figure in each.values() if figure.metric == metric
        ]
        return axis_of(
            [figure.value for figure in (*drawn, *beside)]
            + [end for figure in drawn for end in (figure.low, figure.high)]
        )
