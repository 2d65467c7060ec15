"""`--unit line`: pictures that are one line or word each, a row a picture, here and on Ray."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from command_line import Nuskha
from PIL import Image, ImageDraw
from scans import page_picture, rows_of

from jobs.exits import CannotStart, Exit
from ocr.fonts import PRINT
from ocr.units import Unit

Job = Callable[..., Exit]

# Ray 2.60 warns of defaults of its own.
pytestmark = pytest.mark.filterwarnings("ignore:`use_.*` is deprecated:DeprecationWarning")

WORDS = ["Dolo", "Omez", "Ascoril"]


def word(text: str) -> Image.Image:
    sheet = Image.new("RGB", (round(PRINT.width(text, 48)) + 24, 82), (248, 246, 240))
    PRINT.draw(ImageDraw.Draw(sheet), (12, 58), text, 48, (30, 30, 70))
    return sheet


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """Words by name, one of them squashed to a square, beside an empty one and a file that is none."""
    folder = tmp_path / "words"
    folder.mkdir()
    for text in WORDS:
        word(text).save(folder / f"{text}.png")
    word("Omez").resize((128, 128)).save(folder / "squashed.png")
    Image.fromarray(np.full((60, 200, 3), 240, np.uint8)).save(folder / "blank.png")
    (folder / "text.png").write_text("not a picture")
    return folder


@pytest.mark.parametrize("engine", ["nuskha", "paddle"])
def test_a_row_a_picture(engine: str, words: Path, nuskha: Nuskha, formulary: Path) -> None:
    ended = nuskha(
        *("ocr", words, "--unit", "line", "--format", "json", "--engine", engine, "--formulary", formulary)
    )
    assert ended.status == 1  # text.png is no picture
    rows = {Path(row["source"]).stem: row for row in map(json.loads, ended.out.splitlines())}
    assert {name: row["text"] for name, row in rows.items()} == {
        **{text: text for text in WORDS},
        "squashed": "Omez",
        "blank": "",
        "text": "",
    }
    assert rows["text"]["status"] == "error"
    assert rows["blank"]["status"] == "ok"
    (line,) = rows["squashed"]["lines"]
    assert line["box"] == [0, 0, 128, 0, 128, 128, 0, 128]


def test_a_word_is_not_turned(nuskha: Nuskha, tmp_path: Path, formulary: Path) -> None:
    on_its_side = word("Omeprazole 20 mg twice daily").rotate(90, expand=True)
    on_its_side.save(tmp_path / "line.png")
    ended = nuskha(
        *("ocr", tmp_path / "line.png", "--unit", "line", "--format", "json"),
        *("--engine", "fake", "--formulary", formulary),
    )
    row = json.loads(ended.out)
    assert (row["width"], row["height"]) == on_its_side.size


@pytest.mark.slow
def test_many_crops_on_ray_come_out_once(run_job: Job, tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    names = [f"word{number:03}" for number in range(150)]
    for number, name in enumerate(names):
        page_picture(number).save(tmp_path / "words" / f"{name}.png")
    (tmp_path / "words" / "bad.png").touch()
    assert run_job(tmp_path / "words", tmp_path / "out", unit=Unit.LINE) == Exit.FAILURES
    rows = rows_of(tmp_path / "out")
    assert sorted(Path(row["source"]).stem for row in rows) == ["bad", *names]
    read = [row for row in rows if row["status"] != "error"]
    assert len(read) == len(names)
    assert all(len(row["lines"]) == 1 for row in read)
    assert len(list((tmp_path / "out").glob("*.parquet"))) < 10
    with pytest.raises(CannotStart, match="unit: line -> page"):
        run_job(tmp_path / "words", tmp_path / "out")
