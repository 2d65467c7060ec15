"""The ledger of the prescription job: which documents are complete, and which pages of the others are there.

A row carries `pages`, the pages of its document, so a document is complete once that many of its pages are
there; a document that did not open has a single row, without pages.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from ocr.sources import Source


@dataclass(slots=True)
class _Started:
    """A document some of whose pages are written."""

    pages: int
    seen: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A document that is not complete: its `pages`, None while unknown, and the page_ids written of it."""

    source: Source
    pages: int | None
    seen: frozenset[str]


class DocumentLedger:
    """A `jobs.job.Ledger` of documents."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._ids = {source.source_id for source in sources}
        self._readable = {source.address for source in sources if source.problem is None}
        self._complete: set[str] = set()
        self._started: dict[str, _Started] = {}
        self._finished = 0

    @property
    def total(self) -> int:
        """Documents of the input."""
        return len(self._sources)

    @property
    def finished(self) -> int:
        """Documents of the input whose every page is written."""
        return self._finished

    def waiting(self) -> Iterator[Waiting]:
        """The documents of the input that are not complete, in order."""
        for source in self._sources:
            if source.source_id not in self._complete:
                started = self._started.get(source.source_id)
                yield Waiting(
                    source, started.pages if started else None, frozenset(started.seen if started else ())
                )

    def belongs(self, rows: pa.Table) -> list[bool]:
        """See `Ledger.belongs`."""
        return [source_id in self._ids for source_id in rows["source_id"].to_pylist()]

    def superseded(self, rows: pa.Table) -> list[bool]:
        """True for a row of the same address and another source_id, unless the new version can't be read."""
        addresses = rows["source"].to_pylist()
        return [
            address in self._readable and not belongs
            for address, belongs in zip(addresses, self.belongs(rows), strict=True)
        ]

    def note(self, rows: pa.Table) -> list[bool]:
        """See `Ledger.note`."""
        ids = zip(*(rows[name].to_pylist() for name in ("source_id", "page_id", "pages")), strict=True)
        return [self._is_new(*row) for row in ids]

    def _is_new(self, source_id: str, page_id: str, pages: int | None) -> bool:
        if source_id in self._complete:
            return False
        document = self._started.setdefault(source_id, _Started(pages or 1))
        if page_id in document.seen:
            return False
        document.seen.add(page_id)
        if len(document.seen) >= document.pages:
            self._complete.add(source_id)
            self._finished += source_id in self._ids
            del self._started[source_id]
        return True
