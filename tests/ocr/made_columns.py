"""Columns as a recogniser might see them, made up: a text, its doubts, and a blank behind each character."""

from collections.abc import Mapping

import numpy as np

from ocr.engines.base import Columns, Fragment
from ocr.records import TextLine

CHARACTERS = ("", *"abcdefghijklmnopqrstuvwxyz", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ", *"0123456789-./", "〓", " ")
_BOX = (0.0, 0.0, 100.0, 0.0, 100.0, 30.0, 0.0, 30.0)


def columns_of(
    text: str, doubts: Mapping[int, Mapping[str, float]] | None = None, sure: float = 0.97
) -> Columns:
    """Columns of `text`; `doubts` gives other characters' chances at a place, "" for the blank."""
    chances = np.full((2 * len(text), len(CHARACTERS)), (1 - sure) / (len(CHARACTERS) - 1), np.float32)
    for place, character in enumerate(text):
        chances[2 * place, CHARACTERS.index(character)] = sure
        chances[2 * place + 1, 0] = sure
        for other, chance in (doubts or {}).get(place, {}).items():
            chances[2 * place, CHARACTERS.index(other)] = chance
            chances[2 * place, CHARACTERS.index(character)] -= chance
    return Columns(chances / chances.sum(axis=1, keepdims=True), CHARACTERS)


def fragment_of(
    text: str, doubts: Mapping[int, Mapping[str, float]] | None = None, sure: float = 0.97
) -> Fragment:
    """A line as an engine gives it, its text the likeliest reading."""
    return Fragment(TextLine(text.strip(), sure, _BOX), columns_of(text, doubts, sure))
