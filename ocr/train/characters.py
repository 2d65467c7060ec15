"""`python -m ocr.train.characters DATA`: write the model of characters, `ocr/models/characters.npz`.

It is counted on words: those of the names and of the real words that `recipe.toml` trains the recogniser on,
of the shipped formulary and word lists, and of orders as simulated doctors write them. Words kept from
training, pictures and texts of people are not among them.
"""

import argparse
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

import numpy as np

from multilingual.clinical.formulary import load_formulary
from ocr.ctc.character_model import (
    CHARACTERS,
    EDGE,
    MOST,
    CharacterModel,
    Context,
    letter_of,
    number_of,
)
from ocr.simulate.lexicon import english, portuguese, roman_hindi
from ocr.simulate.texts import training_texts
from ocr.train.examples import rxhandbd
from ocr.train.recipe import Recipe, read_names, read_recipe
from ocr.train.splits import Split

ORDER = 8
"""Symbols of the longest n-gram."""
_REAL = 5.0
"""What a word that stands on a real picture counts, each time."""
_TEXTS = 30_000
_RUN = re.compile(r"[^\W\d_]+")


def main() -> None:
    """Count and write."""
    parser = argparse.ArgumentParser(prog="python -m ocr.train.characters", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the files that the recipe names")
    parser.add_argument("--recipe", type=Path, default=Path(__file__).parent / "recipe.toml")
    parser.add_argument("--out", type=Path, default=CHARACTERS)
    arguments = parser.parse_args()
    model = counted(weighted_words(read_recipe(arguments.recipe), arguments.data))
    model.save(arguments.out)
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1e6:.2f} MB")


def weighted_words(recipe: Recipe, data: Path) -> dict[str, float]:
    """Words in small letters, and what each counts. Raises OSError, and ValueError for a missing column.

    A word counts 1, and the logarithm of how often it stands in lists and orders; real words count in full.
    """
    names = read_names(recipe, data)
    texts = training_texts(names, np.random.default_rng(recipe.settings["seed"]))
    shipped = load_formulary().entries
    listed = Counter(
        word
        for source in (
            names,
            (entry.name for entry in shipped),
            english(),
            portuguese(),
            roman_hindi(),
            (text.text for text in islice(texts, _TEXTS)),
        )
        for word in _words(source)
    )
    weights = {word: 1.0 + math.log(count) for word, count in listed.items()}
    real = (word.text for word in rxhandbd(data / recipe.real["folder"]) if word.split is Split.TRAINING)
    for word in _words(real):
        weights[word] = weights.get(word, 0.0) + _REAL
    return weights


def counted(words: Mapping[str, float], order: int = ORDER) -> CharacterModel:
    """The model of n-grams of up to `order` symbols, at most `MOST`."""
    if not 1 <= order <= MOST:
        raise ValueError(f"n-grams have 1 to {MOST} symbols, not {order}")
    weights: list[Counter[int]] = [Counter() for _ in range(order)]
    for word, weight in words.items():
        for gram in _grams(word, order):
            weights[len(gram) - 1][number_of(gram)] += weight  # type: ignore[assignment]
    return CharacterModel(
        tuple(
            (np.array(sorted(each), np.uint64), np.array([each[k] for k in sorted(each)], np.float32))
            for each in weights
        )
    )


def _grams(word: str, order: int) -> Iterator[Context]:
    """The n-grams of a word that end in a letter or in its end."""
    symbols = (EDGE, *(letter for letter in map(letter_of, word) if letter is not None), EDGE)
    for end in range(2, len(symbols) + 1):
        for start in range(max(0, end - order), end):
            yield symbols[start:end]


def _words(texts: Iterable[str]) -> Iterator[str]:
    """The words in Latin letters that texts hold."""
    for text in texts:
        for run in _RUN.findall(text.lower()):
            if all(letter_of(character) is not None for character in run):
                yield run


if __name__ == "__main__":
    main()
