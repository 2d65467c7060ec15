"""Readings drawn on pages: legible at any size, doubt shown, every script."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ocr.draw import draw
from ocr.engines.base import Picture
from ocr.fonts import PRINT, wrap
from ocr.records import Box, Medication, PageRecord, Status, TextLine

GREEN, ORANGE = (22, 120, 60), (200, 80, 0)


def record(width: int, height: int, *medications: Medication) -> PageRecord:
    box: Box = (
        0.1 * width,
        0.2 * height,
        0.6 * width,
        0.2 * height,
        0.6 * width,
        0.3 * height,
        0.1 * width,
        0.3 * height,
    )
    return PageRecord(
        page_id="0", source_id="0", source="page.png", page=1, width=width, height=height, status=Status.OK,
        engine="fake", engine_version="1", medications=medications,
        lines=(TextLine("Tab Dolo 650 BD", 0.9, box),),
    )  # fmt: skip


def medication(doubt: str | None = None, name: str = "Dolo") -> Medication:
    return Medication(
        line=f"Tab {name} 650 BD", drug_text=name, drug=name, frequency="BD", duration_days=5.0, score=0.9,
        box=(50.0, 60.0, 200.0, 70.0, 198.0, 100.0, 48.0, 90.0), needs_review=doubt is not None,
        review_reasons=(doubt,) if doubt else (),
    )  # fmt: skip


def pixels(picture: Picture, colour: tuple[int, int, int]) -> int:
    return int((picture == np.array(colour, np.uint8)).all(axis=2).sum())


@pytest.mark.parametrize(("width", "height"), [(40, 60), (400, 300), (1200, 1600), (3000, 4000)])
def test_the_page_stands_left_of_its_readings(width: int, height: int) -> None:
    page = np.full((height, width, 3), 230, np.uint8)
    drawn = draw(page, record(width, height, medication()))
    assert drawn.dtype == np.uint8
    assert drawn.shape[0] >= height
    assert drawn.shape[1] > width
    assert pixels(drawn, GREEN) > 0
    assert page.min() == page.max() == 230  # the picture given is left alone


def test_doubt_is_orange_and_only_doubt() -> None:
    page = np.full((500, 400, 3), 230, np.uint8)
    sure = draw(page, record(400, 500, medication()))
    doubtful = draw(page, record(400, 500, medication("does not come in 650")))
    assert pixels(sure, ORANGE) == 0 < pixels(sure, GREEN)
    assert pixels(doubtful, GREEN) == 0 < pixels(doubtful, ORANGE)


def test_a_long_list_of_readings_is_not_cut_off() -> None:
    page = np.full((200, 400, 3), 230, np.uint8)
    few, many = (draw(page, record(400, 200, *[medication("why not")] * n)) for n in (1, 12))
    assert many.shape[0] > few.shape[0]
    assert (many[-3:] == many[-1, -1]).all()  # the last reading ends above the edge


def test_a_page_without_medicines_says_so() -> None:
    page = np.full((300, 300, 3), 230, np.uint8)
    panel = draw(page, record(300, 300))[:, 310 * 2 :]
    assert (panel < 100).any()


def test_text_without_a_box_is_listed() -> None:
    page = np.full((300, 300, 3), 230, np.uint8)
    drawn = draw(page, record(300, 300, Medication(line="Tab A", drug_text="A", score=1.0)))
    assert pixels(drawn, GREEN) > 0


def _strip(text: str) -> Picture:
    sheet = Image.new("RGB", (200, 60), (255, 255, 255))
    PRINT.draw(ImageDraw.Draw(sheet), (10, 40), text, 30, (0, 0, 0))
    return np.asarray(sheet)


@pytest.mark.parametrize("pair", ["ab", "çã", "½¼", "कख", "ञण", "每日", "胶囊", "，。"])
def test_the_font_covers_the_scripts(pair: str) -> None:
    first, second = map(_strip, pair)
    assert (first < 128).any()
    assert (first != second).any()  # what a font lacks all looks the same


def test_wrapped_lines_fit_and_keep_the_text() -> None:
    text = (
        "Tab Augmentin 625 दिन में दो बार 阿莫西林胶囊每日三次口服连服七天 Donaudampfschifffahrtskapitänsmütze"
    )
    lines = wrap(PRINT, text, 20, 150)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(PRINT.width(line, 20) <= 150 for line in lines)
