"""Simulated lines to train a vision-language model on: pictures of orders, and the answers wanted of them.

Line number i follows from the seed and i alone, so that any number of processes draws the same lines.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import cv2
import numpy as np
import pyarrow as pa
from pydantic import ValidationError

from multilingual.clinical.formulary import Entry
from ocr.simulate.crops import draw_crop
from ocr.simulate.doctors import simulated_doctor
from ocr.simulate.lexicon import is_devanagari, is_han
from ocr.simulate.orders import order_style, write_order
from ocr.simulate.texts import Text, training_texts
from ocr.simulate.words import pick
from ocr.train.simulated import coded
from ocr.vision_language.medication_answer import Medicine, written

SCHEMA = pa.schema([("picture", pa.binary()), ("answer", pa.string()), ("kind", pa.string())])
"""A line as JPEG, what a model shall answer, and what it is: an order, a name alone, or no medicine."""
KINDS = {"order": 0.55, "name": 0.3, "nothing": 0.15}
"""How often a line is what, unless told otherwise."""
_LANGUAGES = ("en", "en", "en", "en", "roman_hi", "hi", "pt")
_PRINTED = 0.12
_MOST_NUMBERED = 9
_NOT_NAMES = frozenset({"figures", "note", "printed", "han"})


def draw_lines(
    entries: Sequence[Entry], seed: int, first: int, count: int, kinds: Mapping[str, float] = KINDS
) -> pa.Table:
    """The lines `first` to `first + count`, ordering medicines of `entries`; columns of `SCHEMA`.

    `kinds` are shares that add up to 1.
    """
    rows = [
        _row(entries, kinds, np.random.default_rng((seed, number))) for number in range(first, first + count)
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _row(
    entries: Sequence[Entry], kinds: Mapping[str, float], random: np.random.Generator
) -> dict[str, object]:
    """A line that its hand has letters for."""
    kind = str(random.choice(list(kinds), p=list(kinds.values())))
    while True:
        try:
            text, medicines = _written(kind, entries, random)
        except ValidationError:  # a part is longer than an answer may tell
            continue
        script = "devanagari" if any(map(is_devanagari, text)) else "latin"
        if script == "latin" and random.random() < _PRINTED:
            script = "print"
        doctor = simulated_doctor(int(random.integers(1 << 31)), script)  # type: ignore[arg-type]
        if text.strip() and not any(map(is_han, text)) and doctor.can_write(text):
            break
    crop = np.asarray(cv2.cvtColor(draw_crop(text, doctor, random), cv2.COLOR_RGB2GRAY), np.uint8)
    return {"picture": coded(crop), "answer": written(medicines), "kind": kind}


def _written(kind: str, entries: Sequence[Entry], random: np.random.Generator) -> tuple[str, list[Medicine]]:
    """What is written on a line, and the medicines that it orders."""
    if kind == "nothing":
        return _other(random).text, []
    style = replace(order_style(random, pick(_LANGUAGES, random)), below=0.0)
    entry = entries[int(random.integers(len(entries)))]
    order = write_order(entry, style, int(random.integers(1, _MOST_NUMBERED + 1)), random)
    if kind == "name":
        return order.written["name"], [Medicine(name=order.written["name"])]
    return order.lines[0], [Medicine.model_validate(order.written)]


def _other(random: np.random.Generator) -> Text:
    """A line of another part of the form: a note, vitals, print."""
    notes = training_texts(("-",), random)
    return next(text for text in notes if text.text.strip("- ") and text.kind in _NOT_NAMES)
