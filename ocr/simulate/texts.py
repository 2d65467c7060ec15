"""Texts to train the recogniser of lines on: words, orders, notes, numbers and print, mixed without end.

A text holds only the characters of `alphabet()`, beside Han; it is NFC, and its words stand one space apart.
The words are in data/texts.toml and data/orders.toml; names of medicines come from the user's formularies.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ocr.simulate.doctors import Script
from ocr.simulate.lexicon import cleaned, is_devanagari, is_han
from ocr.simulate.words import alphabet
from ocr.simulate.writing import Writer

__all__ = ["Text", "alphabet", "training_texts"]

_KINDS: tuple[tuple[float, Callable[[Writer], str], Script], ...] = (
    (0.45, Writer.name, "latin"),
    (0.22, Writer.order, "latin"),
    (0.05, Writer.figures, "latin"),
    (0.05, Writer.note, "latin"),
    (0.05, Writer.portuguese, "latin"),
    (0.10, Writer.devanagari, "devanagari"),
    (0.05, Writer.printed, "print"),
    (0.03, Writer.han, "han"),
)
"""The share of each kind of text, who writes it, and the hand it is drawn in."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text to draw, in the hand (or the print) of `script`; a method of `Writer` wrote it."""

    text: str
    script: Script
    kind: str


def training_texts(
    names: Sequence[str], random: np.random.Generator, words: Sequence[str] = ()
) -> Iterator[Text]:
    """Texts without end.

    `names` are products as lists write them; `words` are of English and Devanagari, in place of the shipped
    lists. ValueError where no name is left.
    """
    writer = Writer(names, words, random)
    ends = np.cumsum([share for share, _, _ in _KINDS])
    while True:
        _, write, script = _KINDS[int(np.searchsorted(ends, random.random() * ends[-1], side="right"))]
        if text := cleaned(write(writer)):
            yield Text(text, _script(text, script), write.__name__)


def _script(text: str, script: Script) -> Script:
    """What stands in a text decides in which hand it is drawn, since orders and names mix scripts."""
    if script == "print":
        return script
    if any(map(is_han, text)):
        return "han"
    return "devanagari" if is_devanagari(text) else script
