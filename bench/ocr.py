"""Reading pages and lines: `nuskha`, `paddle` and PaddleOCR's own pipeline. Run: python -m bench.ocr

Same pages, same threads, in turns within one run; of each batch the best of several rounds counts. Pages are
the samples, and those under NUSKHA_DATA/prescriptions/pages that have a gold reading. Lines are what the
detector finds on these pages, cut out, and words of RxHandBD as they lie; both recognisers read them, ours
and PP-OCRv6's original. Recall is the share of gold medicines whose name stands in the raw text (a window of
a line at least 0.8 similar). Memory is that of a process of its own, which reads the pages again and again.
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import psutil
from rapidfuzz.distance import Levenshtein
from rich.console import Console
from rich.table import Table

from eval.prescriptions.gold import GoldPage, load_gold
from ocr.engines import make_engine
from ocr.engines.base import Engine, Picture
from ocr.engines.detector import Detector
from ocr.engines.paddle_weights import DETECTOR, RECOGNISER, model_folders
from ocr.pages import open_pages
from ocr.sources import find_sources
from ocr.units import Unit

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("NUSKHA_DATA", ROOT.parent / "shared" / "data"))
SETS = {
    "samples": (ROOT / "samples", "gold.json"),
    "dev pages": (DATA / "prescriptions" / "pages", "dev_gold.json"),
}
WORDS = DATA / "prescriptions" / "words_rxhandbd"
PAGES, LINES, ROUNDS, THREADS = 8, 64, 3, 2
MOST_WORDS = 512
READERS = ("PaddleOCR", "paddle", "nuskha")
PIPELINE_BAR, RECOGNITION_BAR, SIMILAR = 1.5, 1.5, 0.8
EVERY = 25  # pages between two looks at the memory

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class GoldPicture:
    """A page's picture and the medicines on it."""

    picture: Picture
    gold: GoldPage


