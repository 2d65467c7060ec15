"""What kind of file some bytes are, by their first bytes; names and suffixes are never asked."""

import re
from dataclasses import dataclass

HEAD = 1024  # bytes looked at; a PDF may carry that much before its own first line


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: what to call it, Pillow's names of it if we read it, else what to do with it."""

    name: str
    formats: tuple[str, ...] = ()
    advice: str = ""


PDF = Kind("a PDF")
ZIP = Kind("a zip archive", advice="unpack it, or name it as an input of its own")
PARQUET = Kind("a Parquet file", advice="name it as an input of its own")
EMPTY = Kind("an empty file of 0 bytes", advice="copy or scan it again")
TEXT = Kind("plain text", advice="only pictures and PDFs hold pages to read")
UNKNOWN = Kind("of no known kind", advice="save it as JPEG, PNG or PDF")

_AS_PICTURE = "save it as JPEG, PNG, TIFF or PDF"
_UNPACK = "unpack it first; of archives only .zip is read"

# Patterns over the first bytes, tried in order.
_SIGNATURES: tuple[tuple[re.Pattern[bytes], Kind], ...] = tuple(
    (re.compile(pattern, re.DOTALL), kind)
    for pattern, kind in (
        (rb"\xff\xd8\xff", Kind("a JPEG picture", ("JPEG", "MPO"))),
        (rb"\x89PNG\r\n\x1a\n", Kind("a PNG picture", ("PNG",))),
        (rb"RIFF.{4}WEBP", Kind("a WebP picture", ("WEBP",))),
        (rb"GIF8[79]a", Kind("a GIF picture", ("GIF",))),
        (rb"(II[\x2a\x2b]\x00|MM\x00[\x2a\x2b])", Kind("a TIFF", ("TIFF",))),
        (rb"BM.{12}[\x0c\x10-\x7c]\x00\x00\x00", Kind("a BMP picture", ("BMP",))),
        (rb".{4}ftyp(avif|avis)", Kind("an AVIF picture", ("AVIF", "HEIF"))),
        (rb".{4}ftyp(hei|hev|mif1|msf1)", Kind("a HEIC picture", ("HEIF", "AVIF"))),
        (rb"(\x00\x00\x00\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51)", Kind("a JPEG 2000 picture", ("JPEG2000",))),
        (rb"P[1-6]\s+(#[^\n]*\n\s*)*\d+\s", Kind("a PNM picture", ("PPM",))),
        (
            rb"PK\x03\x04.{26}(\[Content_Types\]\.xml|mimetype)",
            Kind("an Office document", advice="save it as PDF"),
        ),
        (rb"PK(\x03\x04|\x05\x06|\x07\x08)", ZIP),
        (rb"\x1f\x8b", Kind("a gzip archive", advice=_UNPACK)),
        (rb"7z\xbc\xaf\x27\x1c", Kind("a 7z archive", advice=_UNPACK)),
        (rb"Rar!\x1a\x07", Kind("a RAR archive", advice=_UNPACK)),
        (rb"(BZh[1-9]|\xfd7zXZ\x00|\x28\xb5\x2f\xfd)", Kind("a compressed archive", advice=_UNPACK)),
        (rb"PAR1", PARQUET),
        (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind("an old Office document", advice="save it as PDF")),
        (rb"\{\\rtf", Kind("an RTF document", advice="save it as PDF")),
        (rb"%!PS|\xc5\xd0\xd3\xc6", Kind("PostScript", advice="save it as PDF")),
        (rb".{128}DICM", Kind("a DICOM file", advice=_AS_PICTURE)),
        (rb"8BPS", Kind("a Photoshop file", advice=_AS_PICTURE)),
        (rb"(\xff\x0a|\x00\x00\x00\x0cJXL )", Kind("a JPEG XL picture", advice=_AS_PICTURE)),
        (rb"AT&TFORM", Kind("a DjVu document", advice="save it as PDF")),
        (rb".{4}ftyp", Kind("a video", advice="save one frame as JPEG or PNG")),
        (rb"(\xef\xbb\xbf)?\s*<(?i:!doctype html|html|head|body)", Kind("a web page", advice=_AS_PICTURE)),
        (
            rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?<svg",
            Kind("an SVG drawing", advice=_AS_PICTURE),
        ),
    )
)


def kind_of(data: bytes) -> Kind:
    """The kind of a file from its bytes, of which the first `HEAD` are enough."""
    if not data:
        return EMPTY
    head = data[:HEAD]
    for pattern, kind in _SIGNATURES:
        if pattern.match(head):
            return kind
    if b"%PDF-" in head:
        return PDF
    return TEXT if _is_text(head) else UNKNOWN


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # later, it is a character that the end of the head cuts
            return False
        text = head[: error.start].decode("utf-8")
    return all(character.isprintable() or character in "\t\r\n\f\ufeff" for character in text)
