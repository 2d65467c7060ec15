"""Small pages that the fake engine reads, and what a job made of them."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from PIL import Image


def page_picture(seed: int) -> Image.Image:
    """A small page with something on it; no two seeds give the same."""
    noise = np.random.default_rng(seed).integers(0, 128, (60, 80, 1), dtype=np.uint8)
    page = np.full((160, 120, 3), 255, np.uint8)
    page[40:100, 20:100] = noise
    return Image.fromarray(page)


def write_pages(folder: Path, numbers: range) -> list[Path]:
    """Single pages as PNG files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"page{number:03}.png" for number in numbers]
    for number, file in zip(numbers, files, strict=True):
        page_picture(number).save(file)
    return files


def write_document(file: Path, seeds: range) -> Path:
    """Several pages in one TIFF or PDF file."""
    first, *rest = [page_picture(seed) for seed in seeds]
    first.save(file, save_all=True, append_images=rest)
    return file


def rows_of(output: Path) -> list[dict[str, Any]]:
    """All rows of an output folder, part by part."""
    return [row for part in sorted(output.glob("*.parquet")) for row in pq.read_table(part).to_pylist()]


def pages_of(output: Path) -> list[tuple[str, int | None]]:
    """(name of the file, number of the page) of all rows, sorted."""
    return sorted((Path(row["source"]).name, row["page"] or 0) for row in rows_of(output))
