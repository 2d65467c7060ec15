"""A gate: thresholds that the figures of an evaluation must keep.

A YAML list of entries like

    - metric: rougeL
      slice: target=en    # "all" when not said
      at_least: 0.35      # or at_most
      of: value           # or low or high, the ends of the interval

What can't be checked (no such figure, nothing scored) breaks the gate: it never passes in silence.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from eval.figures import ALL
from eval.records import Figure
from eval.results import Results

_OF: Final = ("value", "low", "high")
_BOUNDS: Final = ("at_least", "at_most")
_KEYS: Final = ("metric", "slice", *_BOUNDS, "of")


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """One entry: `of` a figure (value, low or high) must be `bound` (at_least, at_most) the limit."""

    metric: str
    slice: str
    bound: str
    limit: float
    of: str

    def __str__(self) -> str:
        of = "" if self.of == "value" else f" ({self.of} end)"
        return f"{self.metric} of {self.slice}{of} {self.bound.replace('_', ' ')} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Gate:
    """The entries of a gate file, in its order."""

    path: str
    thresholds: tuple[Threshold, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a threshold came out and why; `figure` is None where the results have none."""

    threshold: Threshold
    held: bool
    figure: Figure | None
    reason: str

    @property
    def message(self) -> str:
        """The threshold and how it came out, in a sentence."""
        return f"{self.threshold}: {self.reason}"


def read_gate(path: str | Path) -> Gate:
    """Read a gate file. Raises OSError, or ValueError that names the file and the entry."""
    try:
        entries = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise ValueError(f"{path} is no UTF-8 text") from None
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is no YAML: {_place(error)}") from None
    if not isinstance(entries, list) or not entries:
        raise ValueError(f"{path} holds no list of thresholds; an entry is a metric with at_least or at_most")
    return Gate(str(path), tuple(_threshold(path, *each) for each in enumerate(entries, start=1)))


def check_gate(gate: Gate, results: Results) -> list[Verdict]:
    """A verdict on every threshold, in the order of the file."""
    figures = {(figure.metric, figure.slice): figure for figure in results.figures}
    return [
        _verdict(threshold, figures.get((threshold.metric, threshold.slice)), results)
        for threshold in gate.thresholds
    ]


def _place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or type(error).__name__
    return f"line {mark.line + 1}: {problem}" if mark else problem


def _threshold(path: str | Path, number: int, entry: Any) -> Threshold:
    if problem := _problem(entry):
        raise ValueError(f"{path}, entry {number}: {problem}")
    bound = next(bound for bound in _BOUNDS if bound in entry)
    return Threshold(
        metric=entry["metric"],
        slice=entry.get("slice", ALL),
        bound=bound,
        limit=float(entry[bound]),
        of=entry.get("of", "value"),
    )


def _problem(entry: Any) -> str | None:
    """What is wrong with an entry."""
    if not isinstance(entry, Mapping):
        return "it is no mapping with metric, slice, at_least or at_most, and of"
    if unknown := [str(key) for key in entry if key not in _KEYS]:
        return f"{unknown[0]} is none of {', '.join(_KEYS)}"
    for name in ("metric", "slice"):
        if not isinstance(entry.get(name, ALL if name == "slice" else None), str):
            return f"{name} is to be text"
    bounds = [bound for bound in _BOUNDS if bound in entry]
    if len(bounds) != 1:
        return "it needs one of at_least and at_most"
    limit = entry[bounds[0]]
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not math.isfinite(limit):
        return f"{bounds[0]} is to be a number"
    if entry.get("of", "value") not in _OF:
        return f"of is one of {', '.join(_OF)}"
    return None


def _verdict(threshold: Threshold, figure: Figure | None, results: Results) -> Verdict:
    if figure is None:
        return Verdict(threshold=threshold, held=False, figure=None, reason=_missing(threshold, results))
    found: float = getattr(figure, threshold.of)
    if math.isnan(found):
        return Verdict(threshold=threshold, held=False, figure=figure, reason="unscored, nothing was counted")
    held = found >= threshold.limit if threshold.bound == "at_least" else found <= threshold.limit
    # 0.3499 is not to be told as a broken 0.350.
    digits = f"{found:.3f}" if float(f"{found:.3f}") != threshold.limit else f"{found:.12g}"
    reason = f"{digits}, {'held' if held else 'broken'}"
    return Verdict(threshold=threshold, held=held, figure=figure, reason=reason)


def _missing(threshold: Threshold, results: Results) -> str:
    slices = [figure.slice for figure in results.figures if figure.metric == threshold.metric]
    if not slices:
        return f"the results have no metric {threshold.metric}"
    others = f" and {len(slices) - 1} more" if slices[1:] else ""
    return f"the results have no slice {threshold.slice} of {threshold.metric}, only {slices[0]}{others}"
