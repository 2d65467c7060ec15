"""Pictures of every kind come out as RGB on white, upright as their file says."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from made_files import marked, png, png_header, png_of, saved, zipped
from PIL import Image, ImageCms, ImageDraw

from ocr.colours import eight_bits
from ocr.decode import open_document
from ocr.document import KEPT_PIXELS, MAX_PIXELS, Decoded, DecodeError, check_pages, reduction
from ocr.pictures import ANIMATED

GREY = 96
"""Of the test picture's right half; its left half is white."""


def halves(mode: str = "RGB") -> Image.Image:
    image = Image.new("RGB", (64, 48), "white")
    ImageDraw.Draw(image).rectangle((32, 0, 64, 48), fill=(GREY, GREY, GREY))
    return image.convert(mode)


def read(data: bytes, page: int = 1) -> Decoded:
    document = open_document(data)
    decoded = document.page(page)
    document.close()
    assert decoded.picture.dtype == np.uint8
    assert decoded.picture.ndim == 3
    assert decoded.picture.shape[2] == 3
    assert decoded.picture.flags.c_contiguous
    return decoded


def levels(data: bytes) -> tuple[int, int]:
    """The medians of the left and the right half."""
    decoded = read(data)
    assert decoded.warnings == ()
    assert decoded.picture.shape == (48, 64, 3)
    return int(np.median(decoded.picture[:, :30])), int(np.median(decoded.picture[:, 34:]))


@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        ("JPEG", "RGB", {}),
        ("JPEG", "L", {}),
        ("JPEG", "CMYK", {}),
        ("JPEG", "RGB", {"progressive": True}),
        ("PNG", "RGB", {}),
        ("PNG", "L", {}),
        ("PNG", "P", {}),
        ("PNG", "RGBA", {}),
        ("PNG", "LA", {}),
        ("PNG", "I;16", {}),
        ("WEBP", "RGB", {}),
        ("WEBP", "RGBA", {"lossless": True}),
        ("BMP", "RGB", {}),
        ("BMP", "P", {}),
        ("GIF", "P", {}),
        ("AVIF", "RGB", {}),
        ("HEIF", "RGB", {"quality": 90}),
        ("JPEG2000", "RGB", {}),
        ("PPM", "L", {}),
        ("TIFF", "RGB", {}),
        ("TIFF", "RGB", {"compression": "tiff_lzw"}),
        ("TIFF", "RGB", {"compression": "jpeg"}),
        ("TIFF", "CMYK", {}),
        ("TIFF", "YCbCr", {}),
        ("TIFF", "LAB", {}),
        ("TIFF", "P", {}),
        ("TIFF", "RGBA", {}),
    ],
)
def test_modes_and_formats_keep_their_colours(kind: str, mode: str, options: dict[str, Any]) -> None:
    if mode == "I;16":
        image = Image.fromarray(np.asarray(halves("L"), np.uint16) * 257)
    elif mode == "LAB":
        grey = ImageCms.profileToProfile(
            halves(), ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
        )
        assert grey is not None
        image = grey
    else:
        image = halves(mode)
    white, dark = levels(saved(image, kind, **options))
    assert white >= 250
    assert abs(dark - GREY) <= 6


@pytest.mark.parametrize("options", [{}, {"compression": "group4"}])
def test_one_bit_is_black_and_white(options: dict[str, Any]) -> None:
    image = halves("L").point(lambda value: 255 * (value > 128)).convert("1")
    assert levels(saved(image, "TIFF", **options)) == (255, 0)
    assert levels(saved(image, "PNG")) == (255, 0)


@pytest.mark.parametrize(("bits", "top"), [(10, 1023), (12, 4095), (16, 65535)])
def test_wide_greys_are_scaled_not_clipped(bits: int, top: int) -> None:
    values = np.full((48, 64), top, np.uint16)
    values[:, 32:] = round(GREY / 255 * top)
    for kind in ("TIFF", "PNG"):
        white, dark = levels(saved(Image.fromarray(values), kind))
        assert white == 255
        assert abs(dark - GREY) <= 1


