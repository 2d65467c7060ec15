"""Zip archives as folders of documents: members are listed from the directory, and unpacked in memory."""

import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from ocr.files import MAX_BYTES, SourceError, is_url, open_file, unreadable

BOMB_BYTES, BOMB_RATIO = 256 << 20, 100
"""A member that unpacks to more than so many bytes, and to more than so many times its packed size, is
refused: no scan of that size packs so well."""

_ENCRYPTED, _UTF8 = 0x1, 0x800  # flags of a member
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others unpack without bounds


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive: its place in the directory, its name, and what forbids to read it."""

    index: int
    name: str
    problem: str | None = None


def members(path: str, version: str) -> Iterator[Member]:
    """The files in the archive, in the order of their names; raises SourceError if there is none to open."""
    try:
        found = _archive(path, version).infolist()
    except Exception as error:
        raise SourceError(_reason(error)) from error
    named = [(_name(info), index, info) for index, info in enumerate(found) if not info.is_dir()]
    for name, index, info in sorted(named, key=lambda member: member[:2]):
        yield Member(index, name, _problem(name, info))


def read_member(path: str, version: str, index: int) -> bytes:
    """The bytes of one member; raises SourceError."""
    try:
        archive = _archive(path, version)
        info = archive.infolist()[index]
        with archive.open(info) as member:
            return member.read(min(info.file_size, MAX_BYTES))
    except Exception as error:  # zipfile, zlib and the file system each have errors of their own
        raise SourceError(_reason(error)) from error


@lru_cache(maxsize=4)
def _archive(path: str, version: str) -> zipfile.ZipFile:
    """An opened archive. It is kept, because an archive of many members has a long directory to read."""
    return zipfile.ZipFile(open_file(path) if is_url(path) else path)


def _name(info: zipfile.ZipInfo) -> str:
    """The member's name, of an archiver that writes UTF-8 without saying so too; backslashes part folders."""
    name = info.filename
    if not info.flag_bits & _UTF8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _problem(name: str, info: zipfile.ZipInfo) -> str | None:
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in name.split("/"):
        return "its name leads out of the archive, as in an attack: pack the archive again"
    if info.flag_bits & _ENCRYPTED:
        return "protected by a password: unpack the archive, or pack it again without a password"
    if info.compress_type not in _METHODS:
        return "packed by a rare method: pack the archive again with the usual one (deflate)"
    if info.file_size > MAX_BYTES:
        return f"unpacks to more than {MAX_BYTES >> 30} GiB: split the document"
    if info.file_size > max(BOMB_BYTES, BOMB_RATIO * info.compress_size):
        return f"unpacks to {info.file_size // max(info.compress_size, 1)} times its size, as a zip bomb does"
    return None


def _reason(error: Exception) -> str:
    if isinstance(error, zipfile.BadZipFile | EOFError):
        return f"the zip archive is damaged ({error or 'cut short'}): copy or pack it again"
    return unreadable(error)