def main() -> int:
    """Print speed, recall and memory; exit status 1 when the bars are missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=100, help="pages to read for the memory figures")
    arguments = parser.parse_args()
    sets = {name: pages for name in SETS if (pages := load(*SETS[name]))}
    engines = [make_engine(name, {"threads": str(THREADS)}) for name in READERS[1:]]
    console = Console(width=120)
    pages_are_good = _compare_pages(sets, engines, console)
    lines_are_good = _compare_lines(sets, engines, console)
    pictures = [page.picture for pages in sets.values() for page in pages]
    sizes = _memory(pictures, arguments.pages)
    console.print(
        f"memory of a worker, MB after each {EVERY} pages: {', '.join(f'{size:.0f}' for size in sizes)}"
    )
    return 0 if pages_are_good and lines_are_good else 1


def _compare_pages(sets: dict[str, list[GoldPicture]], engines: Sequence[Engine], console: Console) -> bool:
    """Whether `paddle` is faster than PaddleOCR, and `nuskha` no slower than `paddle`, and both find more."""
    good = True
    recalled = [f"recall, {name}" for name in READERS]
    table = _table("pages", PAGES, *READERS, "names", *recalled)
    for name, pages in sets.items():
        readers = [_pipeline_reader(), *map(_page_reader, engines)]
        seconds, texts = _in_turns([page.picture for page in pages], readers, PAGES)
        recalls = [_recall(read, pages) for read in texts]
        names = sum(medicine.confident for page in pages for medicine in page.gold.medicines)
        table.add_row(
            *(name, str(len(pages)), *(f"{len(pages) / taken:.2f}" for taken in seconds)),
            *(str(names), *(f"{recall:.3f}" for recall in recalls)),
        )
        theirs, paddle, ours = seconds
        good &= theirs / paddle >= PIPELINE_BAR and ours <= paddle and min(recalls[1:]) >= recalls[0]
    console.print(table)
    return good


def _compare_lines(sets: dict[str, list[GoldPicture]], engines: Sequence[Engine], console: Console) -> bool:
    """Whether our recogniser is as much faster than the original as it has to be."""
    good = True
    table = _table("lines", LINES, "original", "nuskha", "ratio")
    crops = {name: _cut([page.picture for page in pages]) for name, pages in sets.items()}
    if words := _words():
        crops["RxHandBD"] = words
    for name, lines in crops.items():
        (original, ours), _ = _in_turns(lines, [engine.read_lines for engine in engines], LINES)
        speeds = [f"{len(lines) / taken:.0f}" for taken in (original, ours)]
        table.add_row(name, str(len(lines)), *speeds, f"{original / ours:.2f}")
        good &= original / ours >= RECOGNITION_BAR
    console.print(table)
    return good


def _table(what: str, batch: int, *headings: str) -> Table:
    table = Table(title=f"{what} a second: {THREADS} threads, batches of {batch}, best of {ROUNDS} rounds")
    for heading in (f"{what} of", "n", *headings):
        table.add_column(heading, justify="right")
    return table


def load(folder: Path, gold_file: str) -> list[GoldPicture]:
    """The pages of a folder that its gold file names."""
    if not (folder / gold_file).is_file():
        return []
    gold = {(page.image, page.page): page for page in load_gold(folder / gold_file)}
    sources = find_sources([str(folder / image) for image in dict.fromkeys(image for image, _ in gold)])
    opened = (page for source in sources for page in open_pages(source))
    keyed = ((page.picture, gold.get((Path(page.source).name, page.page or 1))) for page in opened)
    return [
        GoldPicture(picture, known) for picture, known in keyed if picture is not None and known is not None
    ]


def _cut(pages: Sequence[Picture]) -> list[Picture]:
    """What the detector finds on the pages, as pictures of its own."""
    detector = Detector(model_folders().detector, THREADS)
    flipped = [np.ascontiguousarray(page[:, :, ::-1]) for page in pages]
    return [crop[:, :, ::-1] for page in flipped for crop in detector.cut(page, detector.find(page))]


def _words() -> list[Picture]:
    """Word crops as they lie."""
    if not WORDS.is_dir():
        return []
    sources = sorted(find_sources([str(WORDS / "*.jpg")]), key=lambda source: source.address)[:MOST_WORDS]
    pages = (page for source in sources for page in open_pages(source, unit=Unit.LINE))
    return [page.picture for page in pages if page.picture is not None]


def _in_turns(
    items: Sequence[Item], readers: Sequence[Callable[[Sequence[Item]], list[Answer]]], at_once: int
) -> tuple[list[float], list[list[Answer]]]:
    """Least seconds, and answers, of each reader."""
    for reader in readers:  # the first call of a session is slow
        reader(items[:at_once])
    best = [[float("inf")] * len(readers) for _ in _batches(items, at_once)]
    for _ in range(ROUNDS):
        answers: list[list[Answer]] = [[] for _ in readers]
        for batch, taken in zip(_batches(items, at_once), best, strict=True):
            for place, reader in enumerate(readers):
                started = time.perf_counter()
                answers[place] += reader(batch)
                taken[place] = min(taken[place], time.perf_counter() - started)
    return [sum(column) for column in zip(*best, strict=True)], answers


def _page_reader(engine: Engine) -> Callable[[Sequence[Picture]], list[list[str]]]:
    return lambda batch: [[part.line.text for part in found] for found in engine.read(batch)]


def _pipeline_reader() -> Callable[[Sequence[Picture]], list[list[str]]]:
    from paddleocr import PaddleOCR

    folders = model_folders()
    pipeline: Any = PaddleOCR(
        text_detection_model_name=DETECTOR,
        text_detection_model_dir=str(folders.detector),
        text_recognition_model_name=RECOGNISER,
        text_recognition_model_dir=str(folders.recogniser),
        use_doc_orientation_classify=False,
        use_doc_unwarping=False,
        use_textline_orientation=False,
        engine="onnxruntime",
        engine_config={"intra_op_num_threads": THREADS},
    )
    return lambda batch: [
        pipeline.predict(np.ascontiguousarray(page[:, :, ::-1]))[0]["rec_texts"] for page in batch
    ]


def _recall(texts: Sequence[Sequence[str]], pages: Sequence[GoldPicture]) -> float:
    """Share of the confident gold medicines whose name stands in their page's text."""
    found = [
        max(_standing(name, lines) for name in medicine.names) >= SIMILAR
        for lines, page in zip(texts, pages, strict=True)
        for medicine in page.gold.medicines
        if medicine.confident
    ]
    return sum(found) / len(found)


def _standing(name: str, lines: Iterable[str]) -> float:
    """Best similarity of a name to a window of its length, give or take a letter, of any line."""
    name = name.casefold()
    windows = (
        line[start : start + length]
        for line in map(str.casefold, lines)
        for length in range(max(1, len(name) - 1), len(name) + 2)
        for start in range(max(1, len(line) - length + 1))
    )
    return max((Levenshtein.normalized_similarity(name, window) for window in windows), default=0.0)


def _batches(items: Iterable[Item], at_once: int) -> Iterator[list[Item]]:
    waiting = iter(items)
    while batch := list(islice(waiting, at_once)):
        yield batch


def _memory(pictures: Sequence[Picture], pages: int) -> list[float]:
    """Resident megabytes of a process of its own after each `EVERY` pages."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_read_on, (pictures, pages))


def _read_on(pictures: Sequence[Picture], pages: int) -> list[float]:
    engine = make_engine(options={"threads": str(THREADS)})
    process, sizes, read = psutil.Process(), [], 0
    for batch in _batches(islice(cycle(pictures), pages), PAGES):
        engine.read(batch)
        if (read + len(batch)) // EVERY > read // EVERY:
            sizes.append(process.memory_info().rss / 1e6)
        read += len(batch)
    return sizes


if __name__ == "__main__":
    sys.exit(main())
