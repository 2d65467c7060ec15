"""From a source to its pages: upright RGB pictures, one at a time, or a row's worth of reason why not.

Nothing here raises for what is in a file. A source that cannot be read or opened gives one `Page` without a
number; a document with a broken page gives that page with its error, and all the others.
"""

import hashlib
from collections.abc import Container, Iterator
from contextlib import closing
from dataclasses import dataclass

from ocr.decode import open_document
from ocr.document import DecodeError, Document
from ocr.engines.base import Picture
from ocr.files import SourceError
from ocr.orientation import upright
from ocr.sources import Source
from ocr.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page to be read, or what kept it from being one."""

    page_id: str
    source_id: str
    document_id: str | None = None  # SHA-256 of the bytes; null when they could not be read
    source: str
    page: int | None = None  # counts from 1; null when the document did not open
    pages: int | None = None
    picture: Picture | None = None  # a page's upright, a line's as it lies; null when there is an error
    error_stage: str | None = None  # "read" or "decode"
    error: str | None = None
    warnings: tuple[str, ...] = ()


def page_id(source_id: str, page: int | None) -> str:
    """The stable id of a page: 32 hexadecimal digits. `page` is null for a document that did not open."""
    return hashlib.sha256(f"{source_id}\n{page or ''}".encode()).hexdigest()[:32]


def open_pages(source: Source, done: Container[str] = frozenset(), unit: Unit = Unit.PAGE) -> Iterator[Page]:
    """The pages of a source in order, without those whose id is in `done`, which are not rendered either.

    Only whole pages are turned upright: a word does not tell which way up it is.
    """
    if page_id(source.source_id, None) in done:
        return
    try:
        data = source.read()
    except SourceError as error:
        yield _failed(source, "read", error)
        return
    document_id = hashlib.sha256(data).hexdigest()
    try:
        document = open_document(data)
    except DecodeError as error:
        yield _failed(source, "decode", error, document_id=document_id)
        return
    del data
    with closing(document):
        for number in range(1, document.pages + 1):
            if page_id(source.source_id, number) not in done:
                yield _page(source, document, document_id, number, unit)


def _page(source: Source, document: Document, document_id: str, number: int, unit: Unit) -> Page:
    try:
        decoded = document.page(number)
    except DecodeError as error:
        return _failed(source, "decode", error, document_id=document_id, page=number, pages=document.pages)
    return Page(
        page_id=page_id(source.source_id, number),
        source_id=source.source_id,
        document_id=document_id,
        source=source.address,
        page=number,
        pages=document.pages,
        picture=upright(decoded.picture) if unit is Unit.PAGE else decoded.picture,
        warnings=decoded.warnings,
    )


def _failed(
    source: Source,
    stage: str,
    error: Exception,
    *,
    document_id: str | None = None,
    page: int | None = None,
    pages: int | None = None,
) -> Page:
    return Page(
        page_id=page_id(source.source_id, page),
        source_id=source.source_id,
        document_id=document_id,
        source=source.address,
        page=page,
        pages=pages,
        error_stage=stage,
        error=str(error),
    )
