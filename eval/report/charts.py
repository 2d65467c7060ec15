"""Where the marks of the page's drawings stand; the templates draw them.

Lengths are of the drawings' own units, x to the right and y down.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from eval.records import Figure
from eval.results import Curve

_NICE: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_INTERVALS: Final = 4  # between ticks, about
_POINTS: Final = 200  # of a curve: more can't be told apart
_TABLE: Final = 10  # rows of a curve's table


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale from `low` to `high` with round ticks `step` apart."""

    low: float
    high: float
    step: float

    def share(self, value: float) -> float:
        """How far along the axis a value stands, 0 to 1."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    @property
    def ticks(self) -> tuple[float, ...]:
        """The values of the ticks, both ends included."""
        return tuple(
            self.low + self.step * tick for tick in range(round((self.high - self.low) / self.step) + 1)
        )

    def label(self, value: float) -> str:
        """A tick's value with the digits that its step needs."""
        digits = next((digits for digits in range(9) if math.isclose(round(self.step, digits), self.step)), 9)
        return f"{value:.{digits}f}"


def axis_of(values: Iterable[float]) -> Axis:
    """A scale that holds all values; it starts at 0 unless they stand far from there."""
    known = [value for value in values if math.isfinite(value)]
    if not known:
        return Axis(0.0, 1.0, 0.25)
    low, high = min(known), max(known)
    if low >= 0 and low <= 2 * (high - low):
        low = 0.0
    if low == high:
        low, high = (0.0, 1.0) if low == 0 else (low - abs(low) / 10, high + abs(high) / 10)
    step = _nice((high - low) / _INTERVALS)
    # A hair against 0.3 / 0.1 = 2.9999999999999996.
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return Axis(first * step, last * step, step)


def _nice(step: float) -> float:
    scale = 10.0 ** math.floor(math.log10(step))
    return next(nice * scale for nice in _NICE if nice * scale >= step * (1 - 1e-9))


@dataclass(frozen=True, slots=True)
class Whisker:
    """Places from 0 to 1 along an axis; None where there is nothing to draw."""

    value: float | None
    low: float | None
    high: float | None
    baselines: tuple[tuple[int, float], ...]  # place in the order of baselines, and along the axis
    ticks: tuple[float, ...]
    told: str


def whisker(figure: Figure, baselines: Mapping[str, Figure], names: Iterable[str], axis: Axis) -> Whisker:
    """Dot and whisker of a figure, with the dots of its baselines (`names` gives their order)."""
    told = [
        f"{figure.value:.3f}, 95% interval {figure.low:.3f} to {figure.high:.3f}"
        if math.isfinite(figure.value)
        else "unscored"
    ]
    dots = []
    for place, name in enumerate(names):
        if (baseline := baselines.get(name)) is not None and math.isfinite(baseline.value):
            dots.append((place, axis.share(baseline.value)))
            told.append(f"baseline {name} {baseline.value:.3f}")
    told.append(f"on a scale from {axis.label(axis.low)} to {axis.label(axis.high)}")
    ends = (
        axis.share(end) if math.isfinite(end) else None for end in (figure.value, figure.low, figure.high)
    )
    value, low, high = ends
    ticks = tuple(axis.share(tick) for tick in axis.ticks)
    return Whisker(value, low, high, tuple(dots), ticks, "; ".join(told))


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveChart:
    """A risk-coverage curve in places from 0 to 1, y upwards; `rows` are its table."""

    path: tuple[tuple[float, float], ...]
    risk: Axis
    operating: tuple[float, float] | None  # the place
    operating_told: str | None
    rows: tuple[tuple[float, float, float], ...]
    told: str


COVERAGE: Final = Axis(0.0, 1.0, 0.25)


def curve_chart(curve: Curve) -> CurveChart:
    """The drawing of a curve; points of unknown risk are left out."""
    points = [point for point in curve.points if math.isfinite(point[0]) and math.isfinite(point[1])]
    operating = curve.operating
    if operating is not None and not all(map(math.isfinite, operating)):
        operating = None
    risk = axis_of([0.0, *(point[1] for point in points), *(operating[1:] if operating else ())])
    every = math.ceil(len(points) / _POINTS) or 1
    drawn = points[::every] + (points[-1:] if points and (len(points) - 1) % every else [])
    told = f"{len(points)} points"
    if points:
        (start, at_start, _), (end, at_end, _) = points[0], points[-1]
        told = f"risk {at_start:.3f} at coverage {start:.3f}, risk {at_end:.3f} at coverage {end:.3f}"
    operating_told = operating and f"coverage {operating[0]:.3f}, risk {operating[1]:.3f}"
    return CurveChart(
        path=tuple((COVERAGE.share(coverage), risk.share(wrong)) for coverage, wrong, _ in drawn),
        risk=risk,
        operating=(COVERAGE.share(operating[0]), risk.share(operating[1])) if operating else None,
        operating_told=operating_told,
        rows=_rows(points),
        told=told if operating_told is None else f"{told}; at the review threshold {operating_told}",
    )


def _rows(points: list[tuple[float, float, float]]) -> tuple[tuple[float, float, float], ...]:
    """The first point at each tenth of coverage, none twice."""
    reached = (
        next((point for point in points if point[0] >= tenth / _TABLE - 1e-9), None)
        for tenth in range(1, _TABLE + 1)
    )
    return tuple(dict.fromkeys(point for point in reached if point is not None))
