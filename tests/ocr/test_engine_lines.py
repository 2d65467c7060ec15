"""Every engine reads pictures that are one line or word, as they lie: squashed, black and white, blank."""

import shutil
from collections.abc import Callable, Sequence
from functools import cache

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw
from scripted_answers import SCRIPTED
from scripted_answers import started as scripted_or_real

from ocr.engines import ENGINES
from ocr.engines.base import Engine, Picture
from ocr.engines.crops import batches
from ocr.fonts import PRINT

TESSERACT_MISSING = shutil.which("tesseract") is None
READERS = [name for name in ENGINES if name not in {"fake", *SCRIPTED}]


def crop(text: str, size: int = 48) -> Picture:
    """A printed line, cut out closely."""
    width = round(PRINT.width(text, size)) + 24
    sheet = Image.new("RGB", (width, round(1.7 * size)), (248, 246, 240))
    PRINT.draw(ImageDraw.Draw(sheet), (12, round(1.2 * size)), text, size, (30, 30, 70))
    return np.asarray(sheet)


def squashed(picture: Picture) -> Picture:
    """To a square, as some collections of words are kept."""
    return np.asarray(cv2.resize(picture, (128, 128), interpolation=cv2.INTER_AREA))


def black_and_white(picture: Picture) -> Picture:
    return np.where(picture.mean(axis=2, keepdims=True) > 128, 255, 0).astype(np.uint8).repeat(3, axis=2)


def texts(engine: Engine, crops: Sequence[Picture]) -> list[str | None]:
    return [fragment and fragment.line.text for fragment in engine.read_lines(crops)]


@cache
def started(name: str) -> Engine:
    if name == "tesseract" and TESSERACT_MISSING:
        pytest.skip("the program tesseract is not installed")
    return scripted_or_real(name)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return started(request.param)


@pytest.fixture
def nuskha() -> Engine:
    return started("nuskha")


def test_no_crops(engine: Engine) -> None:
    assert engine.read_lines([]) == []


def test_blank_crops_give_nothing(engine: Engine) -> None:
    blank = [np.full((48, 160, 3), level, np.uint8) for level in (0, 128, 255)]
    assert engine.read_lines(blank) == [None, None, None]


def test_length_and_order_are_kept(engine: Engine) -> None:
    first, second = crop("Tab Dolo 650 twice daily"), crop("Omeprazole")
    blank = np.full((48, 200, 3), 255, np.uint8)
    alone = [texts(engine, [one])[0] for one in (first, second)]
    assert alone[0] and alone[1] and alone[0] != alone[1]
    assert texts(engine, [second, blank, first, second]) == [alone[1], None, alone[0], alone[1]]


@pytest.mark.parametrize("count", [2, 9])
def test_none_is_read_otherwise_for_what_else_there_is(count: int) -> None:
    """Crops of one width are read together, none is padded to another's."""
    widths = [90, 97, 100, 128, 1300] * count
    parted = list(batches(widths))
    assert sorted(index for batch, _ in parted for index in batch) == list(range(len(widths)))
    assert {(widths[index], padded) for batch, padded in parted for index in batch} == {
        (90, 96),
        (97, 128),
        (100, 128),
        (128, 128),
        (1300, 1312),
    }
    assert all(len(batch) == 1 or len(batch) * padded <= 1280 for batch, padded in parted)


def test_the_box_is_the_whole_crop(engine: Engine) -> None:
    picture = crop("Omeprazole")
    height, width = picture.shape[:2]
    (fragment,) = engine.read_lines([picture])
    assert fragment is not None
    assert fragment.line.box == (0, 0, width, 0, width, height, 0, height)
    assert 0 <= fragment.line.score <= 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 2000), (2000, 1), (3, 5), (40, 4000), (0, 0)])
def test_odd_sizes_are_read_without_complaint(engine: Engine, shape: tuple[int, int]) -> None:
    speckled = np.random.default_rng(0).integers(0, 255, (*shape, 3), dtype=np.uint8)
    assert len(engine.read_lines([speckled])) == 1


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("lies", [np.asarray, black_and_white], ids=["as it is", "black and white"])
def test_words_are_read_as_they_lie(name: str, lies: Callable[[Picture], Picture]) -> None:
    words = ["Omeprazole", "Azithromycin", "Tablet"]
    assert texts(started(name), [lies(crop(word)) for word in words]) == words


@pytest.mark.parametrize("name", ["nuskha", "paddle"])
def test_squashed_words_are_read(name: str) -> None:
    words = ["Omeprazole", "Azithromycin", "Tablet", "Paracetamol"]
    assert texts(started(name), [squashed(crop(word)) for word in words]) == words


def test_nuskha_reads_a_long_line(nuskha: Engine) -> None:
    line = "Tab Augmentin 625 mg 1-0-1 after food x 5 days"
    assert texts(nuskha, [crop(line)]) == [line]


def test_nuskha_reads_lines_that_mix_chinese_and_latin(nuskha: Engine) -> None:
    lines = ["阿莫西林 0.5g po tid", "Amoxicillin 阿莫西林 0.5g tid", "Tab Dolo 650 饭后"]
    assert texts(nuskha, [crop(line) for line in lines]) == lines


def test_columns_say_what_was_read(nuskha: Engine) -> None:
    (fragment,) = nuskha.read_lines([crop("Omeprazole")])
    assert fragment is not None and fragment.columns is not None
    chances, characters = fragment.columns.chances, fragment.columns.characters
    assert chances.shape[1] == len(characters)
    assert characters[0] == ""
    assert chances.sum(axis=1) == pytest.approx(1, abs=1e-3)
    best = chances.argmax(axis=1)
    begins = np.flatnonzero(np.diff(best, prepend=-1))
    assert "".join(characters[k] for k in best[begins]) == fragment.line.text
