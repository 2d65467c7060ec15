"""Pictures of the lines that were read wrongly, cut from the pages, for an evaluation's report."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from PIL import Image

from eval.records import PageItem, ScoredMedicine
from ocr.engines.base import Picture
from ocr.pages import open_pages
from ocr.sources import NoInput, find_sources

_MARGIN = 0.35  # of the box's height, on each side
_WIDEST = 640  # pixels
_QUALITY = 80


def with_crops(items: Iterable[PageItem]) -> Iterator[PageItem]:
    """The items, each medicine that was read wrongly with a picture of its line; one page is held at a time.

    A page that is no longer at its address, or does not open, gives none.
    """
    for item in items:
        if any(map(_is_wrong, item.medicines)):
            picture = _picture(item.source, item.page)
            medicines = tuple(_cropped(medicine, picture) for medicine in item.medicines)
            yield replace(item, medicines=medicines)
        else:
            yield item


def _is_wrong(medicine: ScoredMedicine) -> bool:
    return medicine.box is not None and bool(
        medicine.critical or medicine.wrong or medicine.outcome == "invented"
    )


def _picture(source: str, number: int) -> Picture | None:
    try:
        (found,) = find_sources([source])
    except (NoInput, ValueError):  # it is gone, or more than one document now
        return None
    return next((page.picture for page in open_pages(found) if page.page == number), None)


def _cropped(medicine: ScoredMedicine, picture: Picture | None) -> ScoredMedicine:
    if picture is None or medicine.box is None or not _is_wrong(medicine):
        return medicine
    corners = np.array(medicine.box).reshape(4, 2)
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    margin = (bottom - top) * _MARGIN
    height, width = picture.shape[:2]
    place = (
        max(0, int(left - margin)),
        max(0, int(top - margin)),
        min(width, int(right + margin) + 1),
        min(height, int(bottom + margin) + 1),
    )
    if place[0] >= place[2] or place[1] >= place[3]:
        return medicine
    crop = Image.fromarray(picture).crop(place)
    crop.thumbnail((_WIDEST, _WIDEST))
    file = io.BytesIO()
    crop.save(file, "JPEG", quality=_QUALITY)
    return replace(medicine, crop=file.getvalue())
