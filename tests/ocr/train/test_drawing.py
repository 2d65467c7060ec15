"""The crops of a recipe: each file by itself, and what the detector cuts out is labelled as it reads."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from multilingual.clinical.formulary import load_formulary
from ocr.engines.crops import to_height
from ocr.simulate.pages import simulated_page
from ocr.train.augment import NARROWEST
from ocr.train.drawing import DrawnFile, Materials, draw, files, first_readers
from ocr.train.simulated import SCHEMA, label_of

SHIPPED = Path(__file__).parents[3] / "ocr" / "models" / "recogniser.onnx"


@pytest.fixture(scope="module")
def materials() -> Materials:
    return Materials(3, ("Crolin", "Telmetin-AM 40"), load_formulary().entries, None, SHIPPED)


def test_files_hold_each_crop_once() -> None:
    settings = {"simulated": 4100, "photographed_pages": 60, "spliced_words": 0, "spliced_lines": 1000}
    found = list(files(settings))
    assert len({file.name for file in found}) == len(found) == 6
    for kind, wanted in settings.items():
        numbers = [n for f in found if f.kind == kind for n in range(f.first, f.first + f.count)]
        assert numbers == list(range(wanted))


def test_a_file_is_the_same_whoever_draws_it(materials: Materials) -> None:
    file = DrawnFile("simulated", 6, 4)
    assert draw(file, materials).equals(draw(file, materials))


def test_letters_must_be_gathered_before_they_are_spliced(materials: Materials) -> None:
    with pytest.raises(ValueError, match="not gathered"):
        draw(DrawnFile("spliced_words", 0, 1), materials)


def test_crops_of_a_page_are_labelled_with_what_stands_on_them(materials: Materials) -> None:
    crops = draw(DrawnFile("photographed_pages", 4, 2), materials)
    assert crops.schema == SCHEMA
    rows = crops.to_pylist()
    assert len(rows) > 15
    assert {row["script"] for row in rows} == {"photographed print", "photographed hand"}
    pages = [simulated_page(materials.seed, number, materials.entries) for number in (4, 5)]
    written = label_of(" ".join(line.text for page in pages for line in page.lines)).split()
    assert all(word in written for row in rows for word in row["text"].split())

    print_rows = [row for row in rows if row["script"] == "photographed print"]
    pictures = [cv2.imdecode(np.frombuffer(row["picture"], np.uint8), 0) for row in print_rows]
    (reader, _) = first_readers(SHIPPED)
    readings = reader.recogniser.read([to_height(picture, NARROWEST) for picture in pictures])
    alike = [
        Levenshtein.normalized_similarity(reading.text, row["text"])
        for reading, row in zip(readings, print_rows, strict=True)
    ]
    assert float(np.mean(alike)) > 0.8
