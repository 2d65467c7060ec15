"""Reading pages: engine `paddle` beside PaddleOCR's own pipeline, page by page. Run: python -m bench.ocr

Same weights, same pages, same threads, in turns within one run; of each batch the best of several rounds
counts. Pages are the samples, and those under NUSKHA_DATA/prescriptions/pages that have a gold reading.
Recall is the share of gold medicines whose name stands in the raw text (a window of a line at least 0.8
similar). Memory is that of a process of its own, which reads the pages again and again.
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from rapidfuzz.distance import Levenshtein
from rich.console import Console
from rich.table import Table

from eval.gold import GoldPage, load_gold
from ocr.engines import make_engine
from ocr.engines.base import Picture
from ocr.engines.paddle_weights import DETECTOR, RECOGNISER, model_folders
from ocr.pages import open_pages
from ocr.sources import find_sources

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("NUSKHA_DATA", ROOT.parent / "shared" / "data"))
SETS = {
    "samples": (ROOT / "samples", "gold.json"),
    "dev pages": (DATA / "prescriptions" / "pages", "dev_gold.json"),
}
BATCH, ROUNDS, THREADS = 8, 3, 2
SPEED_BAR, SIMILAR = 1.5, 0.8
HEADINGS = ("pages", "n", "PaddleOCR, a second", "ours", "ratio", "medicines", "PaddleOCR's recall", "ours")
EVERY = 25  # pages between two looks at the memory


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
    sets = {name: pages for name in SETS if (pages := _load(*SETS[name]))}
    good = True
    table = Table(title=f"pages a second: {THREADS} threads, batches of {BATCH}, best of {ROUNDS} rounds")
    for heading in HEADINGS:
        table.add_column(heading, justify="right")
    for name, pages in sets.items():
        seconds, texts = _in_turns(pages)
        recalls = [_recall(read, pages) for read in texts]
        ratio = seconds[0] / seconds[1]
        medicines = sum(medicine.confident for page in pages for medicine in page.gold.medicines)
        speeds = [f"{len(pages) / taken:.2f}" for taken in seconds]
        found = [f"{recall:.3f}" for recall in recalls]
        table.add_row(name, str(len(pages)), *speeds, f"{ratio:.2f}", str(medicines), *found)
        good &= ratio >= SPEED_BAR and recalls[1] >= recalls[0]
    console = Console()
    console.print(table)
    pictures = [page.picture for pages in sets.values() for page in pages]
    sizes = _memory(pictures, arguments.pages)
    console.print(
        f"memory of a worker, MB after each {EVERY} pages: {', '.join(f'{size:.0f}' for size in sizes)}"
    )
    return 0 if good else 1


def _load(folder: Path, gold_file: str) -> list[GoldPicture]:
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


def _in_turns(pages: Sequence[GoldPicture]) -> tuple[list[float], list[list[list[str]]]]:
    """Least seconds, and texts by page, of PaddleOCR and of ours."""
    pipeline, engine = _pipeline(), make_engine("paddle", {"threads": str(THREADS)})
    pictures = [page.picture for page in pages]

    def theirs(batch: Sequence[Picture]) -> list[list[str]]:
        return [pipeline.predict(np.ascontiguousarray(page[:, :, ::-1]))[0]["rec_texts"] for page in batch]

    def ours(batch: Sequence[Picture]) -> list[list[str]]:
        return [[line.text for line in lines] for lines in engine.read(batch)]

    readers = (theirs, ours)
    for reader in readers:  # the first call of a session is slow
        reader(pictures[:1])
    best = [[float("inf")] * len(readers) for _ in _batches(pictures)]
    for _ in range(ROUNDS):
        texts: list[list[list[str]]] = [[] for _ in readers]
        for batch, taken in zip(_batches(pictures), best, strict=True):
            for place, reader in enumerate(readers):
                started = time.perf_counter()
                texts[place] += reader(batch)
                taken[place] = min(taken[place], time.perf_counter() - started)
    return [sum(column) for column in zip(*best, strict=True)], texts


def _pipeline() -> Any:
    from paddleocr import PaddleOCR

    folders = model_folders()
    return PaddleOCR(
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


def _batches(pictures: Iterable[Picture]) -> Iterator[list[Picture]]:
    waiting = iter(pictures)
    while batch := list(islice(waiting, BATCH)):
        yield batch


def _memory(pictures: Sequence[Picture], pages: int) -> list[float]:
    """Resident megabytes of a process of its own after each `EVERY` pages."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_read_on, (pictures, pages))


def _read_on(pictures: Sequence[Picture], pages: int) -> list[float]:
    engine = make_engine("paddle", {"threads": str(THREADS)})
    process, sizes, read = psutil.Process(), [], 0
    for batch in _batches(islice(cycle(pictures), pages)):
        engine.read(batch)
        if (read + len(batch)) // EVERY > read // EVERY:
            sizes.append(process.memory_info().rss / 1e6)
        read += len(batch)
    return sizes


if __name__ == "__main__":
    sys.exit(main())
