"""A form printed on a sheet, and where on it a doctor writes."""

from dataclasses import dataclass

import cv2
import numpy as np

from ocr.simulate.doctors import Colour
from ocr.simulate.forms import Form
from ocr.simulate.phrases import filled
from ocr.simulate.strokes import line_width
from ocr.simulate.surface import Surface
from ocr.simulate.words import pick

Rectangle = tuple[float, float, float, float]
"""Left, top, right and bottom in pixels."""

_EDGE = 0.06  # of the page's width
_UNITS = 34  # of sizes, in the page's width


@dataclass(frozen=True, slots=True)
class Frame:
    """The places of a printed form. `fields` are baseline points with what is to be filled in there."""

    body: Rectangle
    margin: Rectangle | None
    fields: tuple[tuple[float, float, float, str], ...]
    signature: tuple[float, float]
    ruled: float | None  # distance of the body's lines


def print_form(surface: Surface, form: Form, random: np.random.Generator) -> Frame:
    """Print the form, and say where to write."""
    width, height = surface.size
    unit, left, right = width / _UNITS, width * _EDGE, width * (1 - _EDGE)
    top = _print_heading(surface, form, unit, random) if form.heading else height * 0.03
    fields: tuple[tuple[float, float, float, str], ...] = ()
    if form.is_printed:
        top, fields = _print_fields(surface, form, (left, right), top, unit, random)
    bottom = height - (4.2 if form.is_printed else 2.0) * unit
    margin = None
    start = left + form.margin * width
    if form.margin:
        surface.rule((start - 0.4 * unit, top), (start - 0.4 * unit, bottom), form.ink)
        margin = (left * 0.5, top + 0.6 * unit, start - 0.6 * unit, bottom)
    ruled = _rule_body(surface, form, (start, top + 2 * unit, right, bottom), unit, random)
    if form.is_printed:
        _print_ends(surface, form, (left, right), bottom, unit, random)
    mark = pick(form.words["rx"], random) if form.is_printed else ""
    if mark:
        _print(surface, form, mark, (start, top + 1.8 * unit), 0.9 * unit, random)
    if form.frame:
        edge = 0.25 * left
        for x in (edge, width - edge):
            surface.rule((x, edge), (x, height - edge), form.ink, 2)
        for y in (edge, height - edge):
            surface.rule((edge, y), (width - edge, y), form.ink, 2)
    body = (start, top + (2.2 if mark else 0.8) * unit, right, bottom)
    return Frame(body, margin, fields, (0.62 * width, bottom + 0.6 * unit), ruled)


def _print_heading(surface: Surface, form: Form, unit: float, random: np.random.Generator) -> float:
    """The clinic, the doctor, addresses; returns where they end."""
    width, _ = surface.size
    texts = [*zip(form.title, (0.85 * unit, 0.6 * unit), strict=True)]
    texts += [(text, 0.36 * unit) for text in form.details]
    left, right, y = width * _EDGE, width * (1 - _EDGE), unit * 0.9
    if form.heading == "split":  # the doctor at the left, the clinic at the right
        lower = y
        for side, part in ((0, texts[1:4]), (1, [texts[0], *texts[4:]])):
            down = y
            for text, largest in part:
                x_height, wide = _fitting(text, form, largest, (right - left) * 0.47, side)
                down += 2.4 * x_height
                _print(surface, form, text, (right - wide if side else left, down), x_height, random, side)
            lower = max(lower, down)
        y = lower
    else:
        for number, (text, largest) in enumerate(texts):
            x_height, wide = _fitting(text, form, largest, right - left, number > 0)
            y += 2.4 * x_height
            x = left if form.heading == "left" else (width - wide) / 2
            _print(surface, form, text, (x, y), x_height, random, number > 0)
    _, widest = _fitting(form.title[0], form, 0.85 * unit, right - left, 0)
    if form.heading == "centre" and widest < 0.75 * (right - left) and random.random() < 0.5:
        _print_logo(surface, form, (left + 1.2 * unit, 2.2 * unit), unit, random)
    y += 0.5 * unit
    surface.rule((left, y), (right, y), form.ink, max(1, round(unit / 12)))
    return y


