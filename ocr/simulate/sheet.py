"""A prescription sheet before it is photographed: the printed form, and what is written on it."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw
from pydantic import BaseModel, ConfigDict

from ocr.engines.base import Picture
from ocr.fonts import PRINT, Typeface
from ocr.simulate.hand import HANDS, Mask, write

_FONTS = Path(__file__).parent / "fonts"
_SERIF = Typeface(latin=_FONTS / "noto-serif-latin-700.woff2", devanagari=PRINT.devanagari, han=PRINT.han)
_SANS = Typeface(latin=_FONTS / "noto-sans-latin-400.woff2", devanagari=PRINT.devanagari, han=PRINT.han)
_PRINTED = (40, 60, 110)
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
    width, height = sheet.size
    paper = Image.new("RGB", sheet.size, (252, 251, 246))
    top = _print_form(ImageDraw.Draw(paper), sheet)
    ink: Mask = np.zeros((height, width), np.float32)
    _fill_in(ink, sheet, random)
    _write_body(ink, sheet, top, random)
    colour = np.array(sheet.ink, np.float32)
    grain = cv2.GaussianBlur(random.normal(0, 1, ink.shape).astype(np.float32), (0, 0), 1.2)
    cover = np.clip(ink * (0.9 + 0.25 * grain), 0, 1)[:, :, np.newaxis]
    inked: Picture = (np.asarray(paper, np.float32) * (1 - cover) + colour * cover).astype(np.uint8)
    return inked


def _print_form(pen: ImageDraw.ImageDraw, sheet: Sheet) -> int:
    """Print the header and the rules; returns where the body begins."""
    width, height = sheet.size
    unit, left = width // 40, width * _LEFT
    _SERIF.draw(pen, (left, 2.6 * unit), sheet.clinic, round(1.5 * unit), _PRINTED)
    _SANS.draw(pen, (left, 4.1 * unit), sheet.doctor, round(0.85 * unit), _PRINTED)
    _SANS.draw(pen, (left, 5.4 * unit), sheet.address, round(0.72 * unit), _PRINTED)
    pen.line((left, 6.1 * unit, width - left, 6.1 * unit), fill=_PRINTED, width=max(2, unit // 8))
    for x, (label, _) in zip(_field_starts(sheet), sheet.fields, strict=True):
        _SANS.draw(pen, (x, 7.9 * unit), f"{label}:", round(0.8 * unit), _PRINTED)
    pen.line((left, 8.6 * unit, width - left, 8.6 * unit), fill=_PRINTED, width=1)
    body = round(9.2 * unit)
    _SERIF.draw(pen, (_body_left(sheet), body + 1.9 * unit), "Rx", round(1.9 * unit), _PRINTED)
    if sheet.margin:
        x = _body_left(sheet) - 0.8 * unit
        pen.line((x, body, x, height - 6 * unit), fill=_PRINTED, width=1)
    pen.line((left, height - 4 * unit, width - left, height - 4 * unit), fill=_PRINTED, width=1)
    _SANS.draw(pen, (left, height - 2.6 * unit), _FOOTER, round(0.65 * unit), _PRINTED)
    _SANS.draw(pen, (0.7 * width, height - 4.6 * unit), "Signature", round(0.6 * unit), _PRINTED)
    return body


_FOOTER = "Drawn sample - not a prescription"


def _field_starts(sheet: Sheet) -> list[float]:
    width = sheet.size[0]
    shares = np.linspace(_LEFT, 1 - _LEFT, len(sheet.fields) + 1)[:-1]
    return [width * float(share) * (1.06 if index else 1) for index, share in enumerate(shares)]


def _body_left(sheet: Sheet) -> float:
    return sheet.size[0] * (sheet.margin_share if sheet.margin else _LEFT + 0.02)


def _fill_in(ink: Mask, sheet: Sheet, random: np.random.Generator) -> None:
    unit, hand = sheet.size[0] // 40, HANDS[sheet.hand]
    for x, (label, value) in zip(_field_starts(sheet), sheet.fields, strict=True):
        start = x + _SANS.width(f"{label}: ", round(0.8 * unit))
        write(ink, (start, 7.8 * unit), value, hand, round(1.15 * unit), random)


def _write_body(ink: Mask, sheet: Sheet, top: int, random: np.random.Generator) -> None:
    unit, hand = sheet.size[0] // 40, HANDS[sheet.hand]
    y = top + 1.8 * unit
    for note in sheet.margin:
        write(ink, (sheet.size[0] * _LEFT * 0.8, y), note, hand, round(1.1 * unit), random)
        y += 1.9 * unit
    y = top + 4.6 * unit
    for medicine in sheet.medicine:
        for depth, line in enumerate(medicine.line.split("\n")):
            start = _body_left(sheet) + depth * 1.5 * unit + random.normal(0, 0.2) * unit
            write(ink, (start, y), line, hand, round(1.6 * unit), random)
            y += 2.5 * unit
        y += 1.1 * unit
    y = max(y + unit, 0.72 * sheet.size[1])
    for note in sheet.closing:
        write(ink, (_body_left(sheet), y), note, hand, round(1.3 * unit), random)
        y += 2.1 * unit
    _sign(ink, (0.68 * sheet.size[0], sheet.size[1] - 6 * unit), unit, random)


def _sign(ink: Mask, at: tuple[float, float], unit: int, random: np.random.Generator) -> None:
    """A signature: a few loops and a stroke under them."""
    turns = np.linspace(0, 7 * np.pi, 60)
    x = at[0] + turns * unit * 0.3 + np.cos(turns) * unit * 0.5
    y = at[1] - np.sin(turns) * unit * random.uniform(0.5, 1.1, 60)
    stroke = [[at[0], at[1] + unit], [at[0] + 7 * unit, at[1] + 0.5 * unit]]
    for points in (np.stack([x, y], axis=1), np.array(stroke)):
        smooth = points.round().astype(np.int32)
        cv2.polylines(ink, [smooth], False, [0.9], max(1, unit // 10))
