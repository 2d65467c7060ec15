"""Steps of training: which examples, altered how, padded to what.

Everything follows from the seed and the number of the step, so that any number of workers takes the same
steps, and a run that was stopped goes on as if it had not been.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from queue import Queue
from threading import Thread

import numpy as np
import torch

from ocr.train.augment import HEIGHT, Grey, augment, plain_width, squeezed
from ocr.train.examples import Example

COLUMN = 8
"""Pixels across for each column of the recogniser's answer."""
_AHEAD = 4
_WIDTH_STEP = 64
_POOL = 4096
_ROOM = 1.2
"""Altered crops may be so many times as wide as they were; wider ones are squeezed into it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Crops (N, 3, HEIGHT, W) with their columns that hold ink or paper, and their labels end to end."""

    pixels: torch.Tensor
    columns: torch.Tensor
    labels: torch.Tensor
    lengths: torch.Tensor


@dataclass(frozen=True, slots=True)
class Step:
    """The width that the crops of a step are padded to, and their examples' places."""

    width: int
    places: tuple[int, ...]

    def share(self, worker: int, workers: int) -> "Step":
        """What one of several workers takes of the step."""
        return Step(self.width, self.places[worker::workers])


class Alphabet:
    """Characters as classes: class 0 is the blank."""

    def __init__(self, characters: Sequence[str]) -> None:
        self.characters = ("", *characters)
        self._classes: Mapping[str, int] = {c: k for k, c in enumerate(self.characters) if k}

    def __len__(self) -> int:
        return len(self.characters)

    def knows(self, text: str) -> bool:
        """Whether every character of the text has a class."""
        return all(character in self._classes for character in text)

    def classes(self, text: str) -> list[int]:
        """The text's classes. Raises KeyError for a character without one."""
        return [self._classes[character] for character in text]

    def text(self, best: Sequence[int]) -> str:
        """The text of an alignment: repeats joined, blanks left out."""
        kept = [k for k, before in zip(best, [0, *best], strict=False) if k not in (0, before)]
        return "".join(self.characters[k] for k in kept).strip()


def to_batch(crops: Sequence[Grey], texts: Sequence[str], alphabet: Alphabet, width: int = 0) -> Batch:
    """The crops in one tensor, padded at the right with mid-grey to `width` or as little as they need."""
    width = width or padded(max(crop.shape[1] for crop in crops))
    pixels = np.zeros((len(crops), HEIGHT, width), np.float32)
    for row, crop in zip(pixels, crops, strict=True):
        row[:, : crop.shape[1]] = crop.astype(np.float32) / 127.5 - 1
    labels = [alphabet.classes(text) for text in texts]
    return Batch(
        torch.from_numpy(pixels)[:, None].expand(-1, 3, -1, -1),
        torch.tensor([-(-crop.shape[1] // COLUMN) for crop in crops]),
        torch.tensor([k for label in labels for k in label]),
        torch.tensor([len(label) for label in labels]),
    )


def needed_columns(label: Sequence[int]) -> int:
    """Columns that an alignment needs: one a character, and a blank between equal ones."""
    return len(label) + sum(a == b for a, b in pairwise(label))


def padded(width: int) -> int:
    """The width to which crops of `width` are padded: few different shapes, since each is compiled anew."""
    return -(-width // _WIDTH_STEP) * _WIDTH_STEP


def plan(
    widths: Sequence[int], shares: Sequence[float], steps: int, pixels: int, seed: int
) -> Iterator[Step]:
    """The steps: examples drawn by `shares`, those of a step alike in width, `pixels` wide in all.

    A pool of crops is drawn at a time and dealt out by width; what does not fill a step waits for the next
    pool. Steps of a pool are taken in random order.
    """
    random = np.random.default_rng(seed)
    likely = np.asarray(shares, np.float64) / np.sum(shares)
    waiting: dict[int, list[int]] = {}
    done = 0
    while done < steps:
        full: list[Step] = []
        for place in random.choice(len(widths), _POOL, p=likely).tolist():
            width = padded(round(_ROOM * widths[place]))
            held = waiting.setdefault(width, [])
            held.append(place)
            if len(held) == max(1, pixels // width):
                full.append(Step(width, tuple(held)))
                held.clear()
        for number in random.permutation(len(full)).tolist():
            if done < steps:
                yield full[number]
                done += 1


class Batches:
    """Batches made ahead by a thread, beside the arithmetic of the step before."""

    def __init__(
        self, examples: Sequence[Example], alphabet: Alphabet, steps: Sequence[Step], *, first: int, seed: int
    ) -> None:
        self._examples, self._alphabet, self._seed = examples, alphabet, seed
        self._queue: Queue[Batch | BaseException] = Queue(_AHEAD)
        Thread(target=self._fill, args=(list(enumerate(steps, start=first)),), daemon=True).start()

    def __next__(self) -> Batch:
        made = self._queue.get()
        if isinstance(made, BaseException):
            raise made
        return made

    def _fill(self, steps: Sequence[tuple[int, Step]]) -> None:
        try:
            for number, step in steps:
                self._queue.put(self._batch(number, step))
        except BaseException as failure:  # handed to the thread that trains
            self._queue.put(failure)

    def _batch(self, number: int, step: Step) -> Batch:
        crops, texts = [], []
        for place in step.places:
            example = self._examples[place]
            random = np.random.default_rng((self._seed, number, place))
            crop = augment(example.pixels(), example.strength, random)
            if crop.shape[1] // COLUMN < needed_columns(self._alphabet.classes(example.text)):
                crop = augment(example.pixels(), 0.0, random)  # squeezed below what its text needs
            crops.append(crop if crop.shape[1] <= step.width else squeezed(crop, step.width))
            texts.append(example.text)
        return to_batch(crops, texts, self._alphabet, step.width)


def width_of(example: Example) -> int:
    """Columns of the example's crop at HEIGHT, unaltered."""
    return plain_width(*example.pixels().shape)
