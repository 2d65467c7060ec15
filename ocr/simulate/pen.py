"""What a pen and a stamp leave beside text: signatures, lines under words, words struck out, stamps."""

from dataclasses import replace

import cv2
import numpy as np

from ocr.simulate.doctors import Colour, Doctor, simulated_doctor
from ocr.simulate.phrases import filled
from ocr.simulate.strokes import line_width, write_line
from ocr.simulate.surface import Line, Surface, ink_corners

_COLOURS: tuple[Colour, ...] = ((60, 50, 150), (40, 60, 170), (110, 40, 120), (150, 40, 50))


def stamp(
    surface: Surface,
    texts: tuple[str, ...],
    at: tuple[float, float],
    printer: Doctor,
    x_height: float,
    random: np.random.Generator,
) -> None:
    """Stamp lines of print, turned a little and inked unevenly, with the first one's left end near `at`."""
    written = [write_line(text, printer, x_height, random) for text in texts]
    pitch, edge = 2.6 * x_height, 2 * x_height
    width = max(line.ink.shape[1] for line in written) + round(2 * edge)
    height = round(pitch * len(written) + max(line.ink.shape[0] for line in written) + 2 * edge)
    ink = np.zeros((height, width), np.float32)
    boxes = []
    for number, line in enumerate(written):
        top, left = round(edge + number * pitch), round((width - line.ink.shape[1]) / 2)
        place = ink[top : top + line.ink.shape[0], left : left + line.ink.shape[1]]
        np.maximum(place, line.ink, out=place)
        corners = ink_corners(line.ink)
        boxes.append(None if corners is None else corners + np.array([left, top], np.float32))
    centre = (width / 2, height / 2)
    if random.random() < 0.4:
        around = [box for box in boxes if box is not None]
        points = np.concatenate(around)
        low, high = (points.min(axis=0) - x_height, points.max(axis=0) + x_height)
        cv2.rectangle(ink, tuple(map(int, low)), tuple(map(int, high)), (0.8,), max(1, round(x_height / 6)))
    turn = cv2.getRotationMatrix2D(centre, float(random.normal(0, 5)), 1.0)
    turned = cv2.warpAffine(ink, turn, (width, height), flags=cv2.INTER_LINEAR)
    blotches = cv2.resize(
        random.uniform(0.35, 0.95, (4, 6)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    left, top = round(at[0] - edge), round(at[1] - edge)
    colour = _COLOURS[int(random.integers(len(_COLOURS)))]
    surface.blend(np.clip(turned * blotches, 0, 1).astype(np.float32), left, top, colour)
    shift = np.array([left, top], np.float32)
    for text, box in zip(texts, boxes, strict=True):
        if box is not None:
            corners = cv2.transform(box[np.newaxis], turn)[0].astype(np.float32) + shift
            surface.lines.append(Line(text, "stamp", corners))


def sign(
    surface: Surface, at: tuple[float, float], length: float, doctor: Doctor, random: np.random.Generator
) -> None:
    """A signature about `length` wide: a name that nobody can read any more, and a stroke under it."""
    hand = simulated_doctor(0) if doctor.script == "print" else doctor
    hurried = replace(hand, dropout=2.0, bend=0.22, tremor=0.0, ligature=0.3, width=1.1, slant=0.3)
    name = filled("{w}", random)
    x_height = length / max(3.0, line_width(name, hurried, 1.0))
    written = write_line(name, hurried, x_height, random)
    left, top = round(at[0] - written.start[0]), round(at[1] - written.start[1])
    surface.blend(written.ink, left, top, doctor.ink)
    end = (at[0] + length * random.uniform(0.8, 1.3), at[1] + length * random.uniform(0.0, 0.15))
    stroke(surface, (at[0], at[1] + 0.1 * length), end, doctor, x_height, random)


def stroke(
    surface: Surface,
    start: tuple[float, float],
    end: tuple[float, float],
    doctor: Doctor,
    x_height: float,
    random: np.random.Generator,
) -> None:
    """One quick stroke of the pen, a little bent."""
    along = np.linspace(0, 1, 12)[:, np.newaxis]
    bow = np.sin(along * random.uniform(2, 6)) * random.normal(0, 0.25) * x_height
    points = np.array(start) * (1 - along) + np.array(end) * along + np.array([0.0, 1.0]) * bow
    low = np.floor(points.min(axis=0)).astype(int) - 3
    width, height = np.ceil(points.max(axis=0)).astype(int) - low + 4
    ink = np.zeros((height, width), np.float32)
    thickness = max(1, round(doctor.stroke * x_height))
    cv2.polylines(ink, [(points - low).round().astype(np.int32)], False, (0.9,), thickness, cv2.LINE_AA)
    surface.blend(ink, int(low[0]), int(low[1]), doctor.ink)


def underline(
    surface: Surface, line: Line, doctor: Doctor, x_height: float, random: np.random.Generator
) -> None:
    """A stroke under a line of text."""
    (left, bottom), (right, _) = line.corners[3], line.corners[2]
    down = float(bottom) + random.uniform(0.1, 0.4) * x_height
    stroke(surface, (float(left), down), (float(right), down), doctor, x_height, random)


def strike_out(
    surface: Surface,
    text: str,
    at: tuple[float, float],
    doctor: Doctor,
    x_height: float,
    random: np.random.Generator,
) -> None:
    """A word that was written and made unreadable again: no text of the page."""
    written = write_line(text, doctor, x_height, random)
    left, top = round(at[0] - written.start[0]), round(at[1] - written.start[1])
    surface.blend(written.ink, left, top, doctor.ink)
    for height in random.uniform(0.1, 0.9, int(random.integers(2, 6))):
        start = (at[0] - 0.3 * x_height, at[1] - float(height) * x_height)
        end = (at[0] + written.width + 0.3 * x_height, at[1] - random.uniform(0.1, 0.9) * x_height)
        stroke(surface, start, end, doctor, x_height, random)
