"""Simulated pages, of which it is known what stands on them: names in their columns, and medications.

A part of the medicines that are drawn is left out of the formulary, since no list holds all.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein

from multilingual.clinical.formulary import Entry, Formulary
from multilingual.clinical.formulary_index import FormularyIndex
from multilingual.clinical.grammar import Order, parse_line
from multilingual.clinical.name_keys import name_key
from multilingual.clinical.strengths import strength_amounts
from ocr.calibrate.choices import choices_of
from ocr.calibrate.fit import Choice
from ocr.confidence import confidence_features
from ocr.engines.base import Columns, Engine, Fragment, Picture, Unread
from ocr.evidence import could_be_medicine
from ocr.layout import arrange
from ocr.lines import lines_of_page
from ocr.orders import Found, orders_of_page
from ocr.records import Box
from ocr.review import review_reasons
from ocr.rows import extent_of
from ocr.simulate.pages import simulated_page
from ocr.simulate.records import DrawnMedicine, SimulatedPage

LEFT_OUT = 0.2
"""Share of the medicines that are drawn and left out of the formulary."""
_SAME = 0.8
"""A name that is in no list counts as read from this similarity to what was written."""
_WITHIN = 0.5
"""Share of a line's box that lies within that of its medicine."""


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A simulated page and its lines as read, in reading order; their columns are kept in half the memory."""

    medicines: tuple[DrawnMedicine, ...]
    kept: list[Fragment]

    @property
    def lines(self) -> list[Fragment]:
        """The lines as an engine gives them."""
        return [_as_type(fragment, np.float32) for fragment in self.kept]


@dataclass(frozen=True, slots=True)
class Judged:
    """A medication that was found: its features, whether its drug and all of its dose are right."""

    features: list[float]
    right_drug: bool
    right_dose: bool
    reasons: tuple[str, ...]


def without_some(formulary: Formulary) -> Formulary:
    """The formulary without LEFT_OUT of its names, always the same ones."""
    kept = tuple(e for e in formulary.entries if zlib.crc32(e.name.encode()) % 1000 >= 1000 * LEFT_OUT)
    return replace(formulary, entries=kept)


def read_pages(seed: int, count: int, entries: Sequence[Entry], engine: Engine) -> Iterator[ReadPage]:
    """Pages of `seed`, drawn with medicines of `entries` and read."""
    for index in range(count):
        page = simulated_page(seed, index, entries)
        (fragments,) = engine.read([_picture(page)])
        if isinstance(fragments, Unread):
            continue
        kept = [_as_type(fragment, np.float16) for fragment in arrange(fragments)]
        yield ReadPage(page.medicines, kept)


def page_choices(page: ReadPage, index: FormularyIndex, places: dict[str, int]) -> Iterator[Choice]:
    """The choices that the names on a page are, those on lines without a medicine included."""
    for line in lines_of_page(page.lines):
        written = _medicine_at(line.source.box, page.medicines)
        if line.alignment is None or (written is not None and len(line.orders) > 1):
            continue
        for order in line.orders:
            if could_be_medicine(order, line, rx_seen=True):
                true = places.get(_key(written.drug)) if written is not None else None
                yield from choices_of(order, line.alignment, index, true)


def judged(page: ReadPage, index: FormularyIndex) -> Iterator[Judged]:
    """The medications found on a page, held against what was drawn where they stand."""
    for found in orders_of_page(page.lines, index):
        written = _medicine_at(found.lines[0].source.box, page.medicines)
        right_drug = written is not None and _is_drug(found, written.drug)
        yield Judged(
            confidence_features(found.order, found.naming, found.lines, found.weight),
            right_drug,
            right_drug and written is not None and _is_dose(found.order, written),
            review_reasons(found.order, found.naming, found.lines),
        )


def _is_drug(found: Found, written: str) -> bool:
    """Whether the name is the one that was written: to the letter where it was matched, else nearly."""
    best = found.naming.best
    if best is not None:
        return _key(best.entry.name) == _key(written)
    return Levenshtein.normalized_similarity(_key(found.order.drug_text), _key(written)) >= _SAME


def _is_dose(order: Order, written: DrawnMedicine) -> bool:
    """Whether strength and frequency mean what was written, both as the grammar reads them."""
    told = next((each for each in parse_line(written.line.replace("\n", " ")) if each.drug_text), None)
    if told is None:
        return False
    return all(
        (
            _amounts(order.strength) == _amounts(told.strength),
            order.times_per_day == told.times_per_day,
            (order.once, order.as_needed) == (told.once, told.as_needed),
            None in (order.schedule, told.schedule) or order.schedule == told.schedule,
        )
    )


def _amounts(strength: str | None) -> tuple[float, ...]:
    return tuple(value for value, _ in strength_amounts(strength)) if strength else ()


def _medicine_at(box: Box, medicines: Sequence[DrawnMedicine]) -> DrawnMedicine | None:
    """The medicine within whose box most of a line's box lies, if one."""
    line = extent_of(box)
    area = (line.right - line.left) * (line.bottom - line.top)
    shares = []
    for medicine in medicines:
        other = extent_of(medicine.box)
        width = min(line.right, other.right) - max(line.left, other.left)
        height = min(line.bottom, other.bottom) - max(line.top, other.top)
        shares.append(max(0.0, width) * max(0.0, height) / area if area > 0 else 0.0)
    best = max(range(len(shares)), key=shares.__getitem__, default=None)
    return medicines[best] if best is not None and shares[best] >= _WITHIN else None


def _key(name: str) -> str:
    return name_key(name).lower()


def _as_type(fragment: Fragment, kind: type[np.floating[Any]]) -> Fragment:
    columns = fragment.columns
    if columns is None:
        return fragment
    return Fragment(fragment.line, Columns(columns.chances.astype(kind), columns.characters))


def _picture(page: SimulatedPage) -> Picture:
    decoded = cv2.imdecode(np.frombuffer(page.image.bytes, np.uint8), cv2.IMREAD_COLOR)
    return np.ascontiguousarray(np.asarray(decoded, np.uint8)[:, :, ::-1])
