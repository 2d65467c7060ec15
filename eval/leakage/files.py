"""Files of texts and folders of pictures, test or training, that are compared for leakage."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from eval.leakage.image_hash import Pixels
from ocr.colours import to_rgb

_IDS: Final = ("query_id", "id")
_PICTURES: Final = frozenset((".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp"))


def read_texts(path: Path, column: str = "query") -> dict[str, str]:
    """Texts by id of JSON lines; the id is query_id or id, else the line's number.

    Raises OSError, or ValueError that names file and line, never a text.
    """
    texts: dict[str, str] = {}
    with path.open(encoding="utf-8-sig", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            row = _row(line, f"{path}, line {number}")
            text = row.get(column)
            if not isinstance(text, str):
                raise ValueError(f"{path}, line {number} has no {column}, or no text there")  # noqa: TRY004
            text_id = next((str(row[name]) for name in _IDS if row.get(name) is not None), f"line {number}")
            if text_id in texts:
                raise ValueError(f"{path}, line {number}: id {text_id} occurs twice")
            texts[text_id] = text
    if not texts:
        raise ValueError(f"{path} holds no text")
    return texts


def _row(line: str, place: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"{place} is no JSON: {error.msg}") from None
    if not isinstance(row, Mapping):
        raise ValueError(f"{place} is no object")  # noqa: TRY004
    return row


def pictures_in(folder: Path) -> list[Path]:
    """The pictures in a folder, at any depth, in order. Raises ValueError where there is none."""
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in _PICTURES]
    if not paths:
        raise ValueError(f"{folder} holds no picture")
    return paths


def read_pictures(folder: Path) -> Iterator[tuple[str, Pixels]]:
    """Path within the folder and upright RGB pixels of each picture in it.

    Raises ValueError where there is none, or that names one that can't be read.
    """
    for path in pictures_in(folder):
        try:
            with Image.open(path) as image:
                pixels = np.asarray(to_rgb(ImageOps.exif_transpose(image)))
        except (OSError, UnidentifiedImageError, ValueError, Image.DecompressionBombError) as error:
            raise ValueError(f"{path} can't be read: {type(error).__name__}") from None
        yield str(path.relative_to(folder)), pixels
