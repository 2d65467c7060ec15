"""How likely letters follow one another in what prescriptions hold: a language model of characters.

A model of n-grams, each smoothed by the next shorter (Witten and Bell, 1991; Chen and Goodman, 1999, section
2.6). It knows Latin letters without case and accents, word by word; whatever else stands in a text ends a
word and weighs nothing. It holds no list of names and keeps no word from being read: letters that were seen
clearly stand as they are.
"""

import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

CHARACTERS = Path(__file__).parents[1] / "models" / "characters.npz"
"""What ships; `python -m ocr.train.characters` makes it."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"
EDGE = len(LETTERS)
"""What stands before the first letter of a word and behind its last."""
SYMBOLS = EDGE + 1
_BASE = SYMBOLS + 1
"""Of the number that an n-gram is: its symbols count from 1, so that shorter n-grams differ from longer."""
MOST = 13
"""Symbols of the longest n-gram whose number fits in 64 bits."""

_KEPT = 1 << 16  # contexts whose answers are remembered

Context = tuple[int, ...]
"""The symbols of a word so far, `EDGE` first."""
START: Context = (EDGE,)


class CharacterModel:
    """N-grams, `grams[n - 1]` those of n symbols: their numbers, sorted, and what each weighs."""

    def __init__(self, grams: tuple[tuple[NDArray[np.uint64], NDArray[np.float32]], ...]) -> None:
        self._grams = grams
        self._longest = len(grams) - 1
        self._following = lru_cache(maxsize=_KEPT)(self._logs)
        self._smoothed = lru_cache(maxsize=_KEPT)(self._chances)

    @classmethod
    def load(cls, file: Path) -> "CharacterModel":
        """The model that `save` wrote. Raises OSError, or ValueError where the file holds none."""
        try:
            with file.open("rb") as opened, np.load(opened) as held:
                orders = range(1, max(1, len(held.files) // 2) + 1)
                numbers = [np.cumsum(held[f"steps{n}"], dtype=np.uint64) for n in orders]
                weights = [(held[f"tenths{n}"] / 10).astype(np.float32) for n in orders]
        except (AttributeError, EOFError, KeyError, ValueError, BadZipFile) as error:
            raise ValueError(f"{file} holds no model of characters") from error
        return cls(tuple(zip(numbers, weights, strict=True)))

    def save(self, file: Path) -> None:
        """Write it as a compressed archive of numpy: by how much numbers grow, and weights, in tenths."""
        arrays: dict[str, NDArray[np.generic]] = {}
        for n, (numbers, weights) in enumerate(self._grams, start=1):
            arrays[f"steps{n}"] = np.diff(numbers, prepend=np.uint64(0))
            arrays[f"tenths{n}"] = np.rint(weights * 10).astype(np.uint32)
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]

    def log_chances(self, context: Context) -> list[float]:
        """Natural logarithms of how likely each letter follows `context`, and, last, that the word ends."""
        return self._following(context[-self._longest :] if self._longest else ())

    def log_chance(self, text: str) -> float:
        """Natural logarithm of how likely the words of a text are as they are spelled."""
        total, word = 0.0, START
        for letter in (*map(letter_of, text), None):
            if letter is not None:
                total += self.log_chances(word)[letter]
                word = (*word, letter)
            elif word != START:
                total += self.log_chances(word)[EDGE]
                word = START
        return total

    def _logs(self, context: Context) -> list[float]:
        logs: list[float] = np.log(self._smoothed(context)).tolist()
        return logs

    def _chances(self, context: Context) -> NDArray[np.float64]:
        """P(letter | context) = (its weight + T * P(letter | shorter context)) / (all weights + T).

        T counts the letters that were seen behind the context.
        """
        shorter = self._smoothed(context[1:]) if context else np.full(SYMBOLS, 1 / SYMBOLS)
        numbers, weights = self._grams[len(context)]
        first = number_of(context) * _BASE
        start, end = numbers.searchsorted(np.array([first, first + _BASE], np.uint64))
        kinds = end - start
        if not kinds:
            return shorter
        chances: NDArray[np.float64] = shorter * kinds
        chances[(numbers[start:end] - np.uint64(first + 1)).astype(np.intp)] += weights[start:end]
        chances /= weights[start:end].sum() + kinds
        return chances


@cache
def shipped_characters() -> CharacterModel:
    """The model that ships."""
    return CharacterModel.load(CHARACTERS)


def number_of(symbols: Context) -> int:
    """The number of an n-gram: its symbols as the digits of one."""
    number = 0
    for symbol in symbols:
        number = number * _BASE + symbol + 1
    return number


@cache
def letter_of(character: str) -> int | None:
    """The symbol of a Latin letter, upper or lower case, with or without an accent; None of anything else."""
    place = LETTERS.find(unicodedata.normalize("NFKD", character)[:1].lower() or " ")
    return place if place >= 0 else None
