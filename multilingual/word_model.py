"""A linear model of letters: which of English, Roman Hindi and Portuguese a word in Latin letters looks like.

A word's features are its letter n-grams (1 to 5, with its ends marked) and the word itself, hashed into
`BUCKETS` rows of weights; the sum of the rows, softmaxed, is the probability of each language under an equal
prior. `data/word_model.safetensors` is made by `python -m multilingual.train_words`.
"""

import re
import zlib
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load

LANGUAGES = ("en", "hi", "pt")
"""The columns of the weights; "hi" is Hindi in Latin letters."""

BUCKETS = 2**16
LONGEST_GRAM = 5

Scores = tuple[float, float, float]

_LONGEST_WORD = 40  # letters that are looked at
_DRAWN_OUT = re.compile(r"(.)\1{2,}")


def written(word: str) -> str:
    """The spelling that the model sees: lower case, letters drawn out ("nahiiii") doubled, no more than 40.

    >>> written("Nahiiii")
    'nahii'
    """
    return _DRAWN_OUT.sub(r"\1\1", word.lower())[:_LONGEST_WORD]


def features(word: str) -> list[int]:
    """Rows of the weights that a `written` word adds up, in 0..BUCKETS-1."""
    marked = f"<{word}>"
    grams = {
        marked[start : start + length]
        for length in range(1, LONGEST_GRAM + 1)
        for start in range(len(marked) - length + 1)
    }
    grams.add(f"={word}")
    return [zlib.crc32(gram.encode()) % BUCKETS for gram in grams]


@lru_cache(maxsize=65536)
def word_scores(word: str) -> Scores:
    """Log-probabilities of the three `LANGUAGES` for a word in Latin letters."""
    summed = _weights()[features(written(word))].sum(axis=0)
    scores = summed - np.logaddexp.reduce(summed)
    return float(scores[0]), float(scores[1]), float(scores[2])


@cache
def _weights() -> NDArray[np.float32]:
    """Weights of shape (BUCKETS, 3): the shipped bytes times their one step size."""
    tensors = load(files("multilingual").joinpath("data", "word_model.safetensors").read_bytes())
    return np.asarray(tensors["weights"].astype(np.float32) * tensors["step"])
