"""A line of text as a doctor writes it: letters placed one by one, bent, flattened, pressed.

Lengths of a doctor's hand are in x-heights, so that hands of all typefaces are alike in size and thickness.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ocr.simulate.doctors import Doctor
from ocr.simulate.typefaces import load, measures

Mask = NDArray[np.float32]
"""How much ink lies on each pixel, 0 to 1, shape (height, width)."""

# Letters are drawn with this x-height in pixels, and resized while they are bent: few font sizes to load.
_X = 18
_ABOVE, _BELOW, _BESIDE = 3.6 * _X, 2.2 * _X, 1.6 * _X  # room around the baseline, in pixels as drawn


@dataclass(frozen=True, slots=True)
class Written:
    """Ink, and where in it the baseline begins (x, y)."""

    ink: Mask
    start: tuple[float, float]
    width: float


@dataclass(frozen=True, slots=True)
class _Piece:
    """A letter, or a word whose letters the typeface itself joins, with its place and stroke in pixels."""

    path: Path
    text: str
    size: int
    x: float
    shaped: bool
    stroke: float


def write_line(text: str, doctor: Doctor, x_height: float, random: np.random.Generator) -> Written:
    """`text` on one line, its letter x about `x_height` pixels high. ValueError as `Doctor.typeface`."""
    pieces, spans, width = _place(text, doctor, random)
    drawn = _draw(pieces, doctor, width, random)
    scale = x_height / _X
    if doctor.script == "print":
        ink = _set(drawn, doctor, scale)
    else:
        ink = _press(_bend(drawn, spans, doctor, scale, random), doctor, x_height, random)
    start = (_BESIDE * scale * doctor.width, _ABOVE * scale)
    return Written(ink, start, width * scale * doctor.width)


def line_width(text: str, doctor: Doctor, x_height: float) -> float:
    """About how wide `write_line` makes a text, in pixels."""
    *_, width = _place(text, replace(doctor, unsteadiness=0.0), np.random.default_rng(0))
    return width * doctor.width * x_height / _X


def _place(
    text: str, doctor: Doctor, random: np.random.Generator
) -> tuple[list[_Piece], list[tuple[float, float]], float]:
    """The pieces of a line, where its words begin and end, and its width: not yet squeezed or resized."""
    pieces: list[_Piece] = []
    spans: list[tuple[float, float]] = []
    x = 0.0
    for number, word in enumerate(text.split(" ")):
        if number:
            x += doctor.space * _X * random.uniform(0.8, 1.4)
        start = x
        for path, run, shaped in _runs(word, doctor):
            script = "devanagari" if shaped else "han" if run >= "\u2e80" else "latin"
            own = 1 + float(np.clip(random.normal(), -2, 2)) * doctor.unsteadiness
            # Steps of two pixels, so that few sizes of a font are loaded.
            shares = measures(path, script)
            size = max(6, 2 * round(_X / shares.x_height * own / 2))
            pieces.append(_Piece(path, run, size, x, shaped, shares.stroke * size))
            advance = load(path, size, shaped).getlength(run)
            apart = not doctor.joined and not shaped
            x += advance * (1 + doctor.gap - doctor.ligature * random.uniform(0, 1.2) if apart else 1)
        if word:
            spans.append((start, x))
    return pieces, spans, max(x, 1.0)


def _runs(word: str, doctor: Doctor) -> Iterator[tuple[Path, str, bool]]:
    """Letters one by one; Devanagari, whose letters form conjuncts, and joined hands by stretches."""
    held: tuple[Path, bool] | None = None
    run = ""
    for letter in word:
        path = doctor.typeface(letter)
        shaped = "\u0900" <= letter <= "\u097f" or letter in "\u200c\u200d"
        if (path, shaped) == held and (shaped or doctor.joined):
            run += letter
            continue
        if held:
            yield held[0], run, held[1]
        held, run = (path, shaped), letter
    if held:
        yield held[0], run, held[1]


def _draw(pieces: list[_Piece], doctor: Doctor, width: float, random: np.random.Generator) -> Mask:
    """The pieces as their typefaces draw them, thickened to the doctor's pen."""
    picture = Image.new("L", (round(width + 2 * _BESIDE), round(_ABOVE + _BELOW)))
    pen = ImageDraw.Draw(picture)
    jumps = random.normal(0, 0.8 * doctor.unsteadiness * _X, len(pieces))
    for piece, jump in zip(pieces, jumps, strict=True):
        at = (_BESIDE + piece.x, _ABOVE + jump)
        font = load(piece.path, piece.size, piece.shaped)
        lacking = doctor.stroke * _X - piece.stroke
        pen.text(at, piece.text, 255, font, "ls", stroke_width=max(0.0, lacking / 2) if lacking > 0.3 else 0)
    return np.asarray(picture, np.float32) / np.float32(255)


