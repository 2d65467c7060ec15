"""Draws the sample prescriptions that ship, with gold readings: `python -m ocr.simulate.samples samples/`.

What stands on the sheets is in samples.toml. The same seed draws the same picture.
"""

import argparse
import json
import time
import tomllib
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ocr.engines.base import Picture
from ocr.simulate.camera import Camera, photograph
from ocr.simulate.sheet import Sheet, draw_sheet

_QUALITY = 82
_DPI = 150
_EPOCH = time.gmtime(0)  # a PDF states when it was made; ours are the same each time


def load_sheets() -> list[Sheet]:
    """The sheets of samples.toml; pages of one file stand together, in order."""
    table = tomllib.loads(Path(__file__).with_name("samples.toml").read_text(encoding="utf-8"))
    return [Sheet.model_validate(entry) for entry in table["sheet"]]


def draw_sample(sheet: Sheet) -> Picture:
    """The sheet as photographed."""
    random = np.random.default_rng(sheet.seed)
    camera = Camera(tilt=sheet.tilt, turn=sheet.turn, shadow=sheet.shadow)
    return photograph(draw_sheet(sheet, random), camera, random).picture


def write_samples(folder: Path) -> None:
    """Write all sample pictures and gold.json into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    gold: list[dict[str, Any]] = []
    for file, group in groupby(load_sheets(), key=lambda sheet: sheet.file):
        sheets = list(group)
        first, *others = [Image.fromarray(draw_sample(sheet)) for sheet in sheets]
        if file.endswith(".pdf"):
            how: dict[str, Any] = {"resolution": _DPI, "quality": _QUALITY}
            how |= {"creationDate": _EPOCH, "modDate": _EPOCH}
            first.save(folder / file, save_all=True, append_images=others, **how)
        else:
            first.save(folder / file, quality=_QUALITY)
        gold += [gold_page(sheet) for sheet in sheets]
    text = json.dumps(gold, ensure_ascii=False, indent=1)
    (folder / "gold.json").write_text(text + "\n", encoding="utf-8")


def gold_page(sheet: Sheet) -> dict[str, Any]:
    """What a reader should find on the sheet, in the form that the scorer reads."""
    return {
        "image": sheet.file,
        "page": sheet.page,
        "size": list(sheet.size),
        "legibility": "easy",
        "printed_form": True,
        "medicines": [medicine.model_dump() | {"confident": True} for medicine in sheet.medicine],
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draw the sample prescriptions.")
    parser.add_argument("folder", type=Path, help="where to write them, for example samples/")
    write_samples(parser.parse_args().folder)