@pytest.mark.parametrize(
    ("depth", "colour"),
    [*[(depth, 0) for depth in (1, 2, 4, 8, 16)], *[(depth, 3) for depth in (1, 2, 4, 8)]]
    + [(depth, colour) for depth in (8, 16) for colour in (2, 4, 6)],
)
def test_every_png_depth(depth: int, colour: int) -> None:
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    full, third = 2**depth - 1, (2**depth - 1) // 3
    bright, dark = ([full] * samples, [third] * (samples - 1) + [full if colour in (4, 6) else third])
    if colour == 3:
        bright, dark = [1], [0]
    bits = "".join(f"{value:0{depth}b}" for pixel in [bright] * 32 + [dark] * 32 for value in pixel)
    row = b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    palette = bytes([85, 85, 85, 255, 255, 255]) if colour == 3 else b""
    expected = 0 if (depth, colour) == (1, 0) else 85
    assert levels(png_of(64, 48, depth, colour, row * 48, palette)) == (255, expected)


@pytest.mark.parametrize(
    ("dtype", "top"), [(np.int32, 255), (np.int32, 65535), (np.float32, 1), (np.float32, 255)]
)
def test_integer_and_float_tiffs_are_scaled(dtype: type, top: int) -> None:
    values = np.full((48, 64), top, dtype)
    values[:, 32:] = GREY / 255 * top
    white, dark = levels(saved(Image.fromarray(values), "TIFF"))
    assert white == 255
    assert abs(dark - GREY) <= 1


def test_a_wide_grey_tiff_whose_zero_is_white_is_inverted() -> None:
    values = np.zeros((48, 64), np.uint16)
    values[:, 32:] = 65535 - GREY * 257
    white, dark = levels(saved(Image.fromarray(values), "TIFF", tiffinfo={262: 0}))
    assert (white, dark) == (255, GREY)


