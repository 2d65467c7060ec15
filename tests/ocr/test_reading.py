"""Pages through an engine to records: what fails, and what is blank, costs only itself."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from multilingual.clinical.formulary import load_formulary
from multilingual.clinical.formulary_index import FormularyIndex
from ocr.engines import make_engine
from ocr.engines.base import Fragment, Picture, Unread
from ocr.pages import Page, open_pages
from ocr.reading import read_pages
from ocr.records import PAGE_SCHEMA, Status, TextLine, from_row, to_row
from ocr.sources import find_sources
from ocr.units import Unit

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(scope="module")
def index() -> FormularyIndex:
    return FormularyIndex(load_formulary())


def page(picture: Picture | None, name: str = "p") -> Page:
    error = None if picture is not None else "cannot be opened"
    return Page(
        page_id=name,
        source_id=name,
        document_id=None,
        source=f"{name}.png",
        page=1,
        pages=1,
        picture=picture,
        error_stage=error and "decode",
        error=error,
        warnings=(),
    )


class Picky:
    """An engine that cannot bear black pages."""

    name, version, uses_gpu = "picky", "1", False

    def read(self, pages: Sequence[Picture]) -> list[list[Fragment]]:
        if any(not picture.any() for picture in pages):
            raise ValueError("black")
        line = TextLine("Tab Dolo 650 1-0-1", 0.9, (0, 0, 90, 0, 90, 20, 0, 20))
        return [[Fragment(line)] for _ in pages]


def test_a_page_that_defeats_the_engine_costs_only_itself(index: FormularyIndex) -> None:
    white, black = np.full((40, 100, 3), 255, np.uint8), np.zeros((40, 100, 3), np.uint8)
    records = read_pages(
        [page(white, "a"), page(black, "b"), page(None, "c"), page(white, "d")], Picky(), index
    )
    assert [record.page_id for record in records] == ["a", "b", "c", "d"]
    assert [record.status for record in records] == [Status.OK, Status.ERROR, Status.ERROR, Status.OK]
    assert (records[1].error_stage, records[1].error) == ("engine", "ValueError: black")
    assert (records[2].error_stage, records[2].error) == ("decode", "cannot be opened")
    assert records[0].medications[0].drug == "Dolo"


def test_a_blank_page_is_fine_and_an_unreadable_one_is_doubtful(index: FormularyIndex) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (300, 400, 3), np.uint8)
    blank, unread = read_pages(
        [page(np.full((300, 400, 3), 240, np.uint8)), page(noise)], make_engine("paddle", None), index
    )
    for record in (blank, unread):
        assert (record.text, record.lines, record.medications) == ("", (), ())
    assert (blank.status, blank.warnings) == (Status.OK, ())
    assert unread.status is Status.REVIEW
    assert unread.warnings


def test_a_sample_comes_out_and_survives_as_a_row(index: FormularyIndex) -> None:
    [source] = find_sources([str(SAMPLES / "1-fever.jpg")])
    [record] = read_pages(list(open_pages(source)), make_engine("paddle", None), index)
    assert [item.drug for item in record.medications] == ["Dolo", "Azithral", "Ascoril", "Cetzine"]
    assert [item.times_per_day for item in record.medications] == [2.0, 1.0, 3.0, 1.0]
    assert set(to_row(record)) == set(PAGE_SCHEMA.names)
    assert from_row(to_row(record)) == record


class Understanding:
    """An engine that tells whole orders, wherever they stand; of a dark page that it could not be read."""

    name, version, uses_gpu = "understanding", "1", False

    def __init__(self, *texts: str, doubts: tuple[str, ...] = ()) -> None:
        box = (0.0, 0.0, 100.0, 0.0, 100.0, 40.0, 0.0, 40.0)
        self._told = [Fragment(TextLine(text, 0.9, box), whole=True, doubts=doubts) for text in texts]

    def read(self, pages: Sequence[Picture]) -> list[list[Fragment] | Unread]:
        return [self._told if picture.any() else Unread("too little memory") for picture in pages]

    def read_lines(self, crops: Sequence[Picture]) -> list[Fragment | Unread | None]:
        return [self._told[0] for _ in crops]


WHITE = np.full((40, 100, 3), 255, np.uint8)


def test_whole_orders_stay_apart_and_are_all_kept(index: FormularyIndex) -> None:
    # On one place, of which two look like directions, one like a heading, and two like nothing.
    texts = ("Tab Dolo 650 1-0-1", "x 5 days", "BP 120/80", "Zz", "---", "Pan 40 mg OD")
    [record] = read_pages([page(WHITE)], Understanding(*texts), index)
    assert [line.text for line in record.lines] == list(texts)
    assert [item.line for item in record.medications] == list(texts)
    first, *_, last = record.medications
    assert (first.drug, first.duration_days) == ("Dolo", None)
    assert (last.drug, last.times_per_day) == ("Pan", 1.0)


def test_what_an_engine_doubts_is_for_review(index: FormularyIndex) -> None:
    sure, unsure = Understanding("Tab Dolo 650 1-0-1"), Understanding("Tab Dolo 650 1-0-1", doubts=("cut",))
    assert read_pages([page(WHITE)], sure, index)[0].status is Status.OK
    for unit in Unit:
        [record] = read_pages([page(WHITE)], unsure, index, unit)
        [item] = record.medications
        assert record.status is Status.REVIEW
        assert (item.needs_review, item.review_reasons, item.confidence) == (True, ("cut",), None)


def test_several_whole_orders_on_a_line_are_several_medications(index: FormularyIndex) -> None:
    engine = Understanding("Zz; Dolo; Tab Pan 40 mg OD")
    [record] = read_pages([page(WHITE)], engine, index, Unit.LINE)
    assert [item.drug_text for item in record.medications] == ["Zz", "Dolo", "Pan"]


def test_a_page_that_an_engine_cannot_read_is_an_error_of_its_own(index: FormularyIndex) -> None:
    dark = np.zeros((40, 100, 3), np.uint8)
    good, bad = read_pages([page(WHITE), page(dark)], Understanding("Tab Dolo 650 1-0-1"), index)
    assert good.status is Status.OK
    assert (bad.status, bad.error_stage, bad.error) == (Status.ERROR, "engine", "too little memory")
