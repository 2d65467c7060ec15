"""Pages through an engine to records: read, arrange the lines, find the medications.

The one composition that the command line and the job share. A page that fails costs only itself.
"""

from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np

from multilingual.clinical.formulary_index import FormularyIndex
from ocr.engines.base import Engine, Fragment, Unread
from ocr.layout import arrange
from ocr.medications import read_line, read_prescription
from ocr.pages import Page
from ocr.records import PageRecord, Status
from ocr.units import Unit

_Reading = Sequence[Fragment] | Exception

_UNREAD = "nothing was read, though the page is not blank"
_BLANK_SPREAD = 8.0
"""Standard deviation of grey levels, 0 to 255, that an empty sheet stays under."""


def read_pages(
    pages: Sequence[Page], engine: Engine, index: FormularyIndex, unit: Unit = Unit.PAGE
) -> list[PageRecord]:
    """One record a page or a picture of one line, in order; what did not open comes back as an error record.

    The readable pages go to the engine as one batch; when that fails they are read again one by one, so that
    only the page at fault becomes an error. `elapsed_ms` is a page's share of the batch's time.
    """
    started = perf_counter()
    readings = iter(_read([page for page in pages if page.picture is not None], engine, unit))
    records = [
        _error(page, engine, page.error_stage, page.error)
        if page.picture is None
        else _record(page, next(readings), engine, index, unit)
        for page in pages
    ]
    share = (perf_counter() - started) * 1000 / max(1, len(pages))
    return [r if r.status is Status.ERROR else replace(r, elapsed_ms=share) for r in records]


def _read(pages: Sequence[Page], engine: Engine, unit: Unit) -> list[_Reading]:
    pictures = [page.picture for page in pages if page.picture is not None]
    if not pictures:
        return []
    try:
        if unit is Unit.PAGE:
            return list(engine.read(pictures))
        return [_as_page(line) for line in engine.read_lines(pictures)]
    except Exception as failure:  # an engine may fail in any way; its page is a row all the same
        if len(pictures) == 1:
            return [failure]
    return [reading for page in pages for reading in _read([page], engine, unit)]


def _as_page(line: Fragment | Unread | None) -> _Reading:
    if isinstance(line, Unread):
        return line
    return [] if line is None else [line]


def _record(page: Page, reading: _Reading, engine: Engine, index: FormularyIndex, unit: Unit) -> PageRecord:
    if isinstance(reading, Exception):
        told = str(reading) if isinstance(reading, Unread) else f"{type(reading).__name__}: {reading}"
        return _error(page, engine, "engine", told)
    try:
        fragments = arrange(reading)
        if unit is Unit.LINE and fragments:
            prescription = read_line(fragments[0], index)
        else:
            prescription = read_prescription(fragments, index)
    except Exception as failure:  # a page whose text defeats the parser is a row, not a dead job
        return _error(page, engine, "parse", type(failure).__name__)
    lines, medications = [fragment.line for fragment in fragments], prescription.medications
    warnings = page.warnings if lines or _is_blank(page) else (*page.warnings, _UNREAD)
    doubtful = bool(warnings) or any(medication.needs_review for medication in medications)
    return PageRecord(
        **_identity(page, engine) | {"warnings": warnings},
        status=Status.REVIEW if doubtful else Status.OK,
        text="\n".join(line.text for line in lines),
        text_decoded="\n".join(prescription.decoded),
        lines=tuple(lines),
        medications=tuple(medications),
    )


def _is_blank(page: Page) -> bool:
    return page.picture is None or float(np.std(page.picture[::4, ::4])) < _BLANK_SPREAD


def _error(page: Page, engine: Engine, stage: str | None, reason: str | None) -> PageRecord:
    return PageRecord(**_identity(page, engine), status=Status.ERROR, error_stage=stage, error=reason)


def _identity(page: Page, engine: Engine) -> dict[str, Any]:
    height, width = (None, None) if page.picture is None else page.picture.shape[:2]
    return {
        "page_id": page.page_id,
        "source_id": page.source_id,
        "document_id": page.document_id,
        "source": page.source,
        "page": page.page,
        "pages": page.pages,
        "width": width,
        "height": height,
        "warnings": page.warnings,
        "engine": engine.name,
        "engine_version": engine.version,
    }
