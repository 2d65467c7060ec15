"""The documents that a user's inputs name, found without reading them.

An input is a file, a folder, a pattern, a list of any of these, or an address such as s3://bucket/scans. A
zip archive and a Parquet table with a column of bytes are folders of documents. Whatever was named and cannot
be read becomes a source too, whose `read` says why, so that it gets a row.
"""

import hashlib
import os
import posixpath
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain, islice
from pathlib import PurePosixPath

from ocr.archives import members, read_member
from ocr.files import File, SourceError, display, is_url, open_file, read_file
from ocr.folders import Hidden, NothingThereError, files_at, is_hidden
from ocr.signatures import EMPTY, HEAD, PARQUET, TEXT, UNKNOWN, ZIP, kind_of
from ocr.tables import read_row, row_names

ACCEPTED = (
    "pictures (JPEG, PNG, WebP, BMP, HEIC, TIFF, GIF), PDFs, folders, patterns such as 'scans/**/*.jpg', "
    ".zip and .parquet files, .txt and .list files that name one of these a line, addresses such as "
    "s3://bucket/scans"
)


__all__ = ["ACCEPTED", "Container", "Listing", "NoInput", "Source", "SourceError", "find_sources"]


class NoInput(ValueError):
    """The inputs name no document at all; the message names them and says what would be accepted."""


class Container(StrEnum):
    """What a document lies in, if not in a file of its own."""

    ZIP = "zip"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Source:
    """A document before it is read; any process that sees the same files can read it."""

    source_id: str  # 32 hexadecimal digits, from path, inner place and version
    address: str  # as found, for people: "archive.zip!inner/name.jpg", "table.parquet!7"
    version: str  # ETag, or size and time of change, of the file
    path: str  # of the file, absolute, or its URL
    container: Container | None = None
    index: int = 0  # in the container
    problem: str | None = None  # known since the listing

    def read(self) -> bytes:
        """The document's bytes; raises SourceError with a sentence that says why not."""
        if self.problem is not None:
            raise SourceError(self.problem)
        match self.container:
            case Container.ZIP:
                return read_member(self.path, self.version, self.index)
            case Container.PARQUET:
                return read_row(self.path, self.version, self.index)
            case _:
                return read_file(self.path)


class Listing:
    """The sources in the order of the inputs, to be iterated over once, and the count of hidden files."""

    def __init__(self, inputs: Sequence[str]) -> None:
        self._hidden = Hidden()
        found = self._distinct(inputs)
        self._sources = chain(list(islice(found, 1)), found)

    @property
    def hidden(self) -> int:
        """Hidden and system files left out so far."""
        return self._hidden.count

    def __iter__(self) -> Iterator[Source]:
        return self._sources

    def _distinct(self, inputs: Sequence[str]) -> Iterator[Source]:
        seen: set[int] = set()  # half of each id, which is plenty, in little memory
        for source in self._all(inputs):
            key = int(source.source_id[:16], 16)
            if key not in seen:
                seen.add(key)
                yield source

    def _all(self, inputs: Sequence[str]) -> Iterator[Source]:
        missing: list[tuple[str, str]] = []
        found = False
        for address in inputs:
            try:
                for source in self._named(address):
                    found = True
                    yield source
            except NothingThereError as error:
                missing.append((address, str(error)))
        if not found:
            reasons = (
                "; ".join(f"{address!r}: {reason}" for address, reason in missing) or "no input was named"
            )
            raise NoInput(f"nothing to read: {reasons}. What can be read: {ACCEPTED}")
        for address, reason in missing:
            yield _unreadable(address, reason)

    def _named(self, address: str, *, in_list: bool = False) -> Iterator[Source]:
        for file in files_at(address, self._hidden):
            if file.is_named and not in_list and _is_list(file):
                yield from self._listed(file)
            else:
                yield from self._documents(file)

    def _listed(self, file: File) -> Iterator[Source]:
        addresses = list(_addresses(file))
        if not addresses:
            raise NothingThereError("a list that names nothing")
        for address in addresses:
            try:
                yield from self._named(address, in_list=True)
            except NothingThereError as error:
                yield _unreadable(address, str(error))

    def _documents(self, file: File) -> Iterator[Source]:
        container = None if file.problem else _container(file)
        if container is None:
            yield _source(file)
            return
        empty = True
        try:
            for index, name, problem in _CONTENTS[container](file):
                if container is Container.ZIP and any(map(is_hidden, PurePosixPath(name).parts)):
                    self._hidden.count += 1
                    continue
                empty = False
                yield _source(
                    replace(file, address=f"{file.address}!{name}", problem=problem), container, index
                )
        except SourceError as error:
            yield _source(replace(file, problem=str(error)))
            return
        if empty:
            yield _source(replace(file, problem=f"the {container} file holds no documents"))


