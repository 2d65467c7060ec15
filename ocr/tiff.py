"""What is peculiar to TIFF: frames that are no pages, pixels that are not square, and libtiff's talk."""

import ctypes
from contextlib import suppress
from pathlib import Path

import PIL
from PIL import Image, TiffImagePlugin, TiffTags

from ocr.document import MAX_PAGES, reduction

_TAGS = {tag.name: tag.value for tag in TiffTags.TAGS_V2.values()}
_NOT_A_PAGE = 0b101  # bits of TIFF's NewSubfileType: a thumbnail of another frame, a mask over it


def _silence_libtiff() -> None:
    """Keep libtiff from writing to the terminal: what it finds wrong, Pillow raises."""
    beside_pillow = Path(PIL.__file__).parents[1] / "pillow.libs"  # where wheels for Linux keep it
    for library in beside_pillow.glob("libtiff*"):
        with suppress(OSError, AttributeError):
            loaded = ctypes.CDLL(str(library))
            loaded.TIFFSetErrorHandler(None)
            loaded.TIFFSetWarningHandler(None)


_silence_libtiff()


def page_frames(image: Image.Image) -> list[int]:
    """The frames of a TIFF that are pages; of any other picture the first."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return [0]
    frames, failures = [], 0
    for frame in range(MAX_PAGES + 1):
        try:
            image.seek(frame)
        except EOFError:
            break
        except Exception:
            # The page is tried again, and reported, in its turn. After two in a row the chain is lost.
            failures += 1
            frames.append(frame)
            if failures == 2:
                break
            continue
        failures = 0
        if not _tag(image, "NewSubfileType") & _NOT_A_PAGE:
            frames.append(frame)
    return frames or [0]


def _tag(image: Image.Image, name: str, default: int = 0) -> int:
    value = getattr(image, "tag_v2", {}).get(_TAGS[name], default)
    return value if isinstance(value, int) else default


def white_is_zero(image: Image.Image) -> bool:
    """Whether a TIFF says that its zero is white, to which Pillow sees for 8 bits and fewer."""
    return _tag(image, "PhotometricInterpretation", default=1) == 0


def square_pixels(image: Image.Image, source: Image.Image) -> Image.Image:
    """A fax, of half or a quarter as many dots down as across, stretched to what it looks like on paper."""
    if source.format != "TIFF":
        return image
    try:
        across, down = map(float, source.info["dpi"])
        is_fax = 1.5 < max(across / down, down / across) < 5
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        is_fax = False
    if not is_fax:
        return image
    width, height = image.size
    if across > down:
        height = round(height * across / down)
    else:
        width = round(width * down / across)
    reduction(width, height)
    return image.resize((width, height), Image.Resampling.BILINEAR)
