"""Files for the tests of page intake, made in memory: pictures, PDFs, encrypted PDFs and zip archives."""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from PIL import Image, ImageDraw


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The image as a file of the kind that Pillow calls so."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def marked(width: int = 60, height: int = 40) -> Image.Image:
    """White, with a black block in the top left corner."""
    image = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(image).rectangle((0, 0, width // 3, height // 3), fill="black")
    return image


def png(colour: str | tuple[int, ...] = "white", size: tuple[int, int] = (40, 30)) -> bytes:
    return saved(Image.new("RGB", size, colour), "PNG")


def png_of(width: int, height: int, depth: int, colour: int, rows: bytes, palette: bytes = b"") -> bytes:
    """A PNG of any bit depth and colour type (0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA).

    `rows` is the pixels as they are packed, each row after a filter byte of 0.
    """
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
        if data or name != b"PLTE"
    )


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""
    return png_of(width, height, 1, 0, bytes(1000))


def zipped(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def pdf_of(bodies: Iterable[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of numbered objects, the first of them the catalogue."""
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(offsets) + 1
    return (
        out
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
        + b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (size, trailer, len(out))
    )


def drawn_pdf(pages: int = 1, box: str = "0 0 595 842", content: bytes = b"", page: bytes = b"") -> bytes:
    """A PDF of pages that all show `content` (drawing operators; font /F1 is Helvetica)."""
    kids = b" ".join(b"%d 0 R" % (5 + number) for number in range(pages))
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 3 0 R/Resources<</Font<</F1 4 0 R>>>>%s>>"
    return pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, pages),
            stream(content),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
            *[leaf % (box.encode(), page)] * pages,
        ]
    )


def scanned_pdf(image: Image.Image, points: tuple[int, int], content: bytes = b"", strips: int = 1) -> bytes:
    """A PDF page of so many points that the image fills, cut into strips; `content` is drawn over it."""
    wide, high = points
    rows = image.height // strips
    pieces = [image.crop((0, n * rows, image.width, (n + 1) * rows)).convert("RGB") for n in range(strips)]
    shown = b"".join(
        b"q %d 0 0 %f 0 %f cm /I%d Do Q " % (wide, high / strips, high - (n + 1) * high / strips, n)
        for n in range(strips)
    )
    names = b"".join(b"/I%d %d 0 R" % (n, 6 + n) for n in range(strips))
    objects = [
        stream(
            saved(piece, "JPEG", quality=95),
            b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8"
            b"/Filter/DCTDecode" % piece.size,
        )
        for piece in pieces
    ]
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents 3 0 R" % points
    return pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[5 0 R]/Count 1>>",
            stream(shown + content),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
            page + b"/Resources<</XObject<<%s>>/Font<</F1 4 0 R>>>>>>" % names,
            *objects,
        ]
    )


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(data), entries, data)


def encrypted_pdf(user_password: str) -> bytes:
    """A page with a black block on it, encrypted by the oldest of PDF's methods (RC4, 40 bits)."""
    padding = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
    permissions, identity = struct.pack("<i", -4), b"0123456789abcdef"
    user = (user_password.encode() + padding)[:32]
    owner_entry = _rc4(_md5((b"owner" + padding)[:32])[:5], user)
    key = _md5(user + owner_entry + permissions + identity)[:5]
    block = _rc4(_md5(key + struct.pack("<I", 3)[:3] + b"\0\0")[:10], b"0 0 100 100 re f")
    entries = b"/Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>" % (
        owner_entry.hex().encode(),
        _rc4(key, padding).hex().encode(),
    )
    identity_entry = b"/ID[<%s><%s>]" % ((identity.hex().encode(),) * 2)
    return pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[4 0 R]/Count 1>>",
            stream(block),
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 3 0 R>>",
            b"<<%s>>" % entries,
        ],
        trailer=b"/Encrypt 5 0 R" + identity_entry,
    )


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
