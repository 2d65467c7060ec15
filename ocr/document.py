"""What an opened file gives: an RGB picture a page, within stated limits, or a sentence that says why not."""

from dataclasses import dataclass
from typing import Protocol

from ocr.engines.base import Picture

MAX_PIXELS = 128_000_000
"""Larger pictures are refused before they are decoded. An A3 page at 600 dpi has 70 million pixels, the
largest common phone photograph 108 million."""

KEPT_PIXELS = 24_000_000
"""Larger pictures are reduced by a whole factor to at most this, which leaves an A4 page at least 250 dpi."""

MAX_PAGES = 10_000
"""A document that claims more is damaged, or is made to keep a machine busy."""


class DecodeError(ValueError):
    """The bytes cannot become a page; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A page's picture as the file shows it (EXIF rotation applied), and what was odd about it."""

    picture: Picture
    warnings: tuple[str, ...] = ()

    def noting(self, *warnings: str) -> "Decoded":
        """The same with more warnings, each once."""
        return Decoded(self.picture, tuple(dict.fromkeys((*self.warnings, *warnings))))


class Document(Protocol):
    """An opened file. Pages count from 1 and may be asked for in any order; ascending order is fast."""

    @property
    def pages(self) -> int:
        """How many there are, at least 1."""
        ...

    def page(self, number: int) -> Decoded:
        """One page; raises DecodeError if this page cannot be had, which says nothing about the others."""
        ...

    def close(self) -> None:
        """Free what the document holds."""
        ...


def reduction(width: int, height: int) -> int:
    """The smallest whole factor that makes a picture fit `KEPT_PIXELS`; DecodeError above `MAX_PIXELS`."""
    if width * height > MAX_PIXELS:
        raise too_large(f"{width} x {height}")
    factor = 1
    while width * height > KEPT_PIXELS * factor * factor:
        factor += 1
    return factor


def too_large(pixels: str) -> DecodeError:
    """The refusal of a picture with so many `pixels`."""
    limit = MAX_PIXELS // 1_000_000
    return DecodeError(f"a picture of {pixels} pixels, above the limit of {limit} million: save it smaller")


def check_pages(pages: int) -> int:
    """The number of pages, if it is one to believe; DecodeError otherwise."""
    if pages < 1:
        raise DecodeError("the document has no pages: save it again from the program it came from")
    if pages > MAX_PAGES:
        raise DecodeError(f"the document claims {pages} pages, above the limit of {MAX_PAGES}: split it")
    return pages
