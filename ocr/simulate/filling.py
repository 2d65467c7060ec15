"""What a doctor writes on a form: the patient's fields, the margin, and medicines or a letter."""

from collections.abc import Sequence

import numpy as np

from multilingual.clinical.formulary import Entry
from ocr.simulate.doctors import Doctor
from ocr.simulate.orders import local_entries, write_order
from ocr.simulate.pen import strike_out, underline
from ocr.simulate.phrases import filled, phrase
from ocr.simulate.practices import Practice
from ocr.simulate.printing import Frame
from ocr.simulate.sheet import Medicine
from ocr.simulate.strokes import line_width
from ocr.simulate.surface import Corners, Role, Surface, around
from ocr.simulate.words import pick

Written = tuple[Medicine, Corners]
"""A medicine as it was written, and the box around its lines on the sheet."""

_TRIES = 20  # to find a name in the doctor's script
_MEDICINES = (0.0, 0.16, 0.24, 0.2, 0.16, 0.1, 0.07, 0.04, 0.03)  # how often so many are ordered


def fill_in(
    surface: Surface, frame: Frame, practice: Practice, x_height: float, random: np.random.Generator
) -> None:
    """The patient's fields, and vitals and history in the margin."""
    hand, words = practice.hand, practice.form.words
    for x, y, room, value in frame.fields:
        if room > 4 * x_height:
            _write(surface, hand, value, (x, y), min(x_height, 0.06 * surface.size[0]), "field", random, room)
    if frame.margin:
        left, y, right, bottom = frame.margin
        pitch = x_height * random.uniform(2.6, 3.6)
        for _ in range(int(random.integers(2, 9))):
            y += pitch * random.uniform(0.9, 1.8)
            if y > bottom - pitch:
                break
            note = phrase(pick(words["notes"], random), random)
            _write(surface, hand, note, (left, y), 0.85 * x_height, "vitals", random, right - left)


def write_orders(
    surface: Surface,
    frame: Frame,
    practice: Practice,
    x_height: float,
    entries: Sequence[Entry],
    random: np.random.Generator,
) -> list[Written]:
    """The medicines, as many as there is room for, and some advice under them."""
    hand, style = practice.hand, practice.style
    left, top, right, bottom = frame.body
    pitch = frame.ruled or x_height * random.uniform(3.0, 4.4)
    if frame.ruled:
        x_height = min(x_height, 0.42 * frame.ruled)
    left += random.uniform(0.0, 0.08) * (right - left)
    local = local_entries(style.language) or tuple(entries)
    medicines: list[Written] = []
    y = top + pitch
    if not practice.form.is_printed and random.random() < 0.6:
        _write(surface, hand, "Rx", (left, y), 1.4 * x_height, "field", random, right - left)
        y += pitch
    if random.random() < 0.1:
        strike_out(surface, filled("{w}", random), (left + 2 * x_height, y), hand, x_height, random)
        y += pitch
    for number in range(1, int(random.choice(9, p=_MEDICINES)) + 1):
        entry = _suiting(local, style.language, random)
        order = write_order(entry, style, number, random)
        room = right - left
        lines = [part for line in order.lines for part in _wrapped(line, hand, x_height, room)]
        if not all(map(hand.can_write, lines)):
            continue
        if medicines and y + pitch * len(lines) > bottom:
            break
        first = len(surface.lines)
        for depth, line in enumerate(lines):
            x = left + (random.normal(0, 0.4) + (2.0 if depth else 0.0)) * x_height
            _write(surface, hand, line, (x, y), x_height, "medicine", random, right - x)
            y += pitch
        y += pitch * random.uniform(0.0, 0.6)
        written = order.medicine.model_copy(update={"line": "\n".join(lines)})
        medicines.append((written, around(surface.lines[first:])))
    advices = practice.form.words["advice"]
    for number in random.permutation(len(advices))[: int(random.integers(0, 3))]:
        y += pitch * random.uniform(0.8, 1.6)
        if y < bottom:
            advice = filled(advices[number], random)
            _write(surface, hand, advice, (left, y), x_height, "advice", random, right - left)
            if random.random() < 0.25 and surface.lines[-1].role == "advice":
                underline(surface, surface.lines[-1], hand, x_height, random)
    return medicines


def _suiting(entries: Sequence[Entry], language: str, random: np.random.Generator) -> Entry:
    """A medicine whose name is in the doctor's script; formularies may mix several."""
    entry = pick(entries, random)
    for _ in range(_TRIES):
        if language == "zh" or all(letter < "\u0300" for letter in entry.name):
            break
        entry = pick(entries, random)
    return entry


def write_letter(
    surface: Surface, frame: Frame, practice: Practice, x_height: float, random: np.random.Generator
) -> None:
    """A certificate, a referral or a list of tests: a page without medicines."""
    left, top, right, bottom = frame.body
    pitch = frame.ruled or x_height * random.uniform(3.0, 4.4)
    y = top
    sentences = practice.form.words["letter"]
    for number in random.permutation(len(sentences))[: int(random.integers(3, 9))]:
        y += pitch
        if y < bottom:
            text = filled(sentences[number], random)
            _write(surface, practice.hand, text, (left, y), x_height, "advice", random, right - left)


def _write(
    surface: Surface,
    hand: Doctor,
    text: str,
    at: tuple[float, float],
    x_height: float,
    role: Role,
    random: np.random.Generator,
    room: float,
) -> None:
    """Write in the hand, smaller where the room is narrow."""
    wide = line_width(text, hand, x_height) * 1.08
    surface.write(text, at, hand, x_height * min(1.0, room / wide), role, random)


def _wrapped(text: str, hand: Doctor, x_height: float, room: float) -> list[str]:
    """The text in lines that fit, broken at spaces; a word alone may be wider."""
    lines: list[str] = []
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and line_width(joined, hand, x_height) * 1.05 > room:
            lines.append(word)
        else:
            lines[-1:] = [joined]
    return [line.strip() for line in lines if line.strip()]
