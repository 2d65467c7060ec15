"""The input of the summary job: files of messages, and the messages in them, streamed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import PurePosixPath

from jobs.exits import CannotStart
from jobs.preparation import absolute, outside_of
from ocr.files import File, display
from ocr.folders import Hidden, NothingThereError, files_at
from summarize.queries import QueriesUnreadable, Query, read_queries

SUFFIXES = (".jsonl", ".ndjson", ".csv", ".tsv", ".parquet", ".pq")
"""What a folder is searched for; beside it may lie the images that the messages name."""

ACCEPTED = (
    "JSON Lines (.jsonl, .ndjson), .csv, .tsv and .parquet files with a column 'query', folders of these, "
    "patterns such as 'inbox/**/*.csv', addresses such as s3://bucket/inbox"
)

Message = tuple[str, Query]
"""The address of a file as people write it, and a query whose source is the file's path."""


@dataclass(slots=True)
class Files:
    """Files of messages, and how many others were passed over."""

    files: list[File] = field(default_factory=list)
    hidden: Hidden = field(default_factory=Hidden)
    others: int = 0


def find_files(inputs: Sequence[str], output: str | None = None) -> Files:
    """The files of messages that the inputs name, each once, but for those in `output`.

    An input that names nothing is a file with a `problem`. Raises CannotStart where there are no others.
    """
    found = Files()
    outside = outside_of(output)
    known: set[str] = set()
    for address in inputs:
        for file in _files_at(address, found.hidden):
            if file.path in known or not outside(file.address):
                continue
            known.add(file.path)
            if file.is_named or PurePosixPath(file.path).suffix.lower() in SUFFIXES:
                found.files.append(file)
            else:
                found.others += 1
    if all(file.problem for file in found.files):
        reasons = [f"{file.address}: {file.problem}" for file in found.files]
        why = "; ".join(reasons) or f"{' '.join(inputs)} holds no such file"
        raise CannotStart(f"nothing to read: {why}. What can be read: {ACCEPTED}")
    return found


def _files_at(address: str, hidden: Hidden) -> Iterator[File]:
    try:
        yield from files_at(address, hidden)
    except NothingThereError as error:
        yield File(display(address), absolute(address), problem=str(error))


def messages(file: File) -> Iterator[Query]:
    """The messages of a file, `source` being its path; one that cannot be read on ends in one saying so."""
    try:
        if file.problem:
            raise QueriesUnreadable(file.problem)  # noqa: TRY301 - found by the listing, told like the others
        yield from read_queries(file.path)
    except QueriesUnreadable as error:
        name = sha256(file.path.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        reason = str(error).removeprefix(f"{file.path}: ")
        yield Query(name, name, file.path, None, "", error=reason)


def is_whole_file(query: Query) -> bool:
    """Whether a query stands for a file that cannot be read, or not to its end."""
    return query.row is None and query.error is not None
