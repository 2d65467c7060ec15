"""The stages of the summary job, as Ray runs them. They exchange tables and raise nothing.

    read_messages: FILES    -> MESSAGES  files -> their messages that have no row yet, packed: some a row
    Condense:      MESSAGES -> PACKED    messages -> result rows, packed: one row a call of the engine

Whatever goes wrong with a message is that message's row: an exception that left a stage would carry text into
Ray's logs.
"""

import pickle
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import chain, islice

import numpy as np
import pyarrow as pa

from jobs.job import LOST
from jobs.message_ledger import Keys, Taken, key_of, taken_messages
from jobs.messages import Message
from jobs.options import MESSAGE_LIMIT_S
from jobs.packed import Calls, packed
from jobs.time_limit import TimeLimit
from ocr.engines import DEFAULT_ENGINE as DEFAULT_READER
from ocr.engines import make_engine as make_reader
from ocr.engines.base import Engine as Reader
from ocr.files import File
from ocr.records import Status
from summarize.attachments import Attachments
from summarize.condense import condense
from summarize.engines import make_engine
from summarize.queries import Query, typed_query
from summarize.records import SUMMARY_SCHEMA, SummaryRecord, to_row

FILES = pa.schema([pa.field("file", pa.binary())])  # a pickled Taken, made by this job's driver
MESSAGES = pa.schema([pa.field("messages", pa.large_binary())])  # pickled (address of the file, Query)s

MESSAGES_A_BATCH = 64
LONGEST_CALL_S = 60.0
"""About how long one call of the engine may last, so that results leave the worker steadily.

Where a message alone takes more than half of this, none is ever batched with another.
"""
BEFORE_THE_FIRST = (
    "Mujhe 3 din se bukhar hai.",
    "मुझे तीन दिन से बुखार है।",
    "我发烧三天了。",
    "Estou com febre há 3 dias.",
)
"""Condensed without a model when a worker starts: lexicons load then, on no message's time."""


def files(taken: Sequence[Taken]) -> pa.Table:
    """Rows of FILES."""
    return pa.Table.from_pylist([{"file": pickle.dumps(each)} for each in taken], schema=FILES)


def read_messages(batch: pa.Table, pending: Keys, at_once: int) -> Iterator[pa.Table]:
    """FILES -> MESSAGES, `at_once` messages a row; those that are not pending are passed over."""
    waiting = chain.from_iterable(_waiting(packed, pending) for packed in batch["file"].to_pylist())
    while group := list(islice(waiting, at_once)):
        yield pa.table([pa.array([pickle.dumps(group)], pa.large_binary())], schema=MESSAGES)


def _waiting(packed_file: bytes, pending: Keys) -> Iterator[Message]:
    taken: Taken = pickle.loads(packed_file)  # noqa: S301 - pickled by this job's own driver
    for query in taken_messages(taken):
        key = np.uint64(key_of(query.row_id))
        place = np.searchsorted(pending, key)
        if place < len(pending) and pending[place] == key:
            yield taken.file.address, query


class Condense:
    """MESSAGES -> PACKED with one engine, loaded once a worker; each message within the limit.

    `threads` are for reading documents.
    """

    def __init__(
        self,
        engine: str,
        options: Mapping[str, str],
        target: str,
        threads: int,
        limit_s: float = MESSAGE_LIMIT_S,
    ) -> None:
        self._engine = make_engine(engine, options)
        self._target = target
        self._attachments = Attachments(partial(self._make_reader, threads))
        self._calls = Calls(LONGEST_CALL_S)
        self._limit = TimeLimit(limit_s, LONGEST_CALL_S)
        with suppress(Exception):  # what is wrong is found out, and told, over the messages themselves
            first = [typed_query(text) for text in BEFORE_THE_FIRST]
            condense(first, make_engine("fake", {}), target, self._attachments)

    def __call__(self, batch: pa.Table) -> Iterator[pa.Table]:
        """Condense a batch, in as few calls as `LONGEST_CALL_S` allows."""
        messages = _messages(batch)
        for call in self._calls.of(len(messages)):
            addresses, queries = zip(*messages[call], strict=True)
            with self._limit.of(len(queries)):
                records = self._condense(queries)
            yield _packed(addresses, records)

    def failed(self, batch: pa.Table, error: str) -> Iterator[pa.Table]:
        """Error rows of a batch."""
        addresses, queries = zip(*_messages(batch), strict=True)
        yield _packed(addresses, self._failed(queries, error))

    def _condense(self, queries: Sequence[Query]) -> list[SummaryRecord]:
        try:
            return condense(queries, self._engine, self._target, self._attachments)
        except Exception as failure:  # condense promises not to raise; a slip there costs these messages
            return self._failed(queries, f"condensing the message failed ({type(failure).__name__})")

    def _failed(self, queries: Sequence[Query], error: str) -> list[SummaryRecord]:
        return [failed(query, self._engine.name, self._engine.version, error) for query in queries]

    def _make_reader(self, threads: int) -> Reader:
        with self._limit.lifted():  # it is made when a message first needs it
            return make_reader(DEFAULT_READER, {"threads": str(threads)})


def messages_in(packed_messages: bytes) -> list[Message]:
    """The messages in a row of MESSAGES."""
    messages: list[Message] = pickle.loads(packed_messages)  # noqa: S301 - pickled by this job's own stage
    return messages


def _messages(batch: pa.Table) -> list[Message]:
    return [message for row in batch["messages"].to_pylist() for message in messages_in(row)]


def _packed(addresses: Sequence[str], records: Sequence[SummaryRecord]) -> pa.Table:
    return packed(_table([replace(r, source=source) for source, r in zip(addresses, records, strict=True)]))


def lost_messages(waiting: Sequence[tuple[File, Query]], engine: str, version: str) -> pa.Table:
    """Error rows (SUMMARY_SCHEMA) for messages over which their worker died each time."""
    return _table(
        [replace(failed(query, engine, version, LOST), source=file.address) for file, query in waiting]
    )


def failed(query: Query, engine: str, version: str, error: str) -> SummaryRecord:
    """The error row of a message."""
    return SummaryRecord(
        row_id=query.row_id,
        query_id=query.query_id,
        source=query.source,
        row=query.row,
        status=Status.ERROR,
        error_stage="engine",
        error=error,
        query=query.query or None,
        image=query.image,
        engine=engine,
        engine_version=version,
    )


def _table(records: Sequence[SummaryRecord]) -> pa.Table:
    return pa.Table.from_pylist([to_row(record) for record in records], schema=SUMMARY_SCHEMA)
