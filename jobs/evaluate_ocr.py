"""`nuskha evaluate ocr PREDICTIONS REFERENCES`: a job's medicines against a gold reading."""

import json
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.prescriptions.baselines import baselines
from eval.prescriptions.gold import GoldPage, load_gold
from eval.prescriptions.risk import risk_coverage
from eval.prescriptions.scoring import COLUMNS, image_of, score_pages
from jobs.crops import with_crops
from jobs.evaluation import Evaluation, conclude
from jobs.exits import CannotStart
from jobs.output import Output
from jobs.preparation import refusing
from jobs.provenance import provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class OcrEvaluation:
    """An evaluation as asked for on the command line; the fields are its options."""

    predictions: str
    references: str
    out: Path | None = None
    only: Collection[str] | None = None
    seen: Path | None = None


def evaluate_ocr(request: OcrEvaluation) -> None:
    """Score all gold pages, or those named in `only`; see `jobs.evaluation.conclude`.

    Raises CannotStart when the folder holds no results, the gold can't be read, or no page is in both.
    """
    output = Output(request.predictions)
    gold = _gold(request.references, request.only)
    known = {page.image for page in gold}
    rows = [row for row in _rows(output) if image_of(row["source"], known)]
    if not rows:
        raise CannotStart(f"no page of {request.references} is among the sources in {output.address}")
    missing = sorted(known - {image_of(row["source"], known) for row in rows})
    if missing:
        print(
            f"{len(missing)} gold pages have no row, all their medicines missed: {missing[0]} ...",
            file=sys.stderr,
        )
    seen = _names(request.seen) if request.seen else None
    with refusing(ValueError):
        items = score_pages(gold, rows, seen)
    conclude(
        Evaluation(
            kind="ocr",
            items=list(with_crops(items)) if request.out else items,
            provenance=provenance(output, request.references, _options(request), _options(_DEFAULT)),
            baselines=baselines(gold),
            curves={"risk_coverage": risk_coverage(items)},
        ),
        request.out,
    )


_DEFAULT = OcrEvaluation(predictions="", references="")


def _options(request: OcrEvaluation) -> dict[str, Any]:
    return {
        "only": sorted(request.only) if request.only else None,
        "seen": str(request.seen) if request.seen else None,
    }


def _gold(references: str, images: Collection[str] | None) -> list[GoldPage]:
    try:
        gold = load_gold(references)
    except OSError as error:
        raise CannotStart(f"{references} cannot be read: {error.strerror or type(error).__name__}") from None
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise CannotStart(f"{references} is no gold reading ({type(error).__name__}: {error})") from None
    unknown = sorted(set(images or ()) - {page.image for page in gold})
    if unknown:
        raise CannotStart(f"{references} has no page {unknown[0]}")
    return [page for page in gold if images is None or page.image in images]


def _rows(predictions: Output) -> Iterator[dict[str, Any]]:
    if predictions.job() != "ocr":
        raise CannotStart(f"{predictions.address} is of nuskha batch {predictions.job()}, not ocr")
    for name in predictions.parts():
        for batch in predictions.batches(name, COLUMNS):
            yield from batch.to_pylist()


def _names(file: Path) -> frozenset[str]:
    """The names that a recogniser was trained on, one a line."""
    try:
        return frozenset(filter(None, map(str.strip, file.read_text(encoding="utf-8").splitlines())))
    except (OSError, UnicodeDecodeError) as error:
        raise CannotStart(f"{file} cannot be read: {error}") from None
