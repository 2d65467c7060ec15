"""Whole simulated prescriptions: a doctor, a form, medicines of a formulary, a sheet and a camera.

Page `index` of `seed` is the same whoever draws it. Each doctor keeps hand, habits, language and form.
"""

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np

from multilingual.clinical.formulary import Entry
from multilingual.normalise import nfc
from ocr.records import Box
from ocr.simulate.camera import Photo, photograph, simulated_camera
from ocr.simulate.filling import Written, fill_in, write_letter, write_orders
from ocr.simulate.forms import Form
from ocr.simulate.pen import sign, stamp
from ocr.simulate.practices import DOCTORS, Practice, practice_of
from ocr.simulate.printing import print_form
from ocr.simulate.records import DrawnLine, DrawnMedicine, Image, SimulatedPage
from ocr.simulate.surface import Corners, Line, Surface

_SEEN = 0.8  # of a line must be in the picture, or the line does not count
_LETTERS = 0.06  # share of pages that order no medicine
_LEGIBILITY = ((0.45, "easy"), (0.72, "medium"), (1.0, "hard"))  # up to which speed


def simulated_page(seed: int, index: int, entries: Sequence[Entry]) -> SimulatedPage:
    """Draw page `index` of `seed` with medicines of `entries`."""
    random = np.random.default_rng([seed, index])
    practice = practice_of(int(random.integers(DOCTORS)))
    form, hand = practice.form, practice.hand
    surface = Surface(*_size(form, random), form.paper)
    frame = print_form(surface, form, random)
    x_height = max(7.5, surface.size[0] * random.uniform(0.015, 0.0235) * hand.size)
    fill_in(surface, frame, practice, x_height, random)
    if random.random() < _LETTERS:
        medicines: list[Written] = []
        write_letter(surface, frame, practice, x_height, random)
    else:
        medicines = write_orders(surface, frame, practice, x_height, entries, random)
    sign(surface, frame.signature, surface.size[0] * random.uniform(0.12, 0.22), hand, random)
    if random.random() < 0.35:
        texts = (form.title[1], *form.details[: int(random.integers(0, 3))])
        place = (frame.signature[0] - random.uniform(0, 0.2) * surface.size[0], frame.signature[1])
        size = surface.size[0] * random.uniform(0.007, 0.011)
        stamp(surface, texts, place, form.printers[1], size, random)
    photo = photograph(surface.picture, simulated_camera(random), random)
    return _record(seed, index, practice, surface, medicines, photo, random)


def _size(form: Form, random: np.random.Generator) -> tuple[int, int]:
    """Width and height of the picture: mostly upright, small and large ones."""
    long = float(np.exp(random.uniform(np.log(720), np.log(1650))))
    aspect = random.uniform(0.64, 0.8) if form.name != "pad" else random.uniform(0.7, 1.25)
    width, height = (long * aspect, long) if aspect < 1 else (long, long / aspect)
    return round(width), round(height)


def _record(
    seed: int,
    index: int,
    practice: Practice,
    surface: Surface,
    medicines: list[Written],
    photo: Photo,
    random: np.random.Generator,
) -> SimulatedPage:
    quality = int(random.integers(45, 93))
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    _, packed = cv2.imencode(".jpg", np.ascontiguousarray(photo.picture[:, :, ::-1]), options)
    height, width = photo.picture.shape[:2]
    lines = tuple(_drawn(line, photo) for line in surface.lines if photo.share_seen(line.corners) > _SEEN)
    return SimulatedPage(
        image=Image(packed.tobytes(), f"simulated-{seed}-{index:08}.jpg"),
        index=index,
        width=width,
        height=height,
        doctor=practice.number,
        language=practice.style.language,
        form=practice.form.name,
        printed_form=practice.form.is_printed,
        legibility=next(name for speed, name in _LEGIBILITY if practice.hand.speed <= speed),
        text="\n".join(line.text for line in lines),
        lines=lines,
        medicines=tuple(
            DrawnMedicine(**medicine.model_dump(), box=_box(corners, photo))
            for medicine, corners in medicines
        ),
    )


def _drawn(line: Line, photo: Photo) -> DrawnLine:
    return DrawnLine(nfc(line.text), line.role, _box(line.corners, photo))


def _box(corners: Corners, photo: Photo) -> Box:
    return cast(Box, tuple(float(value) for value in photo.seen(corners).ravel()))
