"""The image of a query: a document, which is read and becomes context, or a photograph, for engines that see.

Nothing here raises for what an image is: whatever keeps it from being used is a flag, and costs the image
alone.
"""

import os
import posixpath
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

from multilingual.unavailable import EngineUnavailable
from ocr.decode import open_document
from ocr.document import DecodeError
from ocr.engines import make_engine
from ocr.engines.base import Engine, Picture, Unread
from ocr.files import SourceError, is_url, read_file
from ocr.layout import arrange
from ocr.orientation import upright
from ocr.records import TextLine
from summarize.flags import flag
from summarize.plain import one_line, plain

LEAST_LINES, LEAST_CHARACTERS = 3, 24
"""What makes a picture a document, in lines read well and letters or digits in them. Twelve clinical
photographs had none; of 40 real prescriptions the poorest had 3 lines with 37, of 9 drawn pages 7 with 100. A
date and the name of a camera, which telephones print into photographs, are two lines."""
_WELL_READ, _TELLING = 0.6, 3  # the score of a line, and its letters and digits
_MOST_PAGES = 4
_HEAD_LINES, _TAIL_LINES = 40, 15
_LONGEST_LINE = 200  # characters
_WEB = ("http://", "https://", "ftp://", "ftps://", "data:")


@dataclass(frozen=True, slots=True)
class Attached:
    """What an image gives: a document's text, or a photograph as a picture; and flags."""

    text: str | None = None  # "Attached document: ..." on one line
    picture: Picture | None = None
    flags: tuple[str, ...] = ()  # image_missing, image_broken, image_shortened


class Attachments:
    """Opens images and reads documents, with an ocr engine that is made when the first image is opened."""

    def __init__(self, reader: Callable[[], Engine] = make_engine) -> None:
        self._make_reader = reader
        self._reader: Engine | EngineUnavailable | None = None

    def open(self, image: str, source: str) -> Attached:
        """The image at a path or address as a row of the file `source` names it; see `locate`."""
        if image.lower().startswith(_WEB) or "::" in image:
            return Attached(flags=("image_missing: addresses of the web are not fetched",))
        try:
            return self._opened(locate(image, source))
        except Exception as failure:  # the image alone is lost, whatever happened to it
            return Attached(flags=(f"image_broken: {type(failure).__name__}",))

    def _opened(self, path: str) -> Attached:
        try:
            with closing(open_document(read_file(path))) as document:
                count = min(document.pages, _MOST_PAGES)
                pictures = [upright(document.page(number).picture) for number in range(1, count + 1)]
                is_whole = count == document.pages
        except SourceError as error:
            is_missing = isinstance(error.__cause__, FileNotFoundError)
            return Attached(flags=("image_missing" if is_missing else flag("image_broken", str(error)),))
        except DecodeError as error:
            return Attached(flags=(flag("image_broken", str(error)),))
        reader = self._started()
        if isinstance(reader, EngineUnavailable):
            return Attached(flags=(flag("image_broken", f"its text cannot be read: {reader}"),))
        readings = [read for read in reader.read(pictures) if not isinstance(read, Unread)]
        lines = [fragment.line for read in readings for fragment in arrange(read)]
        if not is_document(lines):
            return Attached(picture=pictures[0])
        text, is_all = _bounded([one_line(plain(line.text)) for line in lines])
        return Attached(text, flags=() if is_all and is_whole else ("image_shortened",))

    def _started(self) -> Engine | EngineUnavailable:
        if self._reader is None:
            try:
                self._reader = self._make_reader()
            except EngineUnavailable as error:
                self._reader = error
        return self._reader


def locate(image: str, source: str) -> str:
    """Where an image is: an address or absolute path as it is, else beside the file `source` that names it.

    A source that is no file, as for a message typed in, is the working directory.
    """
    if is_url(image) or os.path.isabs(image):  # noqa: PTH117 - kept as text, as addresses are
        return image
    if not is_url(source):
        return os.path.join(os.path.dirname(source), image)  # noqa: PTH118, PTH120 - likewise
    protocol, _, path = source.partition("://")
    return f"{protocol}://{posixpath.normpath(posixpath.join(posixpath.dirname(path), image))}"


def is_document(lines: Sequence[TextLine]) -> bool:
    """Whether the lines read on a picture are enough of them for a document."""
    read = [sum(map(str.isalnum, line.text)) for line in lines if line.score >= _WELL_READ]
    telling = [letters for letters in read if letters >= _TELLING]
    return len(telling) >= LEAST_LINES and sum(telling) >= LEAST_CHARACTERS


def _bounded(lines: Sequence[str]) -> tuple[str, bool]:
    """A document's text on one line, its middle left out where it is long, and whether it is all there."""
    kept = [line[:_LONGEST_LINE] for line in lines if line]
    if len(kept) > _HEAD_LINES + _TAIL_LINES:
        kept = [*kept[:_HEAD_LINES], "...", *kept[-_TAIL_LINES:]]
    return f"Attached document: {'; '.join(kept)}.", kept == [line for line in lines if line]
