"""The stages of the prescription job, as Ray runs them. They exchange tables and raise nothing.

    decode_pages: DOCUMENTS -> PICTURES  a document (less its pages already written) -> its pages, one a row
    ReadPages:    PICTURES  -> PACKED    pages -> result rows, packed: one row a call of the engine

Whatever goes wrong with a page is that page's row: an exception that left a stage would carry text into Ray's
logs.
"""

import pickle
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from jobs.job import LOST
from jobs.options import PAGE_LIMIT_S
from jobs.packed import Calls, packed
from jobs.time_limit import TimeLimit
from multilingual.clinical.formulary import Formulary
from multilingual.clinical.formulary_index import FormularyIndex
from ocr.engines import make_engine
from ocr.engines.base import Engine, Picture
from ocr.pages import Page, open_pages, page_id
from ocr.reading import read_pages
from ocr.records import PAGE_SCHEMA, PageRecord, Status, to_row
from ocr.sources import Source
from ocr.units import Unit

DOCUMENTS = pa.schema(
    [
        pa.field("source", pa.binary()),  # a pickled Source, made by this job's driver
        pa.field("done", pa.list_(pa.string())),  # page_ids that need not be read again
    ]
)

PICTURES = pa.schema(
    [
        pa.field("page_id", pa.string()),
        pa.field("source_id", pa.string()),
        pa.field("document_id", pa.string()),
        pa.field("source", pa.string()),
        pa.field("page", pa.int32()),
        pa.field("pages", pa.int32()),
        pa.field("error_stage", pa.string()),
        pa.field("error", pa.string()),
        pa.field("warnings", pa.list_(pa.string())),
        pa.field("height", pa.int32()),
        pa.field("width", pa.int32()),
        pa.field("pixels", pa.large_binary()),  # RGB, row by row; null where the page did not open
    ]
)
CARRIED = PICTURES.names[: PICTURES.names.index("height")]
"""What is known of a page before it is read."""

LONGEST_CALL_S = 8.0
"""About how long one call of the engine may last, so that results leave the worker steadily."""


def documents(waiting: Sequence[tuple[Source, frozenset[str]]]) -> pa.Table:
    """Rows of DOCUMENTS for sources and the page_ids of each that are written already."""
    rows = [{"source": pickle.dumps(source), "done": list(done)} for source, done in waiting]
    return pa.Table.from_pylist(rows, schema=DOCUMENTS)


def decode_pages(
    batch: pa.Table, unit: Unit = Unit.PAGE, limit_s: float = PAGE_LIMIT_S
) -> Iterator[pa.Table]:
    """DOCUMENTS -> PICTURES, a page at a time, each within the limit."""
    limit = TimeLimit(limit_s)
    for row in batch.to_pylist():
        source: Source = pickle.loads(row["source"])  # noqa: S301 - pickled by this job's own driver
        pages = _open(source, frozenset(row["done"]), unit)
        while True:
            with limit.of():
                page = next(pages, None)
            if page is None:
                break
            yield _picture_table(page)


def _open(source: Source, done: frozenset[str], unit: Unit) -> Iterator[Page]:
    try:
        yield from open_pages(source, done, unit)
    except Exception as failure:  # open_pages promises not to raise; a slip there costs one document
        yield Page(
            page_id=page_id(source.source_id, None),
            source_id=source.source_id,
            document_id=None,
            source=source.address,
            page=None,
            pages=None,
            picture=None,
            error_stage="decode",
            error=f"opening the document failed ({type(failure).__name__})",
            warnings=(),
        )


def _picture_table(page: Page) -> pa.Table:
    height, width = (None, None) if page.picture is None else page.picture.shape[:2]
    row = {name: getattr(page, name) for name in CARRIED} | {"height": height, "width": width}
    table = pa.Table.from_pylist([row], schema=PICTURES.remove(PICTURES.get_field_index("pixels")))
    return table.append_column(PICTURES.field("pixels"), _pixels(page.picture))


