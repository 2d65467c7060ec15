"""Doctors by number, each with a hand, a way of writing orders and a clinic's form."""

from dataclasses import dataclass

import numpy as np

from ocr.simulate.doctors import Doctor, Script, simulated_doctor
from ocr.simulate.forms import Form, simulated_form
from ocr.simulate.orders import OrderStyle, order_style

DOCTORS = 1200
"""How many doctors there are, numbered from 0."""

_FIRST_SEED = 10_000_000  # of their hands, so that small numbers are left to whoever tries one
_SCRIPTS: dict[str, Script] = {"hi": "devanagari", "zh": "han"}


@dataclass(frozen=True, slots=True)
class Practice:
    """A doctor with what stays the same over all pages: hand, habits and form."""

    number: int
    hand: Doctor
    style: OrderStyle
    form: Form


def practice_of(number: int) -> Practice:
    """The doctor of a number, from 0 to `DOCTORS`."""
    random = np.random.default_rng([_FIRST_SEED, number])
    style = order_style(random)
    script = _SCRIPTS.get(style.language, "latin")
    hand = simulated_doctor(_FIRST_SEED + number, script)
    return Practice(number, hand, style, simulated_form(style.language, random))
