"""`nuskha evaluate summarize PREDICTIONS REFERENCES`: a job's summaries against references."""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from eval.statistics import Figure
from eval.summaries import Reference, Score, by_target, differences, figures, load_references, score_summaries
from jobs.exits import CannotStart
from jobs.output import Output

_COLUMNS = ["query_id", "status", "summary", "target_language", "flags"]


def evaluate_summaries(
    predictions: Output,
    references: str,
    column: str = "summary",
    only: Mapping[str, str] | None = None,
    against: Output | None = None,
) -> None:
    """Print figures with 95% intervals, one column a target language.

    `references` is a file of JSON lines joined on `query_id`, `column` its column with the summary wanted,
    `only` what a row's other columns must hold (`--only title_in_ask=false`, repeatable). With `against`,
    another output folder, its figures and the differences by paired bootstrap follow. Raises CannotStart
    when a folder holds no results, the references can't be read, or no query is in both.
    """
    wanted = _references(references, column, only)
    scores = _scores(predictions, wanted, references)
    _print(f"{predictions.address}: {len(wanted)} queries, 95% intervals by bootstrap", _figures(scores))
    if against is None:
        return
    others = _scores(against, wanted, references)
    _print(f"{against.address}: {len(wanted)} queries, 95% intervals by bootstrap", _figures(others))
    theirs = {score.query_id: score for score in others}
    compared = {
        target: differences(group, [theirs[score.query_id] for score in group])
        for target, group in by_target(scores).items()
    }
    _print(f"{predictions.address} less {against.address}, 95% intervals by paired bootstrap", compared)


def _references(address: str, column: str, only: Mapping[str, str] | None) -> list[Reference]:
    try:
        references = load_references(address, column, only)
    except OSError as error:
        raise CannotStart(f"{address} cannot be read: {error.strerror or type(error).__name__}") from None
    except ValueError as error:  # not UTF-8 is one too
        raise CannotStart(f"{address} is no file of references: {error}") from None
    if not references:
        where = " where " + ", ".join(f"{name}={value}" for name, value in only.items()) if only else ""
        raise CannotStart(f"{address} has no row{where}")
    written = sum(reference.text is not None for reference in references)
    if not written and all(reference.condition is None for reference in references):
        raise CannotStart(f"{address} has neither a column {column} nor a column condition to measure by")
    if written < len(references):
        print(f"{len(references) - written} rows of {address} have no {column}: no ROUGE", file=sys.stderr)
    return references


def _scores(predictions: Output, wanted: list[Reference], references: str) -> list[Score]:
    known = {reference.query_id for reference in wanted}
    rows = [row for row in _rows(predictions) if row["query_id"] in known]
    if not rows:
        raise CannotStart(f"no query_id of {references} is in {predictions.address}")
    missing = known - {row["query_id"] for row in rows}
    if missing:
        print(
            f"{len(missing)} of {len(known)} queries have no row in {predictions.address} and score 0: "
            f"{min(missing)} ...",
            file=sys.stderr,
        )
    if len(rows) > len(known) - len(missing):
        print(f"{predictions.address} has several rows of one query_id: the first counts", file=sys.stderr)
    return score_summaries(wanted, rows)


def _rows(predictions: Output) -> Iterator[dict[str, Any]]:
    if predictions.run() is None:
        raise CannotStart(f"{predictions.address} is no output folder of nuskha batch: it has no _run.json")
    for name in predictions.parts():
        for batch in predictions.batches(name, _COLUMNS):
            yield from batch.to_pylist()


def _figures(scores: list[Score]) -> dict[str, dict[str, Figure]]:
    return {target: figures(group) for target, group in by_target(scores).items()}


def _print(title: str, columns: Mapping[str, Mapping[str, Figure]]) -> None:
    table = Table(title=title)
    table.add_column("figure")
    for name in columns:
        table.add_column(name)
    for name in dict.fromkeys(name for column in columns.values() for name in column):
        table.add_row(name, *(str(column.get(name, "")) for column in columns.values()))
    width = None if sys.stdout.isatty() else 160
    Console(file=sys.stdout, width=width, highlight=False).print(table)
