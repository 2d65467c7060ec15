"""A folder here or on an object store, whose files appear whole or not at all.

A local file is written under a `_unfinished-` name, flushed to the disk and then renamed; one on an object
store is a single upload. Whatever goes wrong, a store's client included, is an OSError.
"""

import errno
import fcntl
import os
import posixpath
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

import fsspec
from fsspec.implementations.local import LocalFileSystem

from jobs.exits import CannotStart
from jobs.retries import reason, with_retries

UNFINISHED = "_unfinished-"


class Folder:
    """The folder at `address`. Making one reads and writes nothing."""

    def __init__(self, address: str) -> None:
        self.address = address
        try:
            self._files, root = fsspec.core.url_to_fs(address)
        except (ImportError, ValueError) as error:
            raise CannotStart(f"{address}: {error}") from None
        self._root = root.rstrip("/")
        self.is_local = isinstance(self._files, LocalFileSystem)
        self.guard: Callable[[], None] = lambda: None
        """Called before each attempt to write or delete a file; what it raises is the end of it."""

    def sizes(self) -> dict[str, int]:
        """Bytes of everything in the folder, by name; empty when there is no such folder.

        Raises NotADirectoryError when there is a file in its place.
        """
        with _os_errors():
            self._files.invalidate_cache()
            if self._files.isfile(self._root):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
            listed = self._files.ls(self._root, detail=True) if self._files.isdir(self._root) else []
        places = {each["name"].rstrip("/"): each.get("size") or 0 for each in listed}
        return {posixpath.basename(path): size for path, size in places.items() if path != self._root}

    def read(self, name: str) -> bytes | None:
        """What the file holds; None when there is none."""
        with _os_errors():
            try:
                return cast(bytes, self._files.cat_file(self._path(name)))
            except FileNotFoundError:
                return None

    @contextmanager
    def opened(self, name: str) -> Iterator[BinaryIO]:
        """The file, to be read in any order."""
        with self._files.open(self._path(name), "rb") as file:
            yield file

    def put(self, name: str, content: bytes) -> None:
        """Write or replace the file whole; what may pass, such as a full disk, is tried again for a while."""
        self._guarded(lambda: self._put(name, content), f"{self.address}/{name}")

    def remove(self, names: Sequence[str]) -> None:
        """Delete files that are there; many at a time on an object store."""
        if names:
            self._guarded(lambda: self._remove(names), f"{self.address}: deleting")

    def swap(self, name: str, expected: bytes | None, content: bytes | None) -> bool:
        """Replace the file by `content` if it holds `expected`, and say whether; None is no file.

        Of several who swap at once one alone succeeds: on a local disk under a lock of the folder, on S3 by
        conditional writes (If-None-Match, If-Match). A store without them, and a network file system without
        locks, take the last: so look again after a while.
        """
        return (self._swap_here if self.is_local else self._swap_there)(name, expected, content)

    def _guarded(self, action: Callable[[], None], what: str) -> None:
        def attempt() -> None:
            self.guard()
            action()

        with_retries(attempt, what)

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _put(self, name: str, content: bytes) -> None:
        if not self.is_local:
            with _os_errors():
                self._files.pipe_file(self._path(name), content)
            return
        unfinished = Path(self._path(f"{UNFINISHED}{uuid.uuid4().hex}"))
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write(unfinished, content, "wb")
            unfinished.replace(self._path(name))
        finally:
            unfinished.unlink(missing_ok=True)

    def _remove(self, names: Sequence[str]) -> None:
        with _os_errors():
            self._files.rm([self._path(name) for name in names])

    def _swap_here(self, name: str, expected: bytes | None, content: bytes | None) -> bool:
        path = Path(self._path(name))
        if expected is None:
            path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path.parent):
            if expected is None:
                return content is None or _created(path, content)
            if self.read(name) != expected:
                return False
            if content is None:
                path.unlink()
            else:
                self._put(name, content)
            return True

    def _swap_there(self, name: str, expected: bytes | None, content: bytes | None) -> bool:
        path, conditions = self._path(name), {"mode": "create"} if expected is None else {}
        with _os_errors():
            self._files.invalidate_cache()
            if expected is not None and "s3" in self._files.protocol:
                with suppress(FileNotFoundError):
                    conditions = {"IfMatch": self._files.info(path)["ETag"]}
        if expected is not None and self.read(name) != expected:
            return False
        if content is None:
            self._remove([name])
            return True
        try:
            self._pipe(path, content, conditions)
        except OSError:
            found = self.read(name)
            if found == expected:
                raise
            return found == content  # it may have arrived, and its answer been lost
        return True

    def _pipe(self, path: str, content: bytes, conditions: dict[str, Any]) -> None:
        with _os_errors():
            try:
                self._files.pipe_file(path, content, **conditions)
            except OSError as error:
                if error.errno != errno.ENOSYS:  # a store that refuses conditions
                    raise
                self._files.pipe_file(path, content)


@contextmanager
def _os_errors() -> Iterator[None]:
    """Turn what a store's client raises of its own (no connection, no credentials) into OSError."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise OSError(reason(error)) from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Alone with the folder on this machine; where it can't be locked (NFS), not alone."""
    place = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(place, fcntl.LOCK_EX)
        yield
    finally:
        os.close(place)


def _created(path: Path, content: bytes) -> bool:
    """Write a file that must not be there; says whether it was not."""
    try:
        _write(path, content, "xb")
    except FileExistsError:
        return False
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return True


def _write(path: Path, content: bytes, mode: str) -> None:
    """Write a file, and see to it that it lies on the disk: else a full one might be noticed too late."""
    with path.open(mode) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
