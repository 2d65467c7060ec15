"""The files that an address names: one file, a folder with all below it, or a pattern such as scans/**/*.jpg.

Listing reads no file. Files come in the order of their addresses, and only the names in one folder, and in
those above it, are held at a time. A folder met again through a link below itself is not entered twice.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import unquote

from fsspec.utils import glob_translate

from ocr.files import File, display, file_system, is_url, local_file, remote_version, unreadable

_WILD = re.compile(r"[*?[]")

# What systems leave lying about, beside names that begin with a dot, and what jobs keep beside their rows.
_SYSTEM_NAMES = frozenset(
    {
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "__macosx",
        "@eadir",
        "$recycle.bin",
        "_run.json",
        "_gold.json",
        "_lease.json",
        "_compacting.json",
    }
)


class NothingThereError(ValueError):
    """An address names no file; the message says how so."""


@dataclass(slots=True)
class Hidden:
    """How many hidden and system files a listing left out; a hidden folder counts once."""

    count: int = 0


class _Child(NamedTuple):
    name: str
    is_folder: bool
    version: str  # of a remote file; a local one is asked when its turn comes


@dataclass(frozen=True, slots=True)
class _Folder:
    address: str  # as people write it
    path: str  # absolute path or URL
    below: str = ""  # its path below the folder that the listing began with
    depth: int = 0
    wanted: bool = False  # it, or one above it, is what the pattern asks for


class _Tree(Protocol):
    def children(self, folder: _Folder) -> Iterable[_Child]: ...

    def file(self, address: str, path: str, child: _Child) -> File: ...


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name belongs to the system, not to the user."""
    return (name.startswith((".", "~$")) and name != "..") or name.lower() in _SYSTEM_NAMES


def files_at(address: str, hidden: Hidden) -> Iterator[File]:
    """The files that an address names, counting in `hidden` what is left out; raises NothingThereError."""
    if address.startswith("file://"):
        address = _local_path(address)
    tree: _Tree
    if is_url(address):
        tree, (root, pattern) = _RemoteTree(), _remote_root(address)
    else:
        tree, (root, pattern) = _LocalTree(), _local_root(address)
    if isinstance(root, File):
        yield replace(root, is_named=True)
        return
    left_out, empty = hidden.count, True
    for file in _walk(root, pattern, tree, hidden):
        empty = False
        yield file
    if empty and pattern:
        raise NothingThereError("no file matches this pattern")
    if empty:
        left_out = hidden.count - left_out
        raise NothingThereError(
            "the folder is empty" + (f" but for {left_out} hidden files" if left_out else "")
        )


def _walk(root: _Folder, pattern: str, tree: _Tree, hidden: Hidden) -> Iterator[File]:
    """The files below `root` that match the pattern, or lie in a folder that does."""
    matches = _matcher(pattern)
    deepest = len(pattern.split("/")) if pattern and "**" not in pattern else None
    takes_hidden = re.search(r"(^|/)\.", pattern) is not None
    pending: list[tuple[_Folder, _Child]] = []

    def enter(folder: _Folder) -> None:
        found = sorted(
            tree.children(folder), key=lambda child: child.name + "/" * child.is_folder, reverse=True
        )
        pending.extend((folder, child) for child in found)

    try:
        enter(root)
    except FileNotFoundError:
        raise NothingThereError("there is no such folder") from None
    except Exception as error:  # each file system has errors of its own
        raise NothingThereError(f"the folder cannot be listed: {unreadable(error)}") from error
    while pending:
        folder, child = pending.pop()
        if is_hidden(child.name) and not takes_hidden:
            hidden.count += 1
            continue
        below = f"{folder.below}/{child.name}".lstrip("/")
        wanted = folder.wanted or matches(below)
        address, path = _joined(folder.address, child.name), _joined(folder.path, child.name)
        if not child.is_folder:
            if wanted:
                yield tree.file(address, path, child)
        elif wanted or deepest is None or folder.depth + 1 < deepest:
            try:
                enter(_Folder(address, path, below, folder.depth + 1, wanted))
            except Exception as error:
                yield File(
                    display(address), path, problem=f"the folder cannot be listed: {unreadable(error)}"
                )


