"""Pictures as pages, through Pillow: one page for a photograph, one for each frame of a TIFF.

Pillow reads a file that is cut short only while a switch of the whole process is on, and Python's record of
warnings belongs to the process too: pictures are decoded under one lock.
"""

import io
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
import pillow_heif
from PIL import ExifTags, Image, ImageFile, UnidentifiedImageError

from ocr.colours import to_rgb
from ocr.document import Decoded, DecodeError, check_pages, reduction, too_large
from ocr.engines.base import Picture
from ocr.signatures import Kind
from ocr.tiff import page_frames, square_pixels, white_is_zero

pillow_heif.register_heif_opener(thumbnails=False)

ANIMATED = "animated: only its first picture was read"

Outcome = TypeVar("Outcome")

_PILLOW = threading.RLock()

# EXIF orientation -> what to do to the array. TIFF and HEIC are turned by their decoders.
_TURNED: dict[int, Callable[[Picture], Picture]] = {
    2: np.fliplr,
    3: lambda picture: np.rot90(picture, 2),
    4: np.flipud,
    5: lambda picture: picture.swapaxes(0, 1),
    6: lambda picture: np.rot90(picture, 3),
    7: lambda picture: np.rot90(picture.swapaxes(0, 1), 2),
    8: np.rot90,
}

_ANIMATIONS = frozenset({"GIF", "PNG", "WEBP", "AVIF"})

# What Pillow warns of that no reader has to know: damage beside the picture, and sizes.
_IMMATERIAL = re.compile(r"exif|metadata|decompression bomb|transparency|MPO|tag \d+", re.IGNORECASE)


class PictureFrames:
    """A picture file opened by Pillow; see `ocr.document.Document`."""

    def __init__(self, data: bytes, kind: Kind) -> None:
        self._data, self._kind = data, kind
        self._image: Image.Image | None = None
        self._frames = self._tried(self._found_frames)[0]
        self.pages = check_pages(len(self._frames))

    def page(self, number: int) -> Decoded:
        """The frame as RGB; of a file that is cut short, as far as it goes."""
        frame = self._frames[number - 1]
        decoded, noted, is_damaged = self._tried(lambda: self._decoded(frame))
        if not is_damaged:
            return decoded.noting(*noted)
        self.close()
        picture, share = without_missing_rows(decoded.picture)
        if share == 0:
            raise self._damaged("nothing of the picture is left")
        return Decoded(picture, (f"damaged: about {share:.0%} of the picture could be read",)).noting(
            *decoded.warnings, *noted
        )

    def _tried(self, act: Callable[[], Outcome]) -> tuple[Outcome, list[str], bool]:
        """What `act` gives, what Pillow warned of, and whether the file had to be read leniently for it."""
        try:
            with _pillow(lenient=False) as noted:
                return act(), noted, False
        except DecodeError:
            raise
        except Exception:  # Pillow raises nearly anything on damaged files
            self.close()
        try:
            with _pillow(lenient=True) as noted:
                return act(), noted, True
        except DecodeError:
            raise
        except Exception as error:
            self.close()
            raise self._damaged(error) from error

    def _found_frames(self) -> list[int]:
        image = self._open()
        reduction(*image.size)
        return page_frames(image)

    def close(self) -> None:
        """Free the opened picture."""
        self._image = None

    def _open(self) -> Image.Image:
        if self._image is None:
            try:
                self._image = Image.open(io.BytesIO(self._data), formats=self._kind.formats)
            except Image.DecompressionBombError as error:
                claimed = re.search(r"\d+", str(error))
                raise too_large(claimed.group() if claimed else "so many") from error
        return self._image

    def _decoded(self, frame: int) -> Decoded:
        image = self._open()
        if image.format == "TIFF":
            image.seek(frame)
        size = image.size
        factor = reduction(*size)
        if factor > 1:
            image.draft(None, (size[0] // factor, size[1] // factor))  # only a JPEG can be decoded smaller
        image.load()
        reduced = to_rgb(image, factor=reduction(*image.size), inverted=white_is_zero(image))
        stored = np.array(square_pixels(reduced, image))
        turned = _TURNED.get(_orientation(image), np.asarray)(stored)
        decoded = Decoded(np.ascontiguousarray(turned))
        if factor > 1:
            decoded = decoded.noting(
                f"reduced from {size[0]} x {size[1]} to {stored.shape[1]} x {stored.shape[0]} pixels"
            )
        if image.format in _ANIMATIONS and getattr(image, "is_animated", False):
            decoded = decoded.noting(ANIMATED)
        return decoded

    def _damaged(self, reason: object) -> DecodeError:
        return DecodeError(
            f"the file is {self._kind.name}, but damaged or of a rare kind ({_sentence(reason)}): "
            "save it again as PNG"
        )


def without_missing_rows(picture: Picture) -> tuple[Picture, float]:
    """A picture cut short with the rows that were never read made white, and the share of rows that were.

    Decoders leave what is missing in one colour at the bottom, or in black at the top.
    """
    read = np.ones(len(picture), np.bool_)
    read[: _leading(picture, 0)] = False
    read[len(picture) - _leading(picture[::-1], picture[-1, -1]) :] = False
    return np.where(read[:, None, None], picture, np.uint8(255)), float(read.mean())


def _leading(picture: Picture, colour: object) -> int:
    """How many rows at the top are of one colour."""
    differs = (picture != colour).any(axis=(1, 2))
    return int(np.argmax(differs)) if differs.any() else len(picture)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # a damaged EXIF block can raise nearly anything, and is no reason to lose the page
        return 1


def _sentence(reason: object) -> str:
    """A library's reason without the address of an object in it, or the kind of error where it gives none."""
    if isinstance(reason, UnidentifiedImageError):
        return "its beginning makes no sense"
    text = re.sub(r"<[^>]*>", "it", str(reason)).splitlines()
    return text[0][:120] if text and text[0] else type(reason).__name__


@contextmanager
def _pillow(*, lenient: bool) -> Iterator[list[str]]:
    """Pillow for one thread at a time; gives the list that holds, when it ends, what Pillow warned of."""
    noted: list[str] = []
    with _PILLOW, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ImageFile.LOAD_TRUNCATED_IMAGES = lenient
        try:
            yield noted
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False
    messages = (str(warning.message) for warning in caught)
    noted += [_sentence(message) for message in messages if not _IMMATERIAL.search(message)]
