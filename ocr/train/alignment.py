"""Where the letters of a known word stand in its picture: a forced alignment with recognisers' columns.

It is the likeliest path through the states of connectionist temporal classification (Graves et al., 2006),
found with Viterbi's algorithm. Columns are eight pixels apart, half a letter, so crops are read twice, half a
column apart, and the columns of both dealt into one another. Two recognisers see more than one: one that was
trained on these very words knows hurried letters, one that never saw them tells wrong labels and cases.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.crops import HEIGHT
from ocr.engines.recogniser import Reading, Recogniser
from ocr.train.augment import NARROWEST, Grey
from ocr.train.examples import repaired

_COLUMN = 8  # pixels
_SHIFTS = (0, 4)  # pixels that a crop is moved to the right by
_LEAST = 1e-4
_AT_ONCE = 64

Chances = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter in the case it seems written in, its middle as a share of the width, how well it is seen."""

    character: str
    centre: float
    chance: float


@dataclass(frozen=True, slots=True)
class Reader:
    """A recogniser that gives its columns, and what its word weighs among others'; weights sum to 1."""

    recogniser: Recogniser
    weight: float


def aligned(
    pictures: Sequence[Grey], labels: Sequence[str], readers: Sequence[Reader]
) -> list[tuple[Letter, ...]]:
    """The letters of each squeezed picture, labels put right; none where a label can't stand there."""
    found: list[tuple[Letter, ...]] = []
    for start in range(0, len(pictures), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        crops = [
            np.asarray(cv2.resize(each, (NARROWEST, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
            for each in pictures[some]
        ]
        seen = [[each.recogniser.read(_moved(crops, shift)) for shift in _SHIFTS] for each in readers]
        for number, label in enumerate(labels[some]):
            columns = [[readings[number] for readings in shifted] for shifted in seen]
            text = repaired(label, columns[0][0].text)
            found.append(_letters(text, columns, [each.weight for each in readers]) if text else ())
    return found


def _moved(crops: Sequence[Grey], shift: int) -> list[Grey]:
    """The crops `shift` pixels to the right; all in the same width."""
    return [
        np.asarray(cv2.copyMakeBorder(crop, 0, 0, shift, _COLUMN - shift, cv2.BORDER_REPLICATE), np.uint8)
        for crop in crops
    ]


def _letters(text: str, seen: Sequence[Sequence[Reading]], weights: Sequence[float]) -> tuple[Letter, ...]:
    """The letters of `text` in what each reader saw of each shifted crop."""
    cases = [(letter, letter.swapcase() if len(letter.swapcase()) == 1 else letter) for letter in text]
    blank: list[Chances] = []
    chances: list[Chances] = []
    for readings, weight in zip(seen, weights, strict=True):
        # The crop moved furthest to the right is seen furthest to the left.
        shifted = [each.columns.chances for each in reversed(readings) if each.columns is not None]
        if len(shifted) < len(_SHIFTS):
            return ()
        columns = weight * np.stack(shifted, 1).reshape(-1, shifted[0].shape[1]).astype(np.float64)
        classes = _classes(readings[0])
        places = np.array([[classes.get(each, -1) for each in both] for both in cases])
        blank.append(columns[:, 0])
        chances.append(np.where(places >= 0, columns[:, places], 0.0))
    return _along_the_path(cases, np.sum(blank, axis=0), np.sum(chances, axis=0))


def _classes(reading: Reading) -> Mapping[str, int]:
    characters = reading.columns.characters if reading.columns else ()
    return {character: k for k, character in enumerate(characters) if character}


def _along_the_path(cases: Sequence[tuple[str, str]], blank: Chances, chances: Chances) -> tuple[Letter, ...]:
    """`chances` has shape (columns, letters, 2), for each letter as labelled and in the other case."""
    either = np.where([a == b for a, b in cases], chances[:, :, 0], chances.sum(axis=2))
    states = np.empty((len(blank), 2 * len(cases) + 1))
    states[:, ::2], states[:, 1::2] = blank[:, np.newaxis], either
    skips = np.zeros(states.shape[1], np.bool_)
    skips[3::2] = [before[0].casefold() != after[0].casefold() for before, after in pairwise(cases)]
    path = _path(np.log(states + _LEAST), skips)
    step = _SHIFTS[1] - _SHIFTS[0]
    middles = step * np.arange(len(blank)) + _COLUMN / 2 - _SHIFTS[-1]
    letters = []
    for number, (labelled, other) in enumerate(cases):
        held = path == 2 * number + 1
        if not held.any():
            return ()  # more letters than columns
        chance = either[held, number] + _LEAST
        written = chances[held, number].sum(axis=0)
        centre = float((chance * middles[held]).sum() / chance.sum()) / NARROWEST
        letters.append(Letter(other if written[1] > written[0] else labelled, centre, float(chance.max())))
    return tuple(letters)


def _path(likelihoods: Chances, skips: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The likeliest state in each column; `skips` are the states that may follow the last but one."""
    columns, states = likelihoods.shape
    best = np.full(states + 2, -np.inf)
    best[2:4] = likelihoods[0, :2]
    back = np.zeros((columns, states), np.intp)
    for column in range(1, columns):
        ways = np.stack((best[2:], best[1:-1], np.where(skips, best[:-2], -np.inf)))
        back[column] = ways.argmax(axis=0)
        best[2:] = ways.max(axis=0) + likelihoods[column]
    state = states - 1 if best[-1] > best[-2] else states - 2
    path = np.zeros(columns, np.intp)
    for column in range(columns - 1, -1, -1):
        path[column] = state
        state -= back[column, state]
    return path
