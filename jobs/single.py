"""`nuskha ocr`: a few files, read in this process without Ray."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from PIL import Image

from jobs.exits import CannotStart
from jobs.files import new_file
from multilingual.clinical.formulary_index import FormularyIndex
from ocr.draw import draw
from ocr.engines.base import Engine
from ocr.pages import Page, open_pages
from ocr.reading import read_pages
from ocr.records import PageRecord
from ocr.region import Region, region_of
from ocr.sources import Source
from ocr.units import Unit

_AT_ONCE = {Unit.PAGE: 8, Unit.LINE: 64}


def read_sources(
    sources: Iterable[Source], engine: Engine, index: FormularyIndex, unit: Unit = Unit.PAGE
) -> Iterator[tuple[Page, PageRecord]]:
    """The pages of documents with what was read on them, in order."""
    pages = (page for source in sources for page in open_pages(source, unit=unit))
    while batch := list(islice(pages, _AT_ONCE[unit])):
        yield from zip(batch, read_pages(batch, engine, index, unit), strict=True)


def region_given(text: str | None) -> Region | None:
    """The value of --region. Raises CannotStart."""
    try:
        return region_of(text) if text is not None else None
    except ValueError as error:
        raise CannotStart(f"--region: {error}") from None


def save_drawings(read: Iterable[tuple[Page, PageRecord]], file: str) -> Iterator[tuple[Page, PageRecord]]:
    """Draw what was read on each page: the first to `file`, the others with -2, -3, ... before the suffix.

    A page that was not read is not drawn, and keeps its number. Raises CannotStart when `file` is no PNG's
    name or cannot be written.
    """
    path = Path(file)
    if path.suffix.lower() != ".png":
        raise CannotStart(f"--draw {file}: name a file that ends in .png")
    for number, (page, record) in enumerate(read, start=1):
        if page.picture is not None:
            target = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
            with new_file(str(target)) as out:
                Image.fromarray(draw(page.picture, record)).save(out, "PNG")
        yield page, record
