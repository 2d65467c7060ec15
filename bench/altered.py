"""Pages as slightly other photographs. Run: python -m bench.altered [--engine NAME] [--formulary FILE]

What speaks for a medicine was settled on the development pages as they lie, so figures there flatter it. Here
the same pages are scaled, turned by a degree, darker, blurred: rules that fit a page, and not one picture of
it, hold there as well. Pages come from NUSKHA_DATA.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from bench.ocr import SETS, GoldPicture, load
from eval.prescriptions.scoring import score_pages
from eval.statistics import f1
from multilingual.clinical.formulary import load_formulary
from multilingual.clinical.formulary_index import FormularyIndex
from ocr.engines import make_engine
from ocr.engines.base import Engine, Picture
from ocr.pages import Page
from ocr.reading import read_pages

FIGURES = {"name": "name", "name and frequency": "name_frequency", "name, strength, frequency": "name_dosage"}
AS_THEY_LIE = "as they lie"


def main() -> None:
    """Print F1 for each alteration, and the mean of all but the first, which is none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", default="both")
    parser.add_argument("--formulary", help="instead of the one that ships, as for nuskha batch ocr")
    arguments = parser.parse_args()
    engine, own = make_engine(arguments.engine), load_formulary()
    lists = load_formulary(arguments.formulary).with_generics_of(own) if arguments.formulary else own
    index, pages = FormularyIndex(lists), load(*SETS["dev pages"])
    if not pages:
        parser.error("there are no development pages: NUSKHA_DATA names the folder with the real sets")
    confident = sum(medicine.confident for page in pages for medicine in page.gold.medicines)
    table = Table(title=f"{len(pages)} pages, {confident} medicines, engine {arguments.engine}: F1")
    for heading in ("pages", *FIGURES):
        table.add_column(heading, justify="right")
    figures = {name: _figures(pages, alter, engine, index) for name, alter in ALTERATIONS.items()}
    for name, row in figures.items():
        table.add_row(name, *(f"{value:.3f}" for value in row))
    means = np.mean([row for name, row in figures.items() if name != AS_THEY_LIE], axis=0)
    table.add_row("mean of the altered", *(f"{value:.3f}" for value in means))
    Console().print(table)


def _figures(
    pages: Sequence[GoldPicture], alter: Callable[[Picture], Picture], engine: Engine, index: FormularyIndex
) -> list[float]:
    rows = []
    for page in pages:
        picture = np.ascontiguousarray(alter(page.picture))
        opened = Page(page_id="", source_id="", source=page.gold.image, page=page.gold.page, picture=picture)
        rows += [asdict(record) for record in read_pages([opened], engine, index)]
    items = score_pages([page.gold for page in pages], rows)
    return [float(f1(np.sum([item.counts[name] for item in items], axis=0))) for name in FIGURES.values()]


def _scaled(by: float) -> Callable[[Picture], Picture]:
    how = cv2.INTER_AREA if by < 1 else cv2.INTER_CUBIC
    return lambda picture: np.asarray(cv2.resize(picture, None, fx=by, fy=by, interpolation=how), np.uint8)


def _turned(degrees: float) -> Callable[[Picture], Picture]:
    def turn(picture: Picture) -> Picture:
        height, width = picture.shape[:2]
        around = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
        turned = cv2.warpAffine(picture, around, (width, height), borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(turned, np.uint8)

    return turn


def _enlarged_and_saved(picture: Picture) -> Picture:
    _, saved = cv2.imencode(".jpg", _scaled(1.12)(picture), [cv2.IMWRITE_JPEG_QUALITY, 70])
    return np.asarray(cv2.imdecode(saved, cv2.IMREAD_COLOR), np.uint8)


def _darkened(picture: Picture) -> Picture:
    noise = np.random.default_rng(0).normal(0, 6, picture.shape)
    return np.clip((picture / 255) ** 1.4 * 255 + noise, 0, 255).astype(np.uint8)


def _blurred(picture: Picture) -> Picture:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.8), np.uint8)


ALTERATIONS: Mapping[str, Callable[[Picture], Picture]] = {
    AS_THEY_LIE: lambda picture: picture,
    "scaled by 0.87": _scaled(0.87),
    "by 1.12, saved as JPEG 70": _enlarged_and_saved,
    "turned by 0.8 degrees": _turned(0.8),
    "turned by -0.8 degrees": _turned(-0.8),
    "darker, with noise": _darkened,
    "blurred": _blurred,
}

if __name__ == "__main__":
    main()
