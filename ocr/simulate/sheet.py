"""A prescription sheet before it is photographed: the printed form, and what is written on it."""

from dataclasses import replace

import numpy as np
from pydantic import BaseModel, ConfigDict

from ocr.engines.base import Picture
from ocr.simulate.doctors import calm_doctor
from ocr.simulate.pen import sign
from ocr.simulate.strokes import line_width
from ocr.simulate.surface import Role, Surface

_PRINTED = (40, 60, 110)
_PAPER = (252, 251, 246)
_LEFT = 0.06  # the page's margins, as a share of its width


class Medicine(BaseModel):
    """What the hand writes (`line`; a line break goes to the next line), and what it means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    line: str
    form: str | None = None
    drug: str
    strength: str | None = None
    dose: str | None = None
    frequency: str | None = None
    duration: str | None = None
    route: str | None = None
    instructions: str | None = None


class Sheet(BaseModel):
    """One page: its text, its hand, and how it lies before the camera."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    page: int = 1
    seed: int
    hand: str
    ink: tuple[int, int, int]
    size: tuple[int, int]
    tilt: float = 0.0
    turn: int = 0
    shadow: float = 0.0
    clinic: str
    doctor: str
    address: str
    fields: tuple[tuple[str, str], ...]
    margin: tuple[str, ...]
    margin_share: float = 0.27
    closing: tuple[str, ...]
    medicine: tuple[Medicine, ...]


def draw_sheet(sheet: Sheet, random: np.random.Generator) -> Picture:
    """The sheet lying flat, as a scanner without faults would see it."""
    drawing = _Drawing(sheet, random)
    top = drawing.print_form()
    drawing.fill_in()
    drawing.write_body(top)
    return drawing.surface.picture


_FOOTER = "Drawn sample - not a prescription"
_LARGE = 0.52  # the height of a letter x, as a share of the size of type


class _Drawing:
    """A sheet under way. Sizes are in fortieths of its width."""

    def __init__(self, sheet: Sheet, random: np.random.Generator) -> None:
        self.surface = Surface(*sheet.size, _PAPER)
        self._sheet, self._random = sheet, random
        self._unit = sheet.size[0] / 40
        self._hand = replace(calm_doctor(sheet.hand), ink=sheet.ink)
        self._serif, self._sans = (calm_doctor(name) for name in ("noto-serif", "noto-sans"))
        share = sheet.margin_share if sheet.margin else _LEFT + 0.02
        self._body_left = sheet.size[0] * share

    def print_form(self) -> float:
        """Print the header and the rules; returns where the body begins."""
        (width, height), unit, left = self._sheet.size, self._unit, self._sheet.size[0] * _LEFT
        self._print((left, 2.6 * unit), self._sheet.clinic, 1.5, bold=True)
        self._print((left, 4.1 * unit), self._sheet.doctor, 0.85)
        self._print((left, 5.4 * unit), self._sheet.address, 0.72)
        self._rule((left, 6.1 * unit), (width - left, 6.1 * unit), max(2, round(unit / 8)))
        for x, (label, _) in zip(self._field_starts(), self._sheet.fields, strict=True):
            self._print((x, 7.9 * unit), f"{label}:", 0.8)
        self._rule((left, 8.6 * unit), (width - left, 8.6 * unit))
        top = 9.2 * unit
        self._print((self._body_left, top + 1.9 * unit), "Rx", 1.9, bold=True)
        if self._sheet.margin:
            x = self._body_left - 0.8 * unit
            self._rule((x, top), (x, height - 6 * unit))
        self._rule((left, height - 4 * unit), (width - left, height - 4 * unit))
        self._print((left, height - 2.6 * unit), _FOOTER, 0.65)
        self._print((0.7 * width, height - 4.6 * unit), "Signature", 0.6)
        return top

    def fill_in(self) -> None:
        """Write the patient's fields."""
        for x, (label, value) in zip(self._field_starts(), self._sheet.fields, strict=True):
            start = x + line_width(f"{label}: ", self._sans, _LARGE * 0.8 * self._unit)
            self._write((start, 7.8 * self._unit), value, 1.15, "field")

    def write_body(self, top: float) -> None:
        """Write the margin, the medicines and what closes the page."""
        unit, (width, height) = self._unit, self._sheet.size
        y = top + 1.8 * unit
        for note in self._sheet.margin:
            self._write((width * _LEFT * 0.8, y), note, 1.1, "vitals")
            y += 1.9 * unit
        y = top + 4.6 * unit
        for medicine in self._sheet.medicine:
            for depth, line in enumerate(medicine.line.split("\n")):
                start = self._body_left + depth * 1.5 * unit + self._random.normal(0, 0.2) * unit
                self._write((start, y), line, 1.6, "medicine")
                y += 2.5 * unit
            y += 1.1 * unit
        y = max(y + unit, 0.72 * height)
        for note in self._sheet.closing:
            self._write((self._body_left, y), note, 1.3, "advice")
            y += 2.1 * unit
        sign(self.surface, (0.68 * width, height - 6 * unit), 8 * unit, self._hand, self._random)

    def _field_starts(self) -> list[float]:
        width = self._sheet.size[0]
        shares = np.linspace(_LEFT, 1 - _LEFT, len(self._sheet.fields) + 1)[:-1]
        return [width * float(share) * (1.06 if index else 1) for index, share in enumerate(shares)]

    def _write(self, at: tuple[float, float], text: str, size: float, role: Role) -> None:
        if text:
            x_height = 0.42 * size * self._unit
            self.surface.write(text, at, self._hand, x_height, role, self._random)

    def _print(self, at: tuple[float, float], text: str, size: float, *, bold: bool = False) -> None:
        printer = self._serif if bold else self._sans
        x_height = _LARGE * size * self._unit
        self.surface.write(text, at, printer, x_height, "print", self._random, _PRINTED)

    def _rule(self, start: tuple[float, float], end: tuple[float, float], width: int = 1) -> None:
        self.surface.rule(start, end, _PRINTED, width)