def find_sources(inputs: Sequence[str]) -> Listing:
    """The documents that the inputs name, each once, found as they are asked for; raises NoInput if none."""
    return Listing(inputs)


def _source(file: File, container: Container | None = None, index: int = 0) -> Source:
    identity = "\n".join((file.path, file.version, container or "", str(index)))
    source_id = hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return Source(source_id, file.address, file.version, file.path, container, index, file.problem)


def _unreadable(address: str, problem: str) -> Source:
    path = address if is_url(address) else os.path.abspath(address)  # noqa: PTH100 - Path.absolute keeps ".."
    return _source(File(display(address), path, problem=problem))


def _zipped(file: File) -> Iterator[tuple[int, str, str | None]]:
    yield from ((member.index, member.name, member.problem) for member in members(file.path, file.version))


def _rows(file: File) -> Iterator[tuple[int, str, str | None]]:
    for row, name in enumerate(row_names(file.path, file.version)):
        yield row, name or str(row), None


_CONTENTS: dict[Container, Callable[[File], Iterator[tuple[int, str, str | None]]]] = {
    Container.ZIP: _zipped,
    Container.PARQUET: _rows,
}
_KINDS = {ZIP: Container.ZIP, PARQUET: Container.PARQUET}

_LISTS = frozenset({".txt", ".list"})
_CONTAINERS = frozenset({".zip", ".parquet", ".pq"})
_DOCUMENTS = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".dib", ".heic", ".heif", ".hif", ".avif"}
    | {".tif", ".tiff", ".gif", ".jp2", ".j2k", ".pnm", ".pdf"}
)


def _container(file: File) -> Container | None:
    """What the file's first bytes make of it.

    In a folder the files with a document's suffix are not opened for it, and of remote ones only those with a
    container's suffix: a request for each of a million files would take hours.
    """
    suffix = PurePosixPath(file.path).suffix.lower()
    is_asked = file.is_named or suffix in _CONTAINERS or not (is_url(file.path) or suffix in _DOCUMENTS)
    return _KINDS.get(kind_of(_head(file))) if is_asked else None


def _is_list(file: File) -> bool:
    if file.problem or PurePosixPath(file.path).suffix.lower() not in _LISTS:
        return False
    return kind_of(_head(file)) in (TEXT, EMPTY, UNKNOWN)


def _head(file: File) -> bytes:
    try:
        with open_file(file.path) as opened:
            return opened.read(HEAD)
    except Exception:  # reading it in its turn will say why
        return b""


def _addresses(file: File) -> Iterator[str]:
    """The lines of a list, relative to where it lies, but for blank ones and those that begin with #."""
    try:
        data = read_file(file.path)
        encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
        lines = data.decode(encoding).splitlines()
    except UnicodeDecodeError:
        raise NothingThereError("the list is not text in UTF-8") from None
    except SourceError as error:
        raise NothingThereError(str(error)) from error
    for line in map(str.strip, lines):
        if line and not line.startswith("#"):
            yield _beside(file.address, line)


def _beside(address: str, other: str) -> str:
    """An address in a list, taken from where the list lies."""
    if is_url(other) or other.startswith("~"):
        return other
    if not is_url(address):
        return os.path.join(os.path.dirname(address), other)  # noqa: PTH118, PTH120 - a pattern is no Path
    protocol, _, path = address.partition("://")
    return f"{protocol}://{posixpath.normpath(posixpath.join(posixpath.dirname(path), other))}"
