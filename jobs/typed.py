"""`nuskha summarize`: a message, or files of them, condensed in this process without Ray.

What is given is a file when there is one of that name. A file whose name tells no kind of table, like what
comes from stdin, is one message, or JSON Lines when its first line is a JSON object.
"""

import codecs
import io
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import PurePosixPath

import fsspec

from jobs.exits import CannotStart
from jobs.messages import SUFFIXES, Message, find_files, is_whole_file, messages
from jobs.packed import Calls
from ocr.files import File, SourceError, is_url, read_file
from summarize.attachments import Attachments
from summarize.condense import condense
from summarize.decoding import text_lines
from summarize.engines.base import Engine
from summarize.queries import typed_query
from summarize.records import SummaryRecord

_MESSAGES_AT_ONCE = 64
_LONGEST_CALL_S = 5.0
_STDIN = "-"
_JSON_LINES = File(_STDIN, "memory://stdin.jsonl")


def given_messages(given: str, image: str | None, *, is_text: bool) -> Iterator[Message]:
    """The messages that TEXT, FILE or - stands for. Raises CannotStart where there are none."""
    if is_text:
        return _typed(given, image)
    if given == _STDIN:
        return _loose(sys.stdin.buffer.read(), _STDIN, image)
    # Path.is_dir fails for a text that is too long for a name.
    exists, is_folder = os.path.lexists(given), os.path.isdir(given)  # noqa: PTH112
    is_one_word = re.search(r"\s", given) is None
    is_table = PurePosixPath(given).suffix.lower() in SUFFIXES
    if is_folder or (is_table and (exists or is_one_word)) or (is_url(given) and is_one_word):
        return _rows(given, image)  # which says so where there is no such file
    if not exists:
        return _typed(given, image)
    try:
        return _loose(read_file(given), given, image)
    except SourceError as error:
        raise CannotStart(f"{given}: {error}") from None


def summaries(given: Iterable[Message], engine: Engine, target: str) -> Iterator[SummaryRecord]:
    """The messages condensed, in order, a few at a time."""
    attachments, calls, waiting = Attachments(), Calls(_LONGEST_CALL_S), iter(given)
    while group := list(islice(waiting, _MESSAGES_AT_ONCE)):
        for call in calls.of(len(group)):
            records = condense([query for _, query in group[call]], engine, target, attachments)
            for (address, _), record in zip(group[call], records, strict=True):
                yield replace(record, source=address)


def _typed(text: str, image: str | None, address: str = "") -> Iterator[Message]:
    return iter([(address, typed_query(text, image))])


def _loose(data: bytes, address: str, image: str | None) -> Iterator[Message]:
    """The messages in bytes that no name tells the kind of. Raises CannotStart for what is no text."""
    if b"\0" in data and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise CannotStart(f"{address} holds no text; a picture or PDF goes beside a message, with --image")
    lines = list(text_lines(io.BufferedReader(io.BytesIO(data))))
    first = next((line for line in lines if line.strip()), "")
    if not _is_json_object(first):
        return _typed("".join(lines), image, address)
    files, path = fsspec.core.url_to_fs(_JSON_LINES.path)
    files.pipe_file(path, data)
    # Their images lie where the command was given.
    rows = ((address, replace(query, source="")) for query in messages(_JSON_LINES))
    return _checked(rows, image)


def _rows(given: str, image: str | None) -> Iterator[Message]:
    found = find_files([given]).files
    return _checked(chain.from_iterable(((f.address, q) for q in messages(f)) for f in found), image)


def _checked(rows: Iterator[Message], image: str | None) -> Iterator[Message]:
    if image is not None:
        raise CannotStart("--image goes with one message; in a file each row names its own")
    first = list(islice(rows, 2))
    if not first:
        raise CannotStart("there are no messages in it")
    address, query = first[0]
    if len(first) == 1 and is_whole_file(query):
        raise CannotStart(f"{address}: {query.error}")
    return chain(first, rows)


def _is_json_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