def _set(drawn: Mask, doctor: Doctor, scale: float) -> Mask:
    """Printed letters in their size."""
    size = (max(1, round(drawn.shape[1] * scale * doctor.width)), max(1, round(drawn.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cast(Mask, cv2.resize(drawn, size, interpolation=how) * np.float32(doctor.darkness))


def _bend(
    drawn: Mask,
    spans: list[tuple[float, float]],
    doctor: Doctor,
    scale: float,
    random: np.random.Generator,
) -> Mask:
    """Size, slant, squeeze, drift, smooth and fine distortion, flattened ends of words, in one resampling."""
    height, width = round(drawn.shape[0] * scale), round(drawn.shape[1] * scale * doctor.width)
    line = np.arange(width, dtype=np.float32) / np.float32(scale * doctor.width)
    rows = np.arange(height, dtype=np.float32)[:, np.newaxis] / np.float32(scale)
    middle = _ABOVE - 0.45 * _X
    drift = random.normal(0, 0.5) * doctor.drift * (line - line.mean())
    down = middle + (rows - middle) * _flattening(line, spans, doctor, random) + drift
    across = line + doctor.slant * (rows - _ABOVE)
    for spread, strength in ((1.6 * _X, doctor.bend * _X), (0.45 * _X, doctor.tremor * _X)):
        if strength:
            across = across + _field((height, width), spread * scale, strength, random)
            down = down + _field((height, width), spread * scale, strength, random)
    return cv2.remap(drawn, across.astype(np.float32), down.astype(np.float32), cv2.INTER_LINEAR).astype(
        np.float32, copy=False
    )


def _flattening(
    line: Mask, spans: list[tuple[float, float]], doctor: Doctor, random: np.random.Generator
) -> Mask:
    """By how much the writing is flattened at each place of the line: more towards the ends of words."""
    flat = np.ones(line.shape, np.float32)
    for start, end in spans:
        if doctor.dropout and random.random() < 0.7:
            begin = start + (end - start) * random.uniform(0.35, 0.8)
            along = np.clip((line - _BESIDE - begin) / max(end - begin, 1), 0, 1)
            along[line > _BESIDE + end + 0.3 * _X] = 0
            flat += along * np.float32(doctor.dropout * random.uniform(0.3, 1.4))
    return flat


def _press(ink: Mask, doctor: Doctor, x_height: float, random: np.random.Generator) -> Mask:
    """Lines that swell and thin with the pressure, a pen that skips, ink that covers unevenly."""
    soft = cv2.GaussianBlur(ink, (0, 0), max(0.5, 0.3 * doctor.stroke * x_height))
    level = 0.5 + _field(ink.shape, 1.5 * x_height, 0.5 * doctor.pressure, random)
    pressed = np.clip(0.5 + (soft - level) * 2.2, 0, 1)
    cover = doctor.darkness + _field(ink.shape, 0.5 * x_height, 0.08, random)
    if random.random() < doctor.skips:
        gaps = _field(ink.shape, 0.3 * x_height, 1.0, random)
        cover = cover * (1 - 0.8 * np.clip(gaps - 1.1, 0, 1))
    result: Mask = (pressed * np.clip(cover, 0, 1)).astype(np.float32)
    return result


def _field(
    shape: tuple[int, ...], spread: float, strength: float, random: np.random.Generator
) -> NDArray[Any]:
    """Random numbers of standard deviation `strength` that change smoothly over `spread` pixels."""
    height, width = shape
    knots = random.standard_normal((int(height / spread) + 3, int(width / spread) + 3), dtype=np.float32)
    field: NDArray[Any] = cv2.resize(
        knots * np.float32(strength), (width, height), interpolation=cv2.INTER_CUBIC
    )
    return field
