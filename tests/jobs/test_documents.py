"""The ledger of documents at some size, and jobs that read in rounds."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from scans import pages_of, write_pages

from jobs.documents import DocumentLedger
from jobs.exits import Exit
from ocr.pages import page_id
from ocr.sources import Source
from ocr.units import Unit

MANY = 5000


def source(number: int) -> Source:
    address = f"/scans/2026/11/clinic-{number % 30:03}/page{number:08}.jpg"
    return Source(f"{number:032x}", address, f"{number}-{number:019}", address)


def rows(*pages: tuple[int, int | None, int | None]) -> pa.Table:
    """Rows of (document, page, pages)."""
    ids = [source(number).source_id for number, _, _ in pages]
    return pa.table(
        {
            "source_id": ids,
            "page_id": [page_id(id_, page) for id_, (_, page, _) in zip(ids, pages, strict=True)],
            "pages": pa.array([pages for _, _, pages in pages], pa.int32()),
            "source": [source(number).address for number, _, _ in pages],
        }
    )


def test_what_is_written_does_not_wait_and_the_rest_does_in_order() -> None:
    ledger = DocumentLedger(map(source, range(MANY)))
    left = [7, 1023, 1024, 4999]
    assert all(ledger.note(rows(*((number, 1, 1) for number in range(MANY) if number not in left))))
    assert ledger.note(rows((7, 2, 3), (7, 2, 3), (7, 1, 3), (1024, None, None))) == [True, False, True, True]
    waiting = list(ledger.waiting())
    assert [each.source for each in waiting] == [source(number) for number in (7, 1023, 4999)]
    assert [each.pages for each in waiting] == [3, None, None]
    assert waiting[0].seen == {page_id(source(7).source_id, page) for page in (1, 2)}
    assert (ledger.finished, ledger.total) == (MANY - 3, MANY)


def test_rows_of_other_documents_come_once() -> None:
    ledger = DocumentLedger(map(source, range(3)))
    others = rows((8, 1, 2), (8, 2, 2), (9, None, None))
    assert ledger.belongs(others) == [False] * 3
    assert ledger.superseded(others) == [False] * 3
    assert ledger.note(others) == [True] * 3
    assert ledger.note(others) == [False] * 3
    assert (ledger.finished, ledger.total) == (0, 3)


def test_a_document_takes_a_hundred_bytes() -> None:
    tracemalloc.start()
    ledger = DocumentLedger(map(source, range(MANY)))
    ledger.note(rows(*((number, 1, 1) for number in range(MANY))))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert ledger.finished == MANY
    assert held / MANY < 100


@pytest.mark.filterwarnings("ignore:`use_.*` is deprecated:DeprecationWarning")  # Ray's own
@pytest.mark.slow
def test_every_page_comes_once_when_there_are_several_rounds(
    run_job: Callable[..., Exit], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.ocr._DOCUMENTS_A_ROUND", {Unit.PAGE: 3})
    write_pages(tmp_path / "scans", range(7))
    assert run_job(tmp_path / "scans", tmp_path / "out", workers=1) == Exit.OK
    assert pages_of(tmp_path / "out") == [(f"page{number:03}.png", 1) for number in range(7)]
