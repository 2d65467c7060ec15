"""Pictures of single words, whose names the weights of names are learned from: real ones, and drawn ones."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from multilingual.clinical.formulary_index import FormularyIndex
from multilingual.clinical.name_keys import name_key
from ocr.calibrate.choices import choices_of, places_of
from ocr.calibrate.fit import Choice
from ocr.decode import open_document
from ocr.engines.base import Engine, Fragment, Picture
from ocr.lines import line_of_fragment
from ocr.simulate.crops import draw_crop
from ocr.simulate.doctors import simulated_doctor
from ocr.train.examples import rxhandbd
from ocr.train.splits import Split

_AT_ONCE = 64

Word = tuple[Picture, int]
"""A picture of a word, and the place of its name in the index."""


def real_words(folder: Path, index: FormularyIndex) -> Iterator[Word]:
    """Words of RxHandBD that were kept from training and are in the list. Raises OSError without the files.

    Of words that the list lacks most are names misspelt in the labels, so they tell nothing of unknown names.
    """
    places = places_of(index)
    for word in rxhandbd(folder):
        place = places.get(name_key(word.text).lower())
        if word.split is not Split.TRAINING and place is not None:
            yield open_document(word.file.read_bytes()).page(1).picture, place


def drawn_words(index: FormularyIndex, seed: int, count: int) -> Iterator[Word]:
    """Names of the list in as many simulated hands."""
    random = np.random.default_rng(seed)
    while count:
        place = int(random.integers(len(index.entries)))
        name, doctor = index.entries[place].name, simulated_doctor(int(random.integers(1 << 31)))
        if doctor.can_write(name):
            count -= 1
            yield draw_crop(name, doctor, random), place


def word_choices(words: Sequence[Word], engine: Engine, index: FormularyIndex) -> Iterator[Choice]:
    """The choices that the words are in the engine's columns."""
    for some in (words[start : start + _AT_ONCE] for start in range(0, len(words), _AT_ONCE)):
        fragments = engine.read_lines([picture for picture, _ in some])
        for (_, place), fragment in zip(some, fragments, strict=True):
            if not isinstance(fragment, Fragment):
                continue
            line = line_of_fragment(fragment)
            if line.alignment is not None and len(line.orders) == 1:
                yield from choices_of(line.orders[0], line.alignment, index, place)
