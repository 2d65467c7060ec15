"""One region of a page: it alone is read, and what is read stands where it stands on the page."""

from collections.abc import Sequence

import numpy as np
import pytest
from scripted_answers import started

from ocr.engines import ENGINES, make_engine
from ocr.engines.base import Fragment, Picture, Unread
from ocr.records import TextLine
from ocr.region import InRegion, Region, region_of


class Corner:
    """Tells the level of the first pixel that it is shown, and where its picture lies."""

    name, version, uses_gpu = "corner", "1", False

    def read(self, pages: Sequence[Picture]) -> list[list[Fragment] | Unread]:
        return [Unread("dark") if not page[0, 0, 0] else [self._fragment(page)] for page in pages]

    def read_lines(self, crops: Sequence[Picture]) -> list[Fragment | Unread | None]:
        return [None if not crop[0, 0, 0] else self._fragment(crop) for crop in crops]

    def _fragment(self, page: Picture) -> Fragment:
        height, width = map(float, page.shape[:2])
        box = (0.0, 0.0, width, 0.0, width, height, 0.0, height)
        return Fragment(TextLine(str(page[0, 0, 0]), 0.9, box), whole=True)


def page(level: int = 7, height: int = 100, width: int = 200) -> Picture:
    picture = np.zeros((height, width, 3), np.uint8)
    picture[20:, 30:] = level
    return picture


def test_it_alone_is_read_and_boxes_are_of_the_page() -> None:
    engine = InRegion(Corner(), Region(30, 20, 130, 60))
    (read,), (line,) = engine.read([page()]), engine.read_lines([page()])
    assert not isinstance(read, Unread) and isinstance(line, Fragment)
    for fragment in (*read, line):
        assert fragment.line.text == "7"
        assert fragment.line.box == (30, 20, 130, 20, 130, 60, 30, 60)
        assert fragment.whole


def test_a_page_that_does_not_hold_it_says_so_and_the_others_are_read() -> None:
    engine = InRegion(Corner(), Region(30, 20, 130, 60))
    first, small, dark, last = engine.read([page(1), page(2, 50, 200), page(0), page(4)])
    assert isinstance(small, Unread)
    assert str(small) == "the region 30,20,130,60 reaches beyond the page of 200 x 50 pixels"
    assert isinstance(dark, Unread) and str(dark) == "dark"
    assert [item.line.text for read in (first, last) if not isinstance(read, Unread) for item in read] == [
        *("1", "4")
    ]
    lines = engine.read_lines([page(0), page(2, 100, 100), page(3)])
    assert [type(line) for line in lines] == [type(None), Unread, Fragment]


@pytest.mark.parametrize(
    "name", [name for name in ENGINES if name not in {"both", "nuskha", "paddle", "tesseract"}]
)
def test_any_engine_reads_it(name: str) -> None:
    sheet = np.random.default_rng(0).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    part = np.ascontiguousarray(sheet[50:250, 100:300])
    engine = started(name)
    (whole,), (alone,) = InRegion(engine, Region(100, 50, 300, 250)).read([sheet]), engine.read([part])
    assert not isinstance(whole, Unread) and not isinstance(alone, Unread)
    assert [item.line.text for item in whole] == [item.line.text for item in alone]
    for there, here in zip(whole, alone, strict=True):
        assert np.allclose(np.subtract(there.line.box, here.line.box), [100, 50] * 4)


def test_it_is_named_as_its_engine() -> None:
    engine = make_engine("fake")
    region = InRegion(engine, Region(0, 0, 1, 1))
    assert (region.name, region.version, region.uses_gpu) == (engine.name, engine.version, engine.uses_gpu)


def test_it_is_told_by_four_numbers() -> None:
    assert region_of("10, 20,30,40") == Region(10, 20, 30, 40)


@pytest.mark.parametrize(
    "text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1.5,2,3,4", "5,2,5,4", "9,2,5,4", "-1,0,5,5", "0,5,5,5"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="x0,y0,x1,y1"):
        region_of(text)
