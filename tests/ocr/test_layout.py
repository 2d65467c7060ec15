"""Fragments to lines in reading order: properties that hold for every page, and pages as they occur."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from growth import growth
from hypothesis import given
from hypothesis import strategies as st

from ocr.columns import goes_on
from ocr.engines.base import Fragment
from ocr.layout import arrange
from ocr.records import Box, TextLine

LINE = 40.0  # height of a line in these pages
PITCH = 60.0


def piece(text: str, x: float, row: float, width: float | None = None) -> TextLine:
    """A level fragment at `x` whose line is number `row`."""
    wide = width or 18.0 * len(text)
    top = PITCH * row
    return TextLine(text, 0.9, (x, top, x + wide, top, x + wide, top + LINE, x, top + LINE))


def turned(fragments: Sequence[TextLine], degrees: float) -> list[TextLine]:
    """The page turned about its corner."""
    angle = np.deg2rad(degrees)
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

    def turn(box: Box) -> Box:
        return tuple((np.array(box).reshape(4, 2) @ matrix.T).ravel())  # type: ignore[return-value]

    return [TextLine(fragment.text, fragment.score, turn(fragment.box)) for fragment in fragments]


def arranged(lines: Sequence[TextLine]) -> list[TextLine]:
    return [fragment.line for fragment in arrange([Fragment(line) for line in lines])]


def read(fragments: Sequence[TextLine]) -> list[str]:
    return [line.text for line in arranged(fragments)]


words = st.text("abcdefghij", min_size=3, max_size=9)
slant = st.floats(-14, 14)


@st.composite
def one_column(draw: st.DrawFn) -> tuple[list[TextLine], list[str]]:
    """Lines of a few words each, and how they read."""
    fragments, expected = [], []
    for row in range(draw(st.integers(1, 8))):
        line = draw(st.lists(words, min_size=2, max_size=4))
        x = draw(st.floats(0, 100))
        for word in line:
            fragments.append(piece(word, x, row))
            x += 18.0 * len(word) + draw(st.floats(5, 60))
        expected.append(" ".join(line))
    return fragments, expected


@given(page=one_column(), degrees=slant, data=st.data())
def test_lines_are_joined_whatever_the_skew_and_the_order(
    page: tuple[list[TextLine], list[str]], degrees: float, data: st.DataObject
) -> None:
    fragments, expected = page
    assert read(data.draw(st.permutations(turned(fragments, degrees)))) == expected


@st.composite
def anything(draw: st.DrawFn) -> list[TextLine]:
    """Boxes anywhere, of any size, one upon another."""
    side = st.floats(1, 1000)
    boxes = draw(st.lists(st.tuples(side, side, st.floats(1, 400), st.floats(1, 200)), max_size=25))
    return [
        TextLine(f"w{n}", 0.5, (x, y, x + width, y, x + width, y + height, x, y + height))
        for n, (x, y, width, height) in enumerate(boxes)
    ]


@given(fragments=anything(), degrees=slant, data=st.data())
def test_each_fragment_comes_out_once(fragments: list[TextLine], degrees: float, data: st.DataObject) -> None:
    page = turned(fragments, degrees)
    lines = read(page)
    assert Counter(word for line in lines for word in line.split()) == Counter(f.text for f in page)
    assert read(data.draw(st.permutations(page))) == lines


@given(page=one_column(), degrees=slant)
def test_a_line_box_holds_its_pieces_and_lies_along_the_line(
    page: tuple[list[TextLine], list[str]], degrees: float
) -> None:
    for line in arranged(turned(page[0], degrees)):
        points = np.array(line.box).reshape(4, 2)
        along = points[1] - points[0]
        assert np.rad2deg(np.arctan2(along[1], along[0])) == pytest.approx(degrees, abs=0.5)
        assert np.linalg.norm(points[3] - points[0]) == pytest.approx(LINE, abs=0.5)


def test_the_score_is_weighted_by_length() -> None:
    short, long = piece("ab", 0, 0), piece("abcdef", 45, 0)
    (line,) = arranged([TextLine("ab", 0.2, short.box), TextLine("abcdef", 1.0, long.box)])
    assert line.score == pytest.approx((0.2 * 2 + 1.0 * 6) / 8)


MARGIN = [piece(text, 0, row) for row, text in enumerate(["Fever", "BP 120", "Pulse 80", "DM no"], start=2)]
ORDERS = ["Tab Crocin 500 TDS", "Tab Pantop 40 OD", "Syp Grilinctus 5 ml", "Cap Becosules OD"]


@pytest.mark.parametrize("degrees", [-12, 0, 9])
@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_a_margin_is_read_apart_from_the_medicines(degrees: float, shift: float) -> None:
    header = [piece("A Clinic of the Town and of its Suburbs", 0, 0)]
    medicines = [piece(text, 260, 2 + shift + 1.0 * row) for row, text in enumerate(ORDERS)]
    footer = [piece("Open from ten to two, closed on Sundays", 0, 8)]
    lines = read(turned(header + medicines + MARGIN + footer, degrees))
    assert lines == [header[0].text, *(m.text for m in MARGIN), *ORDERS, footer[0].text]


@pytest.mark.parametrize("degrees", [-10, 0, 5])
def test_a_dose_far_to_the_right_belongs_to_its_medicine(degrees: float) -> None:
    doses = ["1-0-1 x 5 days", "OD", "TDS", "0-0-1"]
    names = ["Tab Crocin 500", "Tab Pantop 40", "Syp Grilinctus 5 ml", "Cap Becosules"]
    page = [piece(text, 0, row) for row, text in enumerate(names)]
    page += [piece(text, 700, row) for row, text in enumerate(doses)]
    assert read(turned(page, degrees)) == [f"{n} {d}" for n, d in zip(names, doses, strict=True)]


def test_one_dose_far_to_the_right_belongs_to_its_medicine() -> None:
    assert read([piece("Tab Crocin 500", 0, 0), piece("1-0-1", 800, 0)]) == ["Tab Crocin 500 1-0-1"]


def test_one_vital_sign_left_of_a_medicine_stays_apart() -> None:
    assert read([piece("BP 120/80", 0, 0), piece("Tab Crocin 500 TDS", 400, 0)]) == [
        "BP 120/80",
        "Tab Crocin 500 TDS",
    ]


def test_handwriting_that_climbs_stays_on_its_line() -> None:
    climbing = turned([piece("Tab Crocin", 0, 0), piece("500 mg", 200, 0), piece("twice", 330, 0)], -5)
    level = [piece("Dr. Somebody of Somewhere", 0, 3, width=900), piece("Regd. No. 000", 0, 5, width=900)]
    assert read(climbing + level)[0] == "Tab Crocin 500 mg twice"


def test_text_that_runs_down_the_page_comes_last() -> None:
    down = TextLine("printed at the side", 0.9, (0, 0, 30, 0, 30, 500, 0, 500))
    assert read([down, piece("Tab Crocin", 100, 1)]) == ["Tab Crocin", "printed at the side"]


def test_an_empty_page() -> None:
    assert arrange([]) == []


def test_time_grows_no_faster_than_pairs_of_pieces() -> None:
    random = np.random.default_rng(5)
    # The same places in each trial: pages take different times.
    places = random.uniform((0, 0), (3000, 80), (400, 2))
    pieces = [piece(f"w{n}", x, row, width=80) for n, (x, row) in enumerate(places)]

    def arranged(count: int) -> None:
        goes_on.cache_clear()
        assert sum(len(line.split()) for line in read(pieces[:count])) == count

    assert growth(arranged, 100, 400) < 32  # sixteen times the pairs, sixty-four times the triples
