"""The record of a simulated page: its picture, and all that a reader should find on it.

Declared once, as in `ocr/records.py`. Boxes are four corners in pixels of the picture, clockwise from the
top left.
"""

from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from multilingual.columns import column, schema_of, struct_of
from ocr.records import BOX, Box


@dataclass(frozen=True, slots=True)
class Image:
    """The picture as a file, named as in Hugging Face datasets."""

    bytes: bytes = column(pa.binary(), "the picture, JPEG")
    path: str = column(pa.string(), "its name, the same in the gold reading")


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """A line of text on the page."""

    text: str = column(pa.string(), "what it says, NFC")
    role: str = column(pa.string(), "print, field, vitals, medicine, advice or stamp")
    box: Box = column(BOX, "four corners, pixels of the picture")


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnMedicine:
    """A medicine as ordered: what the hand wrote, and what it means."""

    line: str = column(pa.string(), "as written, its lines joined by line breaks")
    drug: str = column(pa.string(), "the name as written")
    form: str | None = column(pa.string(), "tablet, capsule, ...", null="not written")
    strength: str | None = column(pa.string(), "as written", null="not written")
    dose: str | None = column(pa.string(), "amount a time", null="not written")
    frequency: str | None = column(pa.string(), "as written", null="not written")
    duration: str | None = column(pa.string(), "as written, or in plain words", null="not written")
    route: str | None = column(pa.string(), "as written", null="not written")
    instructions: str | None = column(pa.string(), "food and other words, as written", null="not written")
    box: Box = column(BOX, "around its lines, four corners")


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedPage:
    """One drawn page; one row of a shard."""

    image: Image = column(struct_of(Image), "the picture and its name")
    index: int = column(pa.int64(), "number of the page, from 0")
    width: int = column(pa.int32(), "pixels")
    height: int = column(pa.int32(), "pixels")
    doctor: int = column(pa.int32(), "number of the simulated doctor: hand, habits and form")
    language: str = column(pa.string(), "of the directions: en, roman_hi, hi, pt or zh")
    form: str = column(pa.string(), "how the paper is laid out: letterhead, pad, plain or chufang")
    printed_form: bool = column(pa.bool_(), "whether the sheet has a printed heading")
    legibility: str = column(pa.string(), "easy, medium or hard, by the doctor's speed")
    text: str = column(pa.string(), "all lines in the picture, in the order in which they were drawn")
    lines: tuple[DrawnLine, ...] = column(pa.list_(struct_of(DrawnLine)), "lines with their places")
    medicines: tuple[DrawnMedicine, ...] = column(
        pa.list_(struct_of(DrawnMedicine)), "medicines in order; none on a page that is no prescription"
    )


PAGE_SCHEMA: pa.Schema = schema_of(SimulatedPage)


def to_row(page: SimulatedPage) -> dict[str, Any]:
    """The page as a plain dictionary of `PAGE_SCHEMA`'s columns."""
    return asdict(page)


def gold_of(row: dict[str, Any]) -> dict[str, Any]:
    """What a reader should find on a page, a row of `PAGE_SCHEMA`, in the form that the scorer reads."""
    return {
        "image": row["image"]["path"],
        "page": 1,
        "size": [row["width"], row["height"]],
        "legibility": row["legibility"],
        "printed_form": row["printed_form"],
        "medicines": [medicine | {"confident": True} for medicine in row["medicines"]],
    }
