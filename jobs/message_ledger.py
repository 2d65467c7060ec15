"""The ledger of the summary job: which messages of the input have their row.

The files are gone through once before anything starts. That tells how many messages there are, and which rows
of an earlier run are no longer among them. Of each message half of its id is held until its row is written:
70 to 90 bytes in a set, so less than 100 MB for a million.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jobs.exits import CannotStart
from jobs.messages import is_whole_file, messages
from jobs.preparation import absolute
from ocr.files import File
from summarize.queries import Query

Keys = NDArray[np.uint64]
"""Halves of row_ids, ascending."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A file, and how many messages of it, from its beginning, the job is to condense."""

    file: File
    messages: int


class MessageLedger:
    """A `jobs.job.Ledger` of messages: all of the files, or the first `limit`.

    Raises CannotStart where they hold none.
    """

    def __init__(self, files: Sequence[File], limit: int | None = None) -> None:
        self._pending: set[int] = set()
        self._known_to: dict[str, float] = {}  # the last row that is known of each file, by its path
        self._problems: list[str] = []
        self.taken = [Taken(file, count) for file, count in self._gone_through(files, limit)]
        self._total = len(self._pending)
        if self._total == len(self._problems):
            raise CannotStart("; ".join(self._problems) or "the input holds no messages")

    @property
    def total(self) -> int:
        """Messages of the input, and files that cannot be read."""
        return self._total

    @property
    def finished(self) -> int:
        """Those of them whose row is written."""
        return self._total - len(self._pending)

    def pending(self) -> Keys:
        """The keys of the messages whose row is not written."""
        return np.sort(np.fromiter(self._pending, np.uint64, len(self._pending)))

    def waiting(self) -> Iterator[tuple[File, Query]]:
        """The messages whose row is not written, in order; the files are read anew for it."""
        for taken in self.taken:
            for query in taken_messages(taken):
                if key_of(query.row_id) in self._pending:
                    yield taken.file, query

    def belongs(self, rows: pa.Table) -> list[bool]:
        """See `Ledger.belongs`; of a row that was noted it is not told any more."""
        return [key_of(row_id) in self._pending for row_id in rows["row_id"].to_pylist()]

    def superseded(self, rows: pa.Table) -> list[bool]:
        """True for a row that its file no longer holds; the rest of a file that breaks off stays."""
        return [
            known and not belongs
            for known, belongs in zip(self._are_known(rows), self.belongs(rows), strict=True)
        ]

    def note(self, rows: pa.Table) -> list[bool]:
        """See `Ledger.note`."""
        keys = map(key_of, rows["row_id"].to_pylist())
        return [self._is_new(key, known) for key, known in zip(keys, self._are_known(rows), strict=True)]

    def _gone_through(self, files: Sequence[File], limit: int | None) -> Iterator[tuple[File, int]]:
        left = math.inf if limit is None else limit
        for file in files:
            count, row, known_to = 0, 0, math.inf
            for query in messages(file):
                if count >= left:
                    known_to = row
                    break
                count += 1
                self._pending.add(key_of(query.row_id))
                if is_whole_file(query):
                    known_to = row
                    self._problems.append(f"{file.address}: {query.error}")
                row = query.row or row
            left -= count
            self._known_to[file.path] = known_to
            yield file, count

    def _are_known(self, rows: pa.Table) -> list[bool]:
        """For each row whether it stands where the files were gone through."""
        places = zip(rows["source"].to_pylist(), rows["row"].to_pylist(), strict=True)
        return [(row or math.inf) <= self._known_to.get(absolute(source), -1) for source, row in places]

    def _is_new(self, key: int, known: bool) -> bool:
        if key in self._pending:
            self._pending.remove(key)
            return True
        return not known  # a row of another input is only counted, and comes once


def taken_messages(taken: Taken) -> Iterator[Query]:
    """The messages of a file that the job is to condense."""
    return islice(messages(taken.file), taken.messages)


def key_of(row_id: str) -> int:
    """Half of a row_id, which is plenty to tell a hundred million messages apart."""
    return int(row_id[:16], 16)
