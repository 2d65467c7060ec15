"""Any kind of picture that Pillow knows, as 8-bit RGB on white."""

import io
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

_WIDE_MODES = frozenset({"I", "F", "I;16", "I;16L", "I;16B", "I;16N"})
_PROFILED_MODES = {"RGB": "RGB", "CMYK": "CMYK", "LAB": "Lab", "L": "GRAY"}
_VISIBLE = 12.0  # mean difference in grey levels above which a colour profile matters to reading


def to_rgb(image: Image.Image, *, factor: int = 1, inverted: bool = False) -> Image.Image:
    """The loaded image, reduced by a whole `factor`, in mode RGB.

    Transparency is laid over white. Pictures of more than 8 bits are scaled to 8, not clipped; `inverted`
    says that their zero is white. Colour profiles that change how the page looks are applied, broken
    ones ignored.
    """
    profile = image.info.get("icc_profile")
    if image.mode in _WIDE_MODES:
        image = Image.fromarray(eight_bits(np.asarray(image), inverted=inverted))
    elif image.mode == "1":
        image = image.convert("L")
    elif image.has_transparency_data:
        image = image.convert("RGBA")
    elif image.mode not in _PROFILED_MODES:
        image = image.convert("RGB")
    if factor > 1:
        image = image.reduce(factor)
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, image).convert("RGB")
    if isinstance(profile, bytes):
        image = _profiled(image, profile)
    return image if image.mode == "RGB" else image.convert("RGB")


def eight_bits(values: NDArray[np.generic], *, inverted: bool = False) -> NDArray[np.uint8]:
    """Grey values of any width in 0 to 255.

    Whole numbers are taken to use the fewest of 8, 10, 12, 14, 16, 24 or 32 bits that hold them, since
    scanners put 10 or 12 bits in wider words; fractions to lie in 0 to 1; what has negative values is
    stretched between its extremes.
    """
    wide = values.astype(np.float32)
    finite = np.isfinite(wide)
    if not finite.all():
        wide = np.where(finite, wide, wide[finite].max(initial=0.0))
    least, most = float(wide.min(initial=0.0)), float(wide.max(initial=0.0))
    if least < 0:
        black, white = least, most
    elif np.issubdtype(values.dtype, np.floating) and most <= 1:
        black, white = 0.0, 1.0
    else:
        black, white = (
            0.0,
            next((2.0**bits - 1 for bits in (8, 10, 12, 14, 16, 24, 32) if most < 2.0**bits), most),
        )
    grey = (wide - black) * np.float32(255 / (white - black))
    return np.asarray(255 - grey if inverted else grey, np.float32).round().clip(0, 255).astype(np.uint8)


def _profiled(image: Image.Image, profile: bytes) -> Image.Image:
    transform = _transform(profile, image.mode)
    if transform is None:
        return image
    try:
        return ImageCms.applyTransform(image, transform) or image
    except (ImageCms.PyCMSError, ValueError, OSError):
        return image


@lru_cache(maxsize=32)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From the profile to sRGB; null where it is broken, of other colours than the picture, or makes no odds.

    Most profiles are sRGB or near it, and a photograph of 12 million pixels takes longer to convert than to
    decode: the difference is looked at on a few colours first.
    """
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space.strip() != _PROFILED_MODES.get(mode):
            return None
        transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
        samples = _samples(mode)
        shown = ImageCms.applyTransform(samples, transform)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError):
        return None
    if shown is None:
        return None
    difference = np.abs(np.asarray(shown, np.int16) - np.asarray(samples.convert("RGB"), np.int16)).mean()
    return transform if difference > _VISIBLE else None


def _samples(mode: str) -> Image.Image:
    """A strip of colours from the whole range of the mode."""
    bands = len(Image.new(mode, (1, 1)).getbands())
    steps = np.linspace(0, 255, 5).astype(np.uint8)
    grid = np.stack(np.meshgrid(*[steps] * bands), axis=-1).reshape(1, -1, bands)
    return Image.merge(
        mode, [Image.fromarray(np.ascontiguousarray(grid[..., band])) for band in range(bands)]
    )
