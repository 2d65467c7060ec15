"""A page with what was read on it: boxes on the writing, the readings in a panel beside it.

Lines are outlined thinly in grey. Medications are numbered: green where nothing speaks against them, orange
where a person should look, with the reasons.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from PIL import Image, ImageDraw

from ocr.engines.base import Picture
from ocr.fonts import PRINT, Colour, wrap
from ocr.records import Box, Medication, PageRecord

_GREY, _INK, _PAPER = (150, 150, 150), (30, 30, 30), (250, 250, 248)
_SURE, _DOUBTFUL = (22, 120, 60), (200, 80, 0)
_SMALLEST = 13  # pixels of type that can still be read
_TYPE_SHARE = 1 / 52  # type size as a share of the page's longer side
_PANEL_WIDTH = 24  # in type sizes
_LEADING = 1.35


@dataclass(frozen=True, slots=True)
class _Entry:
    """A medication's readings as they stand in the panel: lines of text, each with its colour."""

    colour: Colour
    box: Box | None
    lines: tuple[tuple[str, Colour], ...]


def draw(picture: Picture, record: PageRecord) -> Picture:
    """The upright page with its boxes, and the readings in a panel at its right; small pages are enlarged."""
    scale = max(1.0, _SMALLEST / (_TYPE_SHARE * max(picture.shape[:2])))
    page = Image.fromarray(picture)
    page = page.resize((round(page.width * scale), round(page.height * scale)), Image.Resampling.BICUBIC)
    size = round(_TYPE_SHARE * max(page.size))
    entries = [_entry(*numbered, size) for numbered in enumerate(record.medications, start=1)]
    tops = list(_tops(entries, scale, size))
    bottom = max((top + _height(entry, size) for top, entry in zip(tops, entries, strict=True)), default=0)
    canvas = Image.new("RGB", (page.width + _PANEL_WIDTH * size, max(page.height, bottom + size)), _PAPER)
    canvas.paste(page)
    pen = ImageDraw.Draw(canvas)
    for line in record.lines:
        _outline(pen, line.box, scale, _GREY, max(1, size // 16))
    left = page.width + size
    for number, (entry, top) in enumerate(zip(entries, tops, strict=True), start=1):
        if entry.box is not None:
            _outline(pen, entry.box, scale, entry.colour, max(2, size // 6))
            _tag(pen, number, entry, scale, size)
            _lead(pen, entry, scale, (left - size // 2, top + size // 2))
        for row, (text, colour) in enumerate(entry.lines):
            PRINT.draw(pen, (left, top + size * (1 + row * _LEADING)), text, size, colour)
    if not entries:
        PRINT.draw(pen, (left, 2 * size), "No medicines were read.", size, _INK)
    return cast(Picture, np.asarray(canvas))


def _entry(number: int, medication: Medication, size: int) -> _Entry:
    colour = _DOUBTFUL if medication.needs_review else _SURE
    width = (_PANEL_WIDTH - 2) * size
    texts = [(f"{number}. {_title(medication)}", colour), (_directions(medication), _INK)]
    texts += [(f"read: {line}", _GREY) for line in medication.line.splitlines()]
    texts += [(f"! {reason}", _DOUBTFUL) for reason in medication.review_reasons]
    lines = tuple((part, shade) for text, shade in texts for part in wrap(PRINT, text, size, width))
    return _Entry(colour, medication.box, lines)


def _title(medication: Medication) -> str:
    name = medication.drug or medication.drug_text
    return " ".join(part for part in (medication.form, name, medication.strength) if part)


def _directions(medication: Medication) -> str:
    days = medication.duration_days
    parts = (
        medication.dose,
        medication.frequency,
        f"{days:g} days" if days else None,
        medication.instructions,
    )
    return ", ".join(part for part in parts if part)


def _height(entry: _Entry, size: int) -> int:
    return round(len(entry.lines) * size * _LEADING)


def _tops(entries: Sequence[_Entry], scale: float, size: int) -> Iterator[int]:
    """Where each entry begins: level with its box, or under the entry before it."""
    free = size
    for entry in entries:
        level = round(min(entry.box[1::2]) * scale) if entry.box is not None else 0
        top = max(free, level)
        free = top + _height(entry, size) + size // 2
        yield top


def _outline(pen: ImageDraw.ImageDraw, box: Box, scale: float, colour: Colour, width: int) -> None:
    points = [(x * scale, y * scale) for x, y in zip(box[0::2], box[1::2], strict=True)]
    pen.line([*points, points[0]], fill=colour, width=width, joint="curve")


def _tag(pen: ImageDraw.ImageDraw, number: int, entry: _Entry, scale: float, size: int) -> None:
    """The entry's number on the upper left corner of its box."""
    if entry.box is not None:
        x, y = entry.box[0] * scale, entry.box[1] * scale
        width = PRINT.width(str(number), size) + size // 2
        x, y = max(x, width), max(y, float(size))
        pen.rectangle((x - width, y - size, x, y + size // 4), fill=entry.colour)
        PRINT.draw(pen, (x - width + size // 4, y), str(number), size, (255, 255, 255))


def _lead(pen: ImageDraw.ImageDraw, entry: _Entry, scale: float, end: tuple[int, int]) -> None:
    """A thin line from the right end of the box to the entry in the panel."""
    if entry.box is not None:
        right = ((entry.box[2] + entry.box[4]) / 2 * scale, (entry.box[3] + entry.box[5]) / 2 * scale)
        pen.line([right, end], fill=entry.colour, width=1)
