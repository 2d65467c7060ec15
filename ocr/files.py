"""Files on this machine and behind any address that fsspec knows: their versions, and reading them."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import fsspec

MAX_BYTES = 1 << 30
"""Larger files are refused unread: a document is held in memory while its pages are read."""

# Where file systems keep what changes whenever a file does, most telling first.
_VERSIONS = ("ETag", "etag", "md5Hash", "content_md5", "md5")
_TIMES = ("LastModified", "last_modified", "updated", "modified", "mtime", "created")


class SourceError(ValueError):
    """A source's bytes cannot be had; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class File:
    """A file as a listing found it: `address` as people write it, `path` absolute, `problem` if any."""

    address: str
    path: str
    version: str = ""
    problem: str | None = None
    is_named: bool = False  # by the user, not found in a folder


def is_url(address: str) -> bool:
    """Whether an address names a file system (s3://, memory://, ...) rather than a path of this machine."""
    return "://" in address


def file_system(url: str) -> tuple[Any, str]:
    """The fsspec file system of a URL, and the URL's path in it."""
    system, path = fsspec.url_to_fs(url)
    return system, str(path)


def local_file(address: str, path: str) -> File:
    """A file of this machine with its size and time of change as its version."""
    try:
        status = Path(path).stat()
    except OSError as error:
        if Path(path).is_symlink():
            return File(address, path, problem="the link leads to no file: mend or remove it")
        return File(address, path, problem=unreadable(error))
    if not stat.S_ISREG(status.st_mode):
        return File(
            address,
            path,
            problem="neither a file nor a folder, but a pipe, socket or device: save it to a file",
        )
    return File(address, path, version=f"{status.st_size}-{status.st_mtime_ns}")


def remote_version(info: dict[str, Any]) -> str:
    """A remote file's ETag, or its size and time of change."""
    for key in _VERSIONS:
        if info.get(key):
            return str(info[key]).strip('"')
    time = next((info[key] for key in _TIMES if info.get(key)), "")
    return f"{info.get('size')}-{time}"


def open_file(path: str) -> BinaryIO:
    """A local path or URL opened for reading bytes at any place; raises what the file system raises."""
    if not is_url(path):
        return Path(path).open("rb")
    system, inner = file_system(path)
    return cast(BinaryIO, system.open(inner, "rb"))


def read_file(path: str) -> bytes:
    """All bytes of a local path or URL; raises SourceError."""
    try:
        with open_file(path) as file:
            data = file.read(MAX_BYTES + 1)
    except Exception as error:  # each file system has errors of its own
        raise SourceError(unreadable(error)) from error
    if len(data) > MAX_BYTES:
        raise SourceError(f"larger than {MAX_BYTES >> 30} GiB: split the document")
    return data


def unreadable(error: Exception) -> str:
    """Why a file could not be read, in a sentence."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file (any more)"
    if isinstance(error, PermissionError):
        return "permission to read it was refused: ask its owner, or check the credentials"
    if isinstance(error, IsADirectoryError):
        return "a folder, not a file"
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return f"it cannot be read: {reason.splitlines()[0]}"


def display(path: str) -> str:
    """A path as text that any file can hold: bytes of a name that are no UTF-8 are shown as \\xNN."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
