"""The samples that ship are what the script draws, can be read, and carry their licences."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rapidfuzz import fuzz

from multilingual.clinical.grammar import parse_line
from ocr.engines import make_engine
from ocr.pages import open_pages
from ocr.simulate.samples import draw_sample, gold_page, load_sheets
from ocr.sources import find_sources

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
FONTS = [ROOT / "ocr" / "fonts", ROOT / "ocr" / "simulate" / "fonts"]


def test_gold_is_what_the_sheets_say() -> None:
    gold = json.loads((SAMPLES / "gold.json").read_text(encoding="utf-8"))
    assert gold == [gold_page(sheet) for sheet in load_sheets()]
    others = {"gold.json", "messages.jsonl", "gate.yaml", "entities.tsv", "README.md"}
    assert {page["image"] for page in gold} | others == {path.name for path in SAMPLES.iterdir()}


def test_pictures_are_what_the_script_draws() -> None:
    sheet = load_sheets()[0]
    shipped = np.asarray(Image.open(SAMPLES / sheet.file), np.int16)
    assert np.abs(shipped - draw_sample(sheet)).mean() < 4  # what JPEG loses


def test_the_script_draws_the_same_each_time() -> None:
    sheet = load_sheets()[-1]
    assert (draw_sample(sheet) == draw_sample(sheet)).all()


def test_what_is_written_agrees_with_the_fields_beside_it() -> None:
    for sheet in load_sheets():
        for medicine in sheet.medicine:
            told = medicine.line.replace("\n", " ")
            (order,) = parse_line(told)
            assert (order.form or medicine.form) == medicine.form, told
            assert bool(order.duration_days) == bool(medicine.duration), told
            assert fuzz.partial_ratio(medicine.drug.lower(), told.lower()) == 100, told


@pytest.fixture(scope="module")
def texts() -> dict[tuple[str, int], list[str]]:
    """What the default engine reads on each page."""
    pages = [page for source in find_sources([str(SAMPLES)]) for page in open_pages(source)]
    pages = [page for page in pages if page.picture is not None]
    read = make_engine().read([page.picture for page in pages if page.picture is not None])
    return {
        (Path(page.source).name, page.page or 1): [fragment.line.text for fragment in found]
        for page, found in zip(pages, read, strict=True)
    }


def test_the_names_of_the_medicines_can_be_read(texts: dict[tuple[str, int], list[str]]) -> None:
    for sheet in load_sheets():
        text = " ".join(texts[sheet.file, sheet.page]).lower()
        for medicine in sheet.medicine:
            assert fuzz.partial_ratio(medicine.drug.lower(), text) >= 80, (sheet.file, medicine.drug)


def test_no_one_is_told_a_real_name(texts: dict[tuple[str, int], list[str]]) -> None:
    assert all("Drawn sample" in " ".join(lines) for lines in texts.values())


@pytest.mark.parametrize("folder", FONTS, ids=lambda folder: folder.parent.name)
def test_each_font_is_listed_with_its_hash_and_its_licence(folder: Path) -> None:
    readme = (folder / "README.md").read_text(encoding="utf-8")
    for font in folder.glob("*.woff2"):
        (row,) = [line for line in readme.splitlines() if line.startswith(f"| {font.name} |")]
        assert hashlib.sha256(font.read_bytes()).hexdigest() in row
        licence = next(word.strip(",|") for word in row.split() if "LICENSE-" in word)
        assert "SIL OPEN FONT LICENSE" in (folder / licence).read_text(encoding="utf-8")


def test_sizes_stay_small() -> None:
    pictures = sum(path.stat().st_size for path in SAMPLES.iterdir())
    fonts = sum(path.stat().st_size for folder in FONTS for path in folder.iterdir())
    assert pictures < 3e6
    assert fonts < 3.4e6  # of this 1.2 for print in Chinese, 1.7 for the hands of simulated doctors
