"""What an output folder already holds: which documents are complete, which pages, and how they came out.

Everything is known from the rows themselves. A row carries `pages`, the pages of its document, so a document
is complete once that many of its pages are there; a document that did not open has a single row, without
pages.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from jobs.output import Output
from ocr.records import Status
from ocr.sources import Source

_DOUBT = "medications.list.element.needs_review"
_COLUMNS = ["page_id", "source_id", "source", "pages", "status", "error_stage", "error", _DOUBT]


@dataclass(slots=True)
class Started:
    """A document some of whose pages are written."""

    pages: int
    seen: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Written:
    """Which documents are complete, the pages written of those that are not, and counts over all rows."""

    complete: set[str] = field(default_factory=set)
    started: dict[str, Started] = field(default_factory=dict)
    pages: int = 0
    review: int = 0
    medications: int = 0
    doubtful_medications: int = 0
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def errors(self) -> int:
        """Pages that were not read."""
        return self.failures.total()

    def seen(self, source_id: str) -> frozenset[str]:
        """The page_ids written of a document that is not complete."""
        return frozenset(self.started[source_id].seen) if source_id in self.started else frozenset()

    def take(self, rows: pa.Table) -> pa.Table:
        """Note rows and answer those that were not there before."""
        ids = zip(*(rows[name].to_pylist() for name in ("source_id", "page_id", "pages")), strict=True)
        new = [self._is_new(*row) for row in ids]
        fresh = rows if all(new) else rows.filter(pa.array(new, pa.bool_()))
        self._count(fresh)
        return fresh

    def _is_new(self, source_id: str, page_id: str, pages: int | None) -> bool:
        if source_id in self.complete:
            return False
        document = self.started.setdefault(source_id, Started(pages or 1))
        if page_id in document.seen:
            return False
        document.seen.add(page_id)
        if len(document.seen) >= document.pages:
            self.complete.add(source_id)
            del self.started[source_id]
        return True

    def _count(self, rows: pa.Table) -> None:
        medications = pc.list_flatten(rows["medications"])
        failed = rows.filter(pc.equal(rows["status"], Status.ERROR))
        self.pages += rows.num_rows
        self.review += _true(pc.equal(rows["status"], Status.REVIEW))
        self.medications += len(medications)
        self.doubtful_medications += _true(pc.struct_field(medications, "needs_review"))
        stages, errors = (failed[name].to_pylist() for name in ("error_stage", "error"))
        self.failures.update(
            (stage, _reason(stage, error)) for stage, error in zip(stages, errors, strict=True)
        )


class Outdated:
    """Which rows a new run of `sources` does away with, and how many there were.

    A row of the same address and another source_id was read from an earlier version of the file; it stays as
    long as the new version cannot be read. With `errors_too` the error rows of these documents go as well.
    """

    def __init__(self, sources: Sequence[Source], *, errors_too: bool) -> None:
        readable = (source.address for source in sources if source.problem is None)
        self._ids = pa.array((source.source_id for source in sources), pa.string())
        self._addresses = pa.array(readable, pa.string())
        self._errors_too = errors_too
        self.superseded = 0
        self.retried = 0

    def mark(self, rows: pa.Table) -> pa.ChunkedArray:
        """True for each row that goes."""
        ours = pc.is_in(rows["source_id"], value_set=self._ids)
        superseded = pc.and_not(pc.is_in(rows["source"], value_set=self._addresses), ours)
        retried = pc.and_(pc.and_(ours, pc.equal(rows["status"], Status.ERROR)), self._errors_too)
        self.superseded += _true(superseded)
        self.retried += _true(retried)
        return pc.or_(superseded, retried)


def _reason(stage: str, error: str) -> str:
    """What to say of an error outside its row: past the colon, an engine's may hold a patient's text."""
    return error if stage in ("read", "decode") else error.partition(":")[0]


def survey(output: Output, outdated: Outdated) -> Written:
    """What the folder holds, once the outdated rows are gone from it.

    A part that holds such rows is replaced whole, so a run killed in between has merely fewer of them left to
    drop.
    """
    written = Written()
    for name in output.parts():
        rows = output.read_part(name, _COLUMNS)
        marks = outdated.mark(rows)
        if _true(marks):
            keep = pc.invert(marks)
            rows = rows.filter(keep)
            output.replace_part(name, output.read_part(name).filter(keep))
        written.take(rows)
    return written


def _true(marks: pa.ChunkedArray) -> int:
    return pc.sum(marks).as_py() or 0
