"""Runs of letters out of real words, found by what they say."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocr.train.alignment import Letter, Reader, aligned
from ocr.train.augment import Grey
from ocr.train.examples import Example, RealWord
from ocr.train.letters import Word, sized_word
from ocr.train.splits import Split

START, END, ANYWHERE = "^", "$", "~"
"""Marks of a run's key: the first letters of a word, its last letters, letters wherever they stand."""
LONGEST = 6
"""Letters of a run."""
_SEEN = 0.5
"""Letters that are seen less well are labelled wrongly, or cut out wrongly."""
_FEWEST = 6
"""Letters that are seen in fewer places are not trusted."""


class Run(NamedTuple):
    """Letters `start` to `end` of the word at a place of the inventory."""

    word: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Inventory:
    """Words, the runs of letters that they hold by key, and their hands' features, in standard deviations."""

    words: tuple[Word, ...]
    runs: Mapping[str, tuple[Run, ...]]
    hands: NDArray[np.float32]


def training_inventory(words: Sequence[RealWord], readers: Sequence[Reader]) -> Inventory:
    """The letters of the words that are not kept from training. Raises OSError without their pictures."""
    trained = [word for word in words if word.split is Split.TRAINING]
    pictures = [Example(word.file.read_bytes(), word.text).pixels() for word in trained]
    return inventory(pictures, aligned(pictures, [word.text for word in trained], readers))


def inventory(pictures: Sequence[Grey], letters: Sequence[Sequence[Letter]]) -> Inventory:
    """The words of squeezed pictures whose letters were found. ValueError where none was, often enough."""
    words: list[Word] = []
    runs: dict[str, list[Run]] = defaultdict(list)
    for picture, found in zip(pictures, letters, strict=True):
        word = sized_word(picture, found) if found else None
        if word is not None:
            for key, start, end in _runs(found):
                runs[key].append(Run(len(words), start, end))
            words.append(word)
    known = {key[1:] for key, each in runs.items() if key[0] == ANYWHERE and len(each) >= _FEWEST}
    kept = {
        key: tuple(each) for key, each in runs.items() if known.issuperset(key.strip(START + END + ANYWHERE))
    }
    if not kept:
        raise ValueError(f"no letter is seen in {_FEWEST} of the {len(pictures)} pictures of words")
    hands = np.stack([word.hand.features for word in words])
    hands = (hands - hands.mean(axis=0)) / (hands.std(axis=0) + 1e-6)
    return Inventory(tuple(words), kept, hands)


def key_of(run: str, *, first: bool, last: bool) -> str:
    """Where an inventory has a run that is the first of its word, the last, or neither."""
    return (START if first else "") + run + (END if last else "")


def _runs(letters: Sequence[Letter]) -> Iterator[tuple[str, int, int]]:
    """Keys, starts and ends of the runs of letters that are well seen."""
    text = "".join(letter.character for letter in letters)
    for start in range(len(text)):
        for end in range(start + 1, min(start + LONGEST, len(text)) + 1):
            if letters[end - 1].chance < _SEEN or text[end - 1] == " ":
                break
            first, last = start == 0 or text[start - 1] == " ", end == len(text) or text[end] == " "
            yield key_of(text[start:end], first=first, last=last), start, end
            yield ANYWHERE + text[start:end], start, end
