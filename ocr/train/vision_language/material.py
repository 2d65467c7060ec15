"""What a run learns from: its examples, a share of them kept from it, and the lines that are drawn for it."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from multilingual.clinical.formulary import Entry, load_formulary
from ocr.simulate.orders import orderable
from ocr.train.vision_language.examples import Shown
from ocr.train.vision_language.lines import KINDS, draw_lines

LINES = "lines"
"""The folder within a run's output of what is drawn or read once."""
WORDS = "words.parquet"
"""RxHandBD's words in it."""
_LINES_A_FILE = 400


@dataclass(frozen=True, slots=True)
class Part:
    """Examples of one source; `times` is how often each is seen in an epoch."""

    source: str
    examples: Sequence[Shown]
    times: int = 1


@dataclass(frozen=True, slots=True)
class DrawnFile:
    """Lines `first` to `first + count`."""

    first: int
    count: int

    @property
    def name(self) -> str:
        """Of the file."""
        return f"{self.first:06}.parquet"


@dataclass(frozen=True, slots=True)
class Materials:
    """What lines are drawn from."""

    entries: Sequence[Entry]
    seed: int
    kinds: Mapping[str, float]


def parted(parts: Sequence[Part], share: float) -> tuple[list[Shown], list[Shown]]:
    """The examples to learn from, and those kept: every so many of each part, whatever is in the others."""
    every = round(1 / share) if share else 0
    trained: list[Shown] = []
    kept: list[Shown] = []
    for part in parts:
        for number, example in enumerate(part.examples):
            if every and number % every == 0:
                kept.append(example)
            else:
                trained += [example] * part.times
    return trained, kept


def files(simulated: Mapping[str, Any]) -> Iterator[DrawnFile]:
    """The files of a recipe's [simulated]."""
    for first in range(0, simulated["lines"], _LINES_A_FILE):
        yield DrawnFile(first, min(_LINES_A_FILE, simulated["lines"] - first))


def gather(simulated: Mapping[str, Any], data: Path | None, seed: int) -> Materials:
    """What a recipe's [simulated] is drawn from. Raises FormularyError, and ValueError for a wrong recipe."""
    named = simulated.get("formularies", ())
    if named and data is None:
        raise ValueError("the recipe names formularies: --data tells the folder in which they lie")
    sources = [str(data / file) for file in named] if data else [None]
    entries = [entry for source in sources or [None] for entry in orderable(load_formulary(source).entries)]
    most = simulated.get("names")
    if most and most < len(entries):
        entries = random.Random(seed).sample(entries, most)  # noqa: S311 - a choice by seed, no secret
    kinds = simulated.get("kinds", KINDS)
    if set(kinds) - set(KINDS) or abs(sum(kinds.values()) - 1) > 1e-6:
        raise ValueError(f"[simulated] kinds are shares of {', '.join(KINDS)} that add up to 1")
    if not entries:
        raise ValueError("the formularies of [simulated] hold no medicine that a doctor orders")
    return Materials(entries, seed, kinds)


def draw(file: DrawnFile, materials: Materials) -> pa.Table:
    """The lines of a file; columns of `ocr.train.vision_language.lines.SCHEMA`."""
    return draw_lines(materials.entries, materials.seed, file.first, file.count, materials.kinds)
