"""What every evaluation ends with: figures, a table on the terminal, a folder with all there is to know."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from eval.figures import figures
from eval.kinds import KINDS
from eval.records import Figure, Item
from eval.results import Curve, Results, write_results
from jobs.exits import CannotStart
from jobs.report import report


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Scored items of one system, with those of the trivial baselines beside it."""

    kind: str
    items: Sequence[Item]
    provenance: Mapping[str, Any]
    baselines: Mapping[str, Sequence[Item]] = field(default_factory=dict)
    curves: Mapping[str, Curve] = field(default_factory=dict)
    leakage: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    notes: Sequence[str] = ()


def conclude(evaluation: Evaluation, out: Path | None) -> None:
    """Print the figures and, with `out`, write items.parquet, results.json, report.html and report.md.

    Raises CannotStart where the folder can't be written.
    """
    kind = KINDS[evaluation.kind]
    results = Results(
        kind=evaluation.kind,
        provenance=evaluation.provenance,
        figures=tuple(figures(evaluation.items, kind.measures, kind.apart)),
        baselines={
            name: tuple(figures(items, kind.measures, kind.apart))
            for name, items in evaluation.baselines.items()
        },
        failures=Counter(item.failure or "no reason given" for item in evaluation.items if item.failed),
        curves=evaluation.curves,
        leakage=evaluation.leakage,
        notes=tuple(evaluation.notes),
    )
    _print(results)
    for note in evaluation.notes:
        print(note, file=sys.stderr)
    if out is None:
        return
    try:
        write_results(out, results, evaluation.items)
        report(out)
    except OSError as error:
        raise CannotStart(f"{out} cannot be written: {error.strerror or error}") from None


def _print(results: Results) -> None:
    """The figures of the widest slices, and what the baselines reach on the first of them."""
    slices = list(dict.fromkeys(figure.slice for figure in results.figures))
    names = [name for name in slices if name.count("=") == slices[0].count("=")]
    table = Table(title=f"{results.kind}: 95% intervals by bootstrap over clusters")
    table.add_column("measure")
    for name in names:
        table.add_column(name)
    rivals = [name for name, rows in results.baselines.items() if rows]
    for rival in rivals:
        table.add_column(f"{rival}, {names[0]}")
    for metric in dict.fromkeys(figure.metric for figure in results.figures):
        row = [_cell(results.figures, metric, name) for name in names]
        row += [_value(results.baselines[rival], metric, names[0]) for rival in rivals]
        table.add_row(metric, *row)
    width = None if sys.stdout.isatty() else 200
    Console(file=sys.stdout, width=width, highlight=False).print(table)


def _cell(rows: Sequence[Figure], metric: str, slice_: str) -> str:
    found = _find(rows, metric, slice_)
    if found is None:
        return ""
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}] n={found.n}"


def _value(rows: Sequence[Figure], metric: str, slice_: str) -> str:
    found = _find(rows, metric, slice_)
    return "" if found is None else f"{found.value:.3f}"


def _find(rows: Sequence[Figure], metric: str, slice_: str) -> Figure | None:
    return next((row for row in rows if (row.metric, row.slice) == (metric, slice_)), None)
