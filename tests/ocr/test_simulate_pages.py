"""Simulated pages: the same for the same numbers, ink in every box, a gold reading that the scorer takes."""

import io
import json
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from rapidfuzz import fuzz

from eval.prescriptions.gold import load_gold
from multilingual.clinical.formulary import load_formulary
from multilingual.scripts import script_of
from ocr.records import Box
from ocr.simulate.camera import Camera, photograph
from ocr.simulate.pages import simulated_page
from ocr.simulate.practices import practice_of
from ocr.simulate.records import PAGE_SCHEMA, SimulatedPage, gold_of, to_row

ENTRIES = load_formulary().entries


@pytest.fixture(scope="module")
def pages() -> list[SimulatedPage]:
    return [simulated_page(11, index, ENTRIES) for index in range(24)]


def picture_of(page: SimulatedPage) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(page.image.bytes)).convert("L"), np.float32)


def inside(picture: np.ndarray, box: Box) -> np.ndarray:
    """The pixels within the box's corners."""
    mask = np.zeros(picture.shape, np.uint8)
    cv2.fillConvexPoly(mask, np.array(box, np.float32).reshape(4, 2).round().astype(np.int32), 1)
    return picture[mask == 1]


def test_a_page_depends_on_its_numbers_alone(pages: list[SimulatedPage]) -> None:
    assert simulated_page(11, 5, ENTRIES) == pages[5]
    assert simulated_page(12, 5, ENTRIES).image.bytes != pages[5].image.bytes
    assert len({page.image.path for page in pages}) == len(pages)


def test_the_picture_is_what_the_record_says(pages: list[SimulatedPage]) -> None:
    for page in pages:
        assert picture_of(page).shape == (page.height, page.width)
        table = pa.Table.from_pylist([to_row(page)], schema=PAGE_SCHEMA)
        assert table.to_pylist()[0]["text"] == page.text


def test_every_box_holds_ink(pages: list[SimulatedPage]) -> None:
    boxes = dark = 0
    for page in pages:
        picture = picture_of(page)
        for line in page.lines:
            pixels = inside(picture, line.box)
            assert pixels.size
            # Writing is darker than the paper around it: the darkest pixels beside the median.
            dark += float(np.median(pixels) - np.percentile(pixels, 3)) > 12
            boxes += 1
    assert boxes > 200
    assert dark / boxes > 0.97  # a faint stamp may drown in shadow and noise


def test_a_medicines_box_holds_its_lines(pages: list[SimulatedPage]) -> None:
    for page in pages:
        lines = [line for line in page.lines if line.role == "medicine" and line.text != "Rx"]
        for medicine in page.medicines:
            hull = np.array(medicine.box, np.float32).reshape(4, 1, 2)
            for text in medicine.line.split("\n"):
                boxes = [np.array(line.box).reshape(4, 2) for line in lines if line.text == text]
                assert any(
                    all(cv2.pointPolygonTest(hull, (float(x), float(y)), True) > -3 for x, y in box)
                    for box in boxes
                ), (page.index, text)


def test_what_is_written_is_among_the_lines(pages: list[SimulatedPage]) -> None:
    for page in pages:
        written = "\n".join(line.text for line in page.lines if line.role == "medicine")
        assert page.text == "\n".join(line.text for line in page.lines)
        for medicine in page.medicines:
            assert medicine.line in written
            told = medicine.line.replace("\n", " ").lower()
            assert fuzz.partial_ratio(medicine.drug.lower(), told) > 90


def test_names_are_in_the_doctors_script(pages: list[SimulatedPage]) -> None:
    names = [(page.language, medicine.drug) for page in pages for medicine in page.medicines]
    assert names
    for language, name in names:
        scripts = {script_of(letter) for letter in name if letter.isalpha()}
        assert language == "zh" or len(scripts) == 1


def test_all_languages_and_kinds_of_pages_occur() -> None:
    practices = [practice_of(number) for number in range(150)]
    assert {practice.style.language for practice in practices} == {"en", "roman_hi", "hi", "pt", "zh"}
    assert {practice.form.name for practice in practices} == {"letterhead", "pad", "plain", "chufang"}


def test_the_scorer_takes_the_gold_reading(pages: list[SimulatedPage], tmp_path: Path) -> None:
    file = tmp_path / "gold.json"
    file.write_text(json.dumps([gold_of(to_row(page)) for page in pages], ensure_ascii=False))
    gold = load_gold(file)
    assert [page.image for page in gold] == [page.image.path for page in pages]
    for told, page in zip(gold, pages, strict=True):
        assert [medicine.name for medicine in told.medicines] == [each.drug for each in page.medicines]
        assert told.legibility == page.legibility
        assert told.printed_form == ("yes" if page.printed_form else "no")
    assert any(medicine.fields["frequency"] for page in gold for medicine in page.medicines)


@pytest.mark.parametrize("tilt", [-4.0, 0.0, 3.0])
def test_the_camera_tells_where_the_corners_went(tilt: float) -> None:
    sheet = np.full((300, 400, 3), 255, np.uint8)
    sheet[100:140, 150:230] = 0
    photo = photograph(sheet, Camera(tilt=tilt, folds=0, blur=0.5), np.random.default_rng(6))
    corners = np.array([[150, 100], [230, 100], [230, 140], [150, 140]], np.float32)
    box = tuple(float(value) for value in photo.seen(corners).ravel())
    grey = photo.picture.mean(axis=2)
    assert np.mean(inside(grey, box) < 120) > 0.93
    outside = cv2.fillConvexPoly(
        np.ones(grey.shape, np.uint8), photo.seen(corners).round().astype(np.int32), 0
    )
    assert np.count_nonzero(grey[cv2.erode(outside, np.ones((7, 7), np.uint8)) == 1] < 60) == 0
