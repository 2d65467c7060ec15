"""The ledger of the prescription job: which documents are complete, and which pages of the others are there.

A row carries `pages`, the pages of its document, so a document is complete once that many of its pages are
there; a document that did not open has a single row, without pages.

Ten million documents are to fit a driver, so texts are told apart by their hashes of 64 bits, and sources lie
packed until they are asked for: about 80 bytes a document where the objects take 650.
"""

import pickle
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import pyarrow as pa

from ocr.sources import Source

_SOURCES_A_PACK = 1024


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

    def __init__(self, sources: Iterable[Source]) -> None:
        self._packs: list[bytes] = []
        ids, readable = array("q"), array("q")
        listed = iter(sources)
        while pack := list(islice(listed, _SOURCES_A_PACK)):
            self._packs.append(zlib.compress(pickle.dumps(pack), 1))
            ids.extend(hash(source.source_id) for source in pack)
            readable.extend(hash(source.address) for source in pack if source.problem is None)
        self._ids, self._readable = _Places(ids), _Places(readable)
        self._complete = bytearray(len(ids))  # by the document's place in the input
        self._started: dict[int, _Started] = {}
        self._finished = 0
        self._others: set[int] = set()  # pages of documents that are not of the input

    @property
    def total(self) -> int:
        """Documents of the input."""
        return len(self._complete)

    @property
    def finished(self) -> int:
        """Documents of the input whose every page is written."""
        return self._finished

    def waiting(self) -> Iterator[Waiting]:
        """The documents of the input that are not complete, in order."""
        for number, pack in enumerate(self._packs):
            first = number * _SOURCES_A_PACK
            if 0 not in self._complete[first : first + _SOURCES_A_PACK]:
                continue
            sources: list[Source] = pickle.loads(zlib.decompress(pack))  # noqa: S301 - pickled above
            for place, source in enumerate(sources, first):
                if not self._complete[place]:
                    started = self._started.get(place)
                    yield Waiting(
                        source, started.pages if started else None, frozenset(started.seen if started else ())
                    )

    def belongs(self, rows: pa.Table) -> list[bool]:
        """See `Ledger.belongs`."""
        return [place >= 0 for place in self._ids.of(rows["source_id"].to_pylist())]

    def superseded(self, rows: pa.Table) -> list[bool]:
        """True for a row of the same address and another source_id, unless the new version can't be read."""
        places = self._readable.of(rows["source"].to_pylist())
        return [place >= 0 and not belongs for place, belongs in zip(places, self.belongs(rows), strict=True)]

    def note(self, rows: pa.Table) -> list[bool]:
        """See `Ledger.note`."""
        places = self._ids.of(rows["source_id"].to_pylist())
        pages = zip(places, rows["page_id"].to_pylist(), rows["pages"].to_pylist(), strict=True)
        return [self._is_new(*page) for page in pages]

    def _is_new(self, place: int, page_id: str, pages: int | None) -> bool:
        if place < 0:
            known = hash(page_id) in self._others
            self._others.add(hash(page_id))
            return not known
        if self._complete[place]:
            return False
        document = self._started.setdefault(place, _Started(pages or 1))
        if page_id in document.seen:
            return False
        document.seen.add(page_id)
        if len(document.seen) >= document.pages:
            self._complete[place] = True
            self._finished += 1
            del self._started[place]
        return True


class _Places:
    """Where texts stand in a sequence, by their hashes: 16 bytes a text."""

    def __init__(self, hashes: Sequence[int]) -> None:
        unordered = np.array(hashes, np.int64)
        self._order = np.argsort(unordered)
        self._hashes = unordered[self._order]

    def of(self, texts: Sequence[str]) -> list[int]:
        """For each text its place, -1 where it is not among them."""
        if not len(self._hashes):
            return [-1] * len(texts)
        wanted = np.fromiter(map(hash, texts), np.int64, len(texts))
        nearest = np.searchsorted(self._hashes, wanted).clip(max=len(self._hashes) - 1)
        places: list[int] = np.where(self._hashes[nearest] == wanted, self._order[nearest], -1).tolist()
        return places