def _pixels(picture: Picture | None) -> pa.LargeBinaryArray:
    """A column of one picture, without a copy. (Arrow 26 leaks what it converts from a memoryview.)"""
    if picture is None:
        return pa.nulls(1, pa.large_binary())
    data = pa.py_buffer(np.ascontiguousarray(picture))
    offsets = pa.py_buffer(np.array([0, data.size], np.int64))
    return pa.LargeBinaryArray.from_buffers(pa.large_binary(), 1, [None, offsets, data])


class ReadPages:
    """PICTURES -> PACKED with one engine, loaded once a worker; each page within the limit."""

    def __init__(
        self,
        engine: str,
        options: Mapping[str, str],
        formulary: Formulary,
        unit: Unit = Unit.PAGE,
        limit_s: float = PAGE_LIMIT_S,
    ) -> None:
        self._engine, self._unit = make_engine(engine, options), unit
        self._index = FormularyIndex(formulary)
        self._calls = Calls(LONGEST_CALL_S)
        self._limit = TimeLimit(limit_s, LONGEST_CALL_S)

    def __call__(self, batch: pa.Table) -> Iterator[pa.Table]:
        """Read a batch, in as few calls as `LONGEST_CALL_S` allows."""
        for call in self._calls.of(batch.num_rows):
            pages = pages_of(batch.slice(call.start, call.stop - call.start))
            with self._limit.of(len(pages)):
                records = self._read(pages)
            yield packed(result_rows(records))

    def failed(self, batch: pa.Table, error: str) -> Iterator[pa.Table]:
        """Error rows of a batch."""
        yield packed(result_rows([failed_page(page, self._engine, error) for page in pages_of(batch)]))

    def _read(self, pages: list[Page]) -> list[PageRecord]:
        try:
            return read_pages(pages, self._engine, self._index, self._unit)
        except Exception as failure:  # read_pages promises not to raise; a slip there costs these pages
            error = f"reading the page failed ({type(failure).__name__})"
            return [failed_page(page, self._engine, error) for page in pages]


def failed_page(page: Page, engine: Engine, error: str) -> PageRecord:
    """The error record of a page that an engine failed over."""
    return PageRecord(
        page_id=page.page_id,
        source_id=page.source_id,
        document_id=page.document_id,
        source=page.source,
        page=page.page,
        pages=page.pages,
        status=Status.ERROR,
        error_stage="engine",
        error=error,
        engine=engine.name,
        engine_version=engine.version,
    )


def lost_pages(
    source: Source, pages: int | None, seen: frozenset[str], engine: str, version: str
) -> pa.Table:
    """Error rows (PAGE_SCHEMA) for the pages of a document not in `seen`: their worker failed over them.

    `pages` is None when not even one page of it came out of the decoder.
    """
    numbers = (
        [None]
        if pages is None
        else [n for n in range(1, pages + 1) if page_id(source.source_id, n) not in seen]
    )
    records = [
        PageRecord(
            page_id=page_id(source.source_id, number),
            source_id=source.source_id,
            source=source.address,
            page=number,
            pages=pages,
            status=Status.ERROR,
            error_stage="decode" if pages is None else "engine",
            error=LOST,
            engine=engine,
            engine_version=version,
        )
        for number in numbers
    ]
    return result_rows(records)


def result_rows(records: Sequence[PageRecord]) -> pa.Table:
    """Rows of PAGE_SCHEMA."""
    return pa.Table.from_pylist([to_row(record) for record in records], schema=PAGE_SCHEMA)


def pages_of(batch: pa.Table) -> list[Page]:
    """The pages of a PICTURES table; their pictures are read-only views of it."""
    return [
        Page(**row | {"warnings": tuple(row["warnings"]), "picture": _picture(pixels, height, width)})
        for row, pixels, height, width in zip(
            batch.select(CARRIED).to_pylist(), batch["pixels"], batch["height"], batch["width"], strict=True
        )
    ]


def _picture(pixels: pa.LargeBinaryScalar, height: pa.Int32Scalar, width: pa.Int32Scalar) -> Picture | None:
    if not pixels.is_valid:
        return None
    return np.frombuffer(pixels.as_buffer(), np.uint8).reshape(height.as_py(), width.as_py(), 3)
