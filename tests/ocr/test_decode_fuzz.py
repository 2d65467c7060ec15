"""Whatever the bytes, decoding gives pages or a DecodeError: no other exception, no warning, no hang."""

import random
import time
from functools import cache

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_files import drawn_pdf, saved, scanned_pdf, zipped
from PIL import Image

from ocr.decode import open_document
from ocr.document import DecodeError

KINDS = [
    ("JPEG", "RGB", {}),
    ("JPEG", "CMYK", {"progressive": True}),
    ("PNG", "RGB", {}),
    ("PNG", "P", {}),
    ("WEBP", "RGB", {}),
    ("BMP", "RGB", {}),
    ("GIF", "P", {}),
    ("TIFF", "RGB", {}),
    ("TIFF", "RGB", {"save_all": True, "append_images": [Image.new("L", (20, 30))]}),
    ("AVIF", "RGB", {}),
    ("HEIF", "RGB", {}),
    ("JPEG2000", "RGB", {}),
]


@cache
def seeds() -> list[bytes]:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 40, 3)).astype(np.uint8))
    files = [saved(noise.convert(mode), kind, **options) for kind, mode, options in KINDS]
    page = scanned_pdf(noise, (60, 90), content=b"BT /F1 9 Tf 9 9 Td (Sample) Tj ET")
    return [*files, page, drawn_pdf(pages=2, box="0 0 50 60"), zipped({"a": b"b"})]


def mutated(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    at = rng.randrange(len(data))
    match rng.randrange(4):
        case 0:
            del changed[at:]
        case 1:
            del changed[at : at + rng.randrange(64)]
        case 2:
            changed[at:at] = rng.randbytes(rng.randrange(64))
        case _:
            for _ in range(rng.choice((1, 4, 16, 64))):
                changed[rng.randrange(min(len(data), rng.choice((64, 512, len(data)))))] = rng.randrange(256)
    return bytes(changed)


def decode_all(data: bytes) -> None:
    started = time.monotonic()
    try:
        document = open_document(data)
    except DecodeError as error:
        assert str(error)
        return
    for number in range(1, min(document.pages, 4) + 1):
        try:
            picture = document.page(number).picture
        except DecodeError as error:
            assert str(error)
        else:
            assert picture.dtype == np.uint8
            assert picture.ndim == 3
            assert picture.shape[2] == 3
    document.close()
    assert time.monotonic() - started < 20


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(kind=st.integers(0, 14), seed=st.integers(0, 2**32))
def test_damaged_files(kind: int, seed: int) -> None:
    decode_all(mutated(seeds()[kind], random.Random(seed)))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    decode_all(data)
