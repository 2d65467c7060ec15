"""Small pictures in a Parquet file, a row each, for runs with the fake engine: quick to make and to open."""

import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

_HEIGHT, _WIDTH = 64, 96  # pixels
_ROWS_A_GROUP = 1000


def write_pictures(file: Path, count: int) -> Path:
    """Write so many pictures, no two alike, about 150 bytes each."""
    schema = pa.schema([pa.field("bytes", pa.binary())])
    pictures = _pictures(count)
    with pq.ParquetWriter(file, schema) as writer:
        while group := list(islice(pictures, _ROWS_A_GROUP)):
            writer.write_table(pa.table({"bytes": group}, schema=schema))
    return file


def _pictures(count: int) -> Iterator[bytes]:
    for number in range(count):
        picture = np.full((_HEIGHT, _WIDTH), 255, np.uint8)
        picture[16:48, 16:80] = (
            np.resize(np.frombuffer(number.to_bytes(8, "little"), np.uint8), (32, 64)) // 2
        )
        png = io.BytesIO()
        Image.fromarray(picture).save(png, "PNG", compress_level=1)
        yield png.getvalue()
