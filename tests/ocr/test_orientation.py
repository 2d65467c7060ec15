"""Pages lying on their side or upside down are turned, upright and meaningless ones are left alone."""

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont, ImageOps

from ocr.engines.base import Picture
from ocr.orientation import quarter_turns, upright

DATA = Path(os.environ.get("NUSKHA_DATA", Path(__file__).parents[2] / "../shared/data"))
PAGES = DATA / "prescriptions" / "pages"


def printed_page() -> Picture:
    """A page of print, drawn with Pillow's own font."""
    page = Image.new("RGB", (900, 1200), "white")
    draw = ImageDraw.Draw(page)
    draw.text((80, 60), "Sample Clinic, Main Road", fill="black", font=ImageFont.load_default(48))
    for line in range(16):
        words = f"{line + 1}. Tab. Sample {line * 25} mg 1-0-1 after food x {line} days"
        draw.text((80, 180 + 60 * line), words, fill="black", font=ImageFont.load_default(30))
    return np.asarray(page, np.uint8)


@pytest.mark.parametrize("turns", range(4))
def test_a_printed_page_comes_out_upright_however_it_lay(turns: int) -> None:
    page = printed_page()
    lying = np.rot90(page, turns)
    assert (upright(lying) == page).all()
    assert upright(lying).flags.c_contiguous
    assert quarter_turns(lying) == -turns % 4


@pytest.mark.parametrize(
    "picture",
    [
        np.full((600, 400, 3), 255, np.uint8),
        np.zeros((400, 600, 3), np.uint8),
        np.random.default_rng(0).integers(0, 256, (500, 500, 3)).astype(np.uint8),
        np.random.default_rng(0).normal(225, 5, (700, 500, 3)).clip(0, 255).astype(np.uint8),
        np.tile(np.linspace(120, 255, 500).astype(np.uint8)[None, :, None], (700, 1, 3)),
        np.full((1, 1, 3), 9, np.uint8),
        np.full((20_000, 2, 3), 9, np.uint8),
        np.full((40, 20_000, 3), 9, np.uint8),
    ],
    ids=["white", "black", "noise", "paper", "shadow", "dot", "thread", "ribbon"],
)
def test_what_holds_no_writing_is_not_turned(picture: Picture) -> None:
    assert upright(picture) is picture


def test_the_model_adds_no_logging_handler_and_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    before = list(logging.root.manager.loggerDict)
    upright(printed_page())
    assert capfd.readouterr() == ("", "")
    assert list(logging.root.manager.loggerDict) == before


def real_pages() -> Iterator[Picture]:
    for name in json.loads((PAGES / "classes.json").read_text()):
        with Image.open(PAGES / name) as image:
            yield np.asarray(ImageOps.exif_transpose(image).convert("RGB"), np.uint8)


@pytest.mark.slow
@pytest.mark.skipif(not PAGES.exists(), reason=f"no real pages at {PAGES}: set NUSKHA_DATA")
def test_real_pages_stay_upright_and_most_that_were_turned_come_back() -> None:
    turned_wrongly = turned_back = pages = 0
    for number, page in enumerate(real_pages()):
        pages += 1
        turned_wrongly += quarter_turns(page) != 0
        turns = number % 3 + 1
        turned_back += quarter_turns(np.rot90(page, turns)) == -turns % 4
    assert pages == 100
    assert turned_wrongly <= 1
    assert turned_back >= 90
