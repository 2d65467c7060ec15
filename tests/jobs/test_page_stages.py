"""The stages by themselves, without Ray."""

from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pytest
from PIL import Image
from scans import page_picture, write_document

from jobs.packed import unpacked
from jobs.page_stages import PICTURES, ReadPages, decode_pages, documents, lost_pages
from multilingual.clinical.formulary import load_formulary
from ocr.pages import open_pages, page_id
from ocr.records import PAGE_SCHEMA
from ocr.sources import Source, find_sources


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return next(iter(find_sources([str(write_document(tmp_path / "three.tiff", range(3)))])))


def test_pages_reach_the_engine_as_they_were_opened(source: Source, formulary: Path) -> None:
    seen = []

    class Watched(ReadPages):
        def _read(self, pages):  # type: ignore[no-untyped-def]
            seen.extend(pages)
            return super()._read(pages)

    batch = pa.concat_tables(decode_pages(documents([(source, frozenset())])))
    assert batch.schema.equals(PICTURES)
    rows = pa.concat_tables(map(unpacked, Watched("fake", {}, load_formulary(str(formulary)))(batch)))
    assert rows.schema.equals(PAGE_SCHEMA)
    assert rows["page"].to_pylist() == [1, 2, 3]
    for page, expected in zip(seen, open_pages(source), strict=True):
        assert np.array_equal(page.picture, expected.picture)
        assert page.page_id == expected.page_id


def test_pages_that_are_done_are_not_opened(source: Source) -> None:
    done = frozenset({page_id(source.source_id, 1), page_id(source.source_id, 3)})
    (page,) = decode_pages(documents([(source, done)]))
    assert page["page"].to_pylist() == [2]


def test_lost_pages_are_those_not_seen(source: Source) -> None:
    seen = frozenset({page_id(source.source_id, 2)})
    assert lost_pages(source, 3, seen, "fake", "1")["page"].to_pylist() == [1, 3]
    assert lost_pages(source, None, frozenset(), "fake", "1")["page"].to_pylist() == [None]


@pytest.mark.slow
def test_memory_is_flat_over_many_pages(tmp_path: Path) -> None:
    page = page_picture(0).resize((1000, 1000))
    pages = [Image.eval(page, lambda grey, shade=shade: max(0, grey - shade)) for shade in range(80)]
    pages[0].save(tmp_path / "many.tiff", save_all=True, append_images=pages[1:], compression="tiff_lzw")
    del pages
    source = next(iter(find_sources([str(tmp_path / "many.tiff")])))
    opened = decode_pages(documents([(source, frozenset())]))
    memory = [psutil.Process().memory_info().rss for _ in opened]
    assert len(memory) == 80
    assert max(memory[40:]) - max(memory[:40]) < 30 * 2**20  # forty pages are 120 MB