def test_wide_values_that_are_no_numbers_do_no_harm() -> None:
    values = np.array([[np.nan, np.inf, -np.inf, 0.0, 1.0]], np.float32)
    assert eight_bits(values).tolist()[0][3:] == [0, 255]
    assert eight_bits(np.zeros((2, 2), np.float32)).tolist() == [[0, 0], [0, 0]]
    assert eight_bits(np.full((2, 2), np.nan, np.float32)).tolist() == [[0, 0], [0, 0]]
    assert eight_bits(np.array([[-5, 5]], np.int32)).tolist() == [[0, 255]]


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_transparency_is_laid_over_white(kind: str) -> None:
    image = Image.new("RGBA", (64, 48), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((32, 0, 64, 48), fill=(GREY, GREY, GREY, 255))
    options = {"lossless": True} if kind == "WEBP" else {}
    assert levels(saved(image, kind, **options)) == (255, GREY)


def test_a_transparent_palette_colour_is_white() -> None:
    image = halves("P")
    transparent = image.getpixel((1, 1))
    image.putpalette([0, 0, 0] * 256 if transparent else [])
    palette = [value for index in range(256) for value in ([0] * 3 if index == transparent else [GREY] * 3)]
    image.putpalette(palette)
    assert levels(saved(image, "PNG", transparency=transparent)) == (255, GREY)
    assert levels(saved(image, "GIF", transparency=transparent)) == (255, GREY)


# What must be done to the upright picture so that each orientation's undoing gives it back.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
@pytest.mark.parametrize("orientation", STORED)
def test_exif_rotation_is_undone(kind: str, orientation: int) -> None:
    how = STORED[orientation]
    stored = marked() if how is None else marked().transpose(how)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options: dict[str, Any] = {"tiffinfo": {274: orientation}} if kind == "TIFF" else {"exif": exif.tobytes()}
    picture = read(saved(stored, kind, **options)).picture
    assert picture.shape == (40, 60, 3)
    assert picture[:10, :16].mean() < 20
    assert picture[-10:, -16:].mean() > 235
    assert picture[:10, -16:].mean() > 235


def test_a_broken_exif_block_costs_nothing() -> None:
    assert read(saved(marked(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12")).warnings == ()


def test_pages_of_a_tiff_are_its_frames_without_thumbnails() -> None:
    frames = [halves("L"), Image.new("L", (6, 4), 255), Image.new("RGB", (10, 20), "black")]
    buffer = io.BytesIO()
    frames[1].encoderinfo = {"tiffinfo": {254: 1}}
    frames[0].save(buffer, "TIFF", save_all=True, append_images=frames[1:])
    document = open_document(buffer.getvalue())
    shapes = [document.page(number).picture.shape[:2] for number in range(1, document.pages + 1)]
    assert shapes == [(48, 64), (20, 10)]
    assert document.page(1).picture.shape[:2] == (48, 64)  # in any order


def test_a_fax_is_stretched_to_what_it_looks_like() -> None:
    picture = read(saved(Image.new("1", (200, 100), 1), "TIFF", dpi=(204, 98))).picture
    assert picture.shape == (208, 200, 3)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_picture_is_read(kind: str) -> None:
    second = Image.new("RGB", (64, 48), "red")
    data = saved(halves(), kind, save_all=True, append_images=[second], duration=100)
    document = open_document(data)
    assert document.pages == 1
    decoded = document.page(1)
    assert decoded.warnings == (ANIMATED,)
    assert abs(int(np.median(decoded.picture[:, 34:])) - GREY) <= 6


def test_a_phone_picture_with_a_preview_behind_it_is_one_page() -> None:
    document = open_document(saved(halves(), "MPO", save_all=True, append_images=[Image.new("RGB", (8, 8))]))
    assert document.pages == 1
    assert document.page(1).warnings == ()


def test_a_profile_that_changes_the_page_is_applied_and_a_broken_one_ignored() -> None:
    linear = linear_profile()
    white, dark = levels(saved(halves(), "PNG", icc_profile=linear))
    assert white == 255
    assert abs(dark - 165) <= 3  # what sRGB shows for 96/255 of the light
    assert levels(saved(halves(), "PNG", icc_profile=b"no profile at all")) == (255, GREY)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert levels(saved(halves(), "PNG", icc_profile=srgb)) == (255, GREY)


def linear_profile() -> bytes:
    """sRGB's profile with its tone curves replaced by straight lines."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack_from(">I", profile, 128)[0]
    for entry in range(132, 132 + 12 * count, 12):
        name, offset, _ = struct.unpack_from(">4sII", profile, entry)
        if name.endswith(b"TRC"):
            profile[offset : offset + 12] = b"curv" + bytes(8)
            struct.pack_into(">I", profile, entry + 8, 12)
    return bytes(profile)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP"])
def test_a_picture_cut_short_gives_its_readable_part_with_a_warning(kind: str) -> None:
    rows = np.random.default_rng(0).integers(0, 200, (300, 200, 3)).astype(np.uint8)
    data = saved(Image.fromarray(rows), kind)
    decoded = read(data[: len(data) // 2])
    assert decoded.picture.shape == (300, 200, 3)
    assert decoded.picture.mean() < 190
    missing = decoded.picture[:100] if kind == "BMP" else decoded.picture[-100:]
    assert (missing == 255).all()  # paper, not a black bar
    (warning,) = decoded.warnings
    assert "damaged" in warning
    assert "%" in warning


def test_a_picture_cut_before_its_first_row_is_an_error() -> None:
    data = saved(Image.fromarray(np.random.default_rng(0).integers(0, 255, (300, 200), np.uint8)), "PNG")
    start = data.index(b"IDAT")
    with pytest.raises(DecodeError, match="PNG"):
        read(data[: start + 6])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file of 0 bytes"),
        (b"Tab. Sample 500 mg 1-0-1\n", "plain text"),
        ("नुस्ख़ा: सुबह शाम\n".encode() * 60, "plain text"),
        ("text".encode("utf-16"), "plain text"),
        (b"BMI 23, P1 gravida\n", "plain text"),
        (b"<!DOCTYPE html><html><body>Log in</body></html>", "web page"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (zipped({"a.png": png()}), "zip archive"),
        (zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b""}), "Office document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Office document"),
        (bytes(128) + b"DICM" + bytes(100), "DICOM"),
        (b"\0\0\0\x18ftypmp42" + bytes(100), "video"),
        (b"\x1f\x8b\x08" + bytes(20), "gzip"),
        (b"PAR1" + bytes(40), "Parquet"),
        (bytes(range(256)) * 8, "no known kind"),
        (b"\xff\xd8\xff", "JPEG picture, but damaged"),
        (b"\x89PNG\r\n\x1a\n", "PNG picture, but damaged"),
        (b"II*\0\xff\xff\xff\xff", "TIFF, but damaged"),
        (b"GIF89a", "GIF picture, but damaged"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "WebP picture, but damaged"),
        (b"\0\0\0\x18ftypheic" + bytes(16), "HEIC picture, but damaged"),
    ],
)
def test_what_is_no_picture_is_refused_with_its_name(data: bytes, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason) as caught:
        read(data)
    assert "0x" not in str(caught.value)
    assert str(caught.value).count("\n") == 0


def test_a_pdf_may_begin_with_other_lines() -> None:
    with pytest.raises(DecodeError, match="PDF is damaged"):
        read(b"some line of a mail\n" * 10 + b"%PDF-1.4\nnothing more")


@pytest.mark.parametrize("size", [(30_000, 30_000), (16_000, 9_000), (60_000, 60_000)])
def test_a_decompression_bomb_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(DecodeError, match="limit of 128 million"):
        read(png_header(*size))


def test_a_huge_jpeg_is_refused_too() -> None:
    data = bytearray(saved(Image.new("L", (16, 16)), "JPEG"))
    frame = data.index(b"\xff\xc0")
    struct.pack_into(">HH", data, frame + 5, 30_000, 30_000)
    with pytest.raises(DecodeError, match="900000000 pixels"):
        read(bytes(data))


def test_a_picture_of_many_pixels_is_reduced_with_a_warning() -> None:
    for kind in ("JPEG", "PNG"):
        decoded = read(saved(Image.new("L", (6_000, 4_500), 200), kind))
        assert decoded.picture.shape == (2_250, 3_000, 3)
        assert decoded.picture.max() == decoded.picture.min() == 200
        assert decoded.warnings == ("reduced from 6000 x 4500 to 3000 x 2250 pixels",)


def test_limits() -> None:
    assert reduction(4_000, 6_000) == 1
    assert reduction(9_921, 7_016) == 2  # A3 at 600 dpi
    assert reduction(MAX_PIXELS, 1) == 3
    assert MAX_PIXELS // reduction(MAX_PIXELS, 1) ** 2 <= KEPT_PIXELS
    for pages in (0, -1, 100_000):
        with pytest.raises(DecodeError):
            check_pages(pages)


@pytest.mark.parametrize("size", [(1, 1), (1, 20_000), (20_000, 1), (2, 65_000)])
def test_odd_shapes_are_pictures_too(size: tuple[int, int]) -> None:
    assert read(saved(Image.new("RGB", size, "red"), "PNG")).picture.shape == (size[1], size[0], 3)


def test_a_png_with_an_endless_text_beside_the_picture_is_read() -> None:
    data = png("red")
    text = b"zTXtcomment\0\0" + zlib.compress(bytes(80 << 20))
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    header = data.index(b"IDAT") - 4
    decoded = read(data[:header] + chunk + data[header:])
    assert decoded.picture[0, 0].tolist() == [255, 0, 0]
    assert decoded.warnings == ()