def _joined(folder: str, name: str) -> str:
    return name if not folder else folder + name if folder.endswith("/") else f"{folder}/{name}"


def _matcher(pattern: str) -> Callable[[str], bool]:
    """A shell pattern, in which ** as a whole component stands for any number of folders."""
    if not pattern:
        return lambda below: True
    parts = [part if part == "**" else re.sub(r"\*+", "*", part) for part in pattern.split("/")]
    compiled = re.compile(glob_translate("/".join(parts)))
    return lambda below: compiled.match(below) is not None


class _LocalTree:
    def __init__(self) -> None:
        self._linked: set[str] = set()  # folders entered through a link

    def children(self, folder: _Folder) -> Iterable[_Child]:
        with os.scandir(folder.path) as entries:
            found = [(entry, entry.is_dir()) for entry in entries]
        for entry, is_folder in found:
            if not (is_folder and entry.is_symlink() and self._is_known(entry.path, folder.path)):
                yield _Child(entry.name, is_folder, "")

    def file(self, address: str, path: str, child: _Child) -> File:
        return local_file(display(address), path)

    def _is_known(self, link: str, folder: str) -> bool:
        target, above = os.path.realpath(link), os.path.realpath(folder)
        if target in self._linked or os.path.commonpath([target, above]) == target:
            return True
        self._linked.add(target)
        return False


def _local_root(address: str) -> tuple[_Folder | File, str]:
    """A file, or the longest part of the address that is a folder as written, and the pattern after it."""
    address = os.path.expanduser(address)  # noqa: PTH111 - Path drops the "./" that was written
    # Path.absolute keeps "..", and a file needs one name.
    if os.path.lexists(address) and not Path(address).is_dir():
        return local_file(display(address), os.path.abspath(address)), ""  # noqa: PTH100
    start, pattern = address, ""
    while not Path(start).is_dir():
        start, slash, last = start.rstrip("/").rpartition("/")
        start, pattern = start or slash, _joined(last, pattern) if pattern else last
    if pattern and not _WILD.search(pattern):
        raise NothingThereError("there is no such file or folder")
    return _Folder(start, os.path.abspath(start), wanted=not pattern), pattern  # noqa: PTH100


def _local_path(url: str) -> str:
    """The path of a file:// URL, whether or not its odd characters were percent-encoded."""
    path = re.sub(r"^file://(localhost(?=/))?", "", url)
    return path if os.path.lexists(path) or not os.path.lexists(unquote(path)) else unquote(path)


class _RemoteTree:
    def children(self, folder: _Folder) -> Iterable[_Child]:
        system, path = file_system(folder.path)
        own = path.strip("/")
        for info in system.ls(path, detail=True):
            name = str(info["name"]).strip("/")
            # Object stores keep an empty object in a folder's own name; web servers list what lies elsewhere.
            if name != own and name.startswith(own + "/"):
                yield _Child(name[len(own) + 1 :], info["type"] == "directory", remote_version(info))
        system.invalidate_cache(path)  # which would hold everything that is ever listed

    def file(self, address: str, path: str, child: _Child) -> File:
        return File(address, path, version=child.version)


def _remote_root(address: str) -> tuple[_Folder | File, str]:
    """The file or folder of a URL; with wildcards the folder before the first, and the pattern from there."""
    try:
        try:
            return _remote_entry(address.rstrip("/")), ""
        except FileNotFoundError:
            if not _WILD.search(address):
                raise
        parts = address.split("/")
        first = next(number for number, part in enumerate(parts) if _WILD.search(part))
        folder = "/".join(parts[:first])
        return _Folder(folder, folder), "/".join(parts[first:])
    except FileNotFoundError:
        raise NothingThereError("there is no such file or folder") from None
    except Exception as error:
        raise NothingThereError(unreadable(error)) from error


def _remote_entry(address: str) -> _Folder | File:
    system, path = file_system(address)
    system.invalidate_cache()
    info = system.info(path)
    if info["type"] == "directory":
        return _Folder(address, address, wanted=True)
    return File(address, address, version=remote_version(info))
