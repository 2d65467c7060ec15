"""`nuskha evaluate ocr`: a job's output against a gold reading."""

import json
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from eval.prescriptions import GoldPage, PageScore, figures, load_gold, score_pages
from jobs.exits import CannotStart
from jobs.output import Output

_COLUMNS = ["source", "page", "medications"]


def evaluate(predictions: Output, references: str, images: Collection[str] | None = None) -> None:
    """Print figures with 95% intervals over all gold pages, or those named in `images`, and by legibility.

    Raises CannotStart when the folder holds no results, the gold can't be read, or no page is in both.
    """
    gold = _gold(references, images)
    known = {page.image for page in gold}
    rows = [row for row in _rows(predictions) if _name(row) in known]
    if not rows:
        raise CannotStart(f"no page of {references} is among the sources in {predictions.address}")
    scores = score_pages(gold, rows)
    levels = sorted({score.legibility for score in scores})
    table = Table(title=f"{len(gold)} pages, 95% intervals by bootstrap over pages")
    table.add_column("figure")
    slices = {"all": scores} | {level: [s for s in scores if s.legibility == level] for level in levels}
    for name in slices:
        table.add_column(name)
    for name, cells in _transposed(slices).items():
        table.add_row(name, *cells)
    width = None if sys.stdout.isatty() else 160
    Console(file=sys.stdout, width=width, highlight=False).print(table)
    missing = sorted(known - {_name(row) for row in rows})
    if missing:
        print(
            f"{len(missing)} gold pages have no row, all their medicines missed: {missing[0]} ...",
            file=sys.stderr,
        )


def _gold(references: str, images: Collection[str] | None) -> list[GoldPage]:
    try:
        gold = load_gold(references)
    except OSError as error:
        raise CannotStart(f"{references} cannot be read: {error.strerror or type(error).__name__}") from None
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise CannotStart(f"{references} is no gold reading ({type(error).__name__}: {error})") from None
    unknown = sorted(set(images or ()) - {page.image for page in gold})
    if unknown:
        raise CannotStart(f"{references} has no page {unknown[0]}")
    return [page for page in gold if images is None or page.image in images]


def _rows(predictions: Output) -> Iterator[dict[str, Any]]:
    if predictions.job() != "ocr":
        raise CannotStart(f"{predictions.address} is of nuskha batch {predictions.job()}, not ocr")
    for name in predictions.parts():
        for batch in predictions.batches(name, _COLUMNS):
            yield from batch.to_pylist()


def _name(row: Mapping[str, Any]) -> str:
    return str(row["source"]).replace("\\", "/").rsplit("/", 1)[-1]


def _transposed(slices: Mapping[str, Sequence[PageScore]]) -> dict[str, list[str]]:
    by_slice = [figures(scores) for scores in slices.values()]
    return {name: [str(table[name]) for table in by_slice] for name in by_slice[0]}