def _print_logo(
    surface: Surface, form: Form, centre: tuple[float, float], unit: float, random: np.random.Generator
) -> None:
    """A disc, a ring or a cross."""
    x, y = round(centre[0]), round(centre[1])
    radius, thickness = round(random.uniform(0.6, 1.1) * unit), max(2, round(unit / 6))
    kind = random.random()
    if kind < 0.6:
        cv2.circle(surface.picture, (x, y), radius, form.ink, -1 if kind < 0.25 else thickness, cv2.LINE_AA)
    if kind > 0.25:
        arm = radius // 2
        cv2.line(surface.picture, (x - arm, y), (x + arm, y), form.ink, thickness * 2)
        cv2.line(surface.picture, (x, y - arm), (x, y + arm), form.ink, thickness * 2)


def _print_fields(
    surface: Surface,
    form: Form,
    sides: tuple[float, float],
    top: float,
    unit: float,
    random: np.random.Generator,
) -> tuple[float, tuple[tuple[float, float, float, str], ...]]:
    """Name, age, date and the like, with room behind each; returns where they end, and the places."""
    left, right = sides
    chosen = random.permutation(len(form.words["fields"]))[: int(random.integers(2, 6))]
    rows = [sorted(chosen)[start : start + 3] for start in range(0, len(chosen), 3)]
    places = []
    y = top
    for row in rows:
        y += 1.7 * unit
        shares = np.cumsum([0.0, *random.uniform(0.7, 1.3, len(row))])
        starts = left + (right - left) * shares / shares[-1]
        for number, start, end in zip(row, starts, starts[1:], strict=False):
            label, value = form.words["fields"][number]
            x = _print(surface, form, f"{label}:", (start, y), 0.36 * unit, random, 1) + 0.3 * unit
            places.append((x, y - 0.1 * unit, end - 0.3 * unit - x, filled(value, random)))
            if form.underlined:
                surface.rule((x, y + 0.15 * unit), (end - 0.4 * unit, y + 0.15 * unit), form.ink)
    y += 0.7 * unit
    surface.rule((left, y), (right, y), form.ink)
    return y, tuple(places)


def _rule_body(
    surface: Surface, form: Form, body: Rectangle, unit: float, random: np.random.Generator
) -> float | None:
    """Lines to write on, if the form has any; returns their distance."""
    left, top, right, bottom = body
    if form.rules == "none":
        return None
    step = random.uniform(1.6, 2.3) * unit
    faint = _between(form.ink, form.paper, 0.2 if form.rules == "squares" else 0.45)
    for y in _steps(top, bottom, step):
        if form.rules == "dots":
            for x in _steps(left, right, max(4.0, unit / 4)):
                surface.rule((x, y), (x + 1, y), faint)
        else:
            surface.rule((left, y), (right, y), faint)
    if form.rules == "squares":
        for x in _steps(left, right, step):
            surface.rule((x, top), (x, bottom), faint)
    return None if form.rules == "squares" else float(step)


def _steps(start: float, end: float, step: float) -> list[float]:
    return [start + number * step for number in range(int((end - start) / step) + 1)]


def _between(ink: Colour, paper: Colour, share: float) -> Colour:
    red, green, blue = (round(share * a + (1 - share) * b) for a, b in zip(ink, paper, strict=True))
    return red, green, blue


def _print_ends(
    surface: Surface,
    form: Form,
    sides: tuple[float, float],
    bottom: float,
    unit: float,
    random: np.random.Generator,
) -> None:
    """The place for the signature, and the footer."""
    left, right = sides
    signature = pick(form.words["signatures"], random)
    if signature:
        x_height, wide = _fitting(signature, form, 0.32 * unit, 0.3 * (right - left))
        _print(surface, form, signature, (right - wide, bottom + 1.9 * unit), x_height, random, 1)
    surface.rule((left, bottom + 2.3 * unit), (right, bottom + 2.3 * unit), form.ink)
    x_height, _ = _fitting(form.footer, form, 0.32 * unit, right - left)
    _print(surface, form, form.footer, (left, bottom + 3.1 * unit), x_height, random, 1)


def _fitting(text: str, form: Form, x_height: float, most: float, printer: int = 1) -> tuple[float, float]:
    """An x-height at which the text is at most so wide, and how wide it is."""
    wide = line_width(text, form.printers[printer], x_height) * 1.05
    scale = min(1.0, most / wide)
    return x_height * scale, wide * scale


def _print(
    surface: Surface,
    form: Form,
    text: str,
    at: tuple[float, float],
    x_height: float,
    random: np.random.Generator,
    printer: int = 0,
) -> float:
    return surface.write(text, at, form.printers[printer], x_height, "print", random, form.ink)
