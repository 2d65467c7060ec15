"""One training run from files to files: a start, a recipe and drawn crops -> a recogniser and its curves."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx

from ocr.engines.base import ANY_HAN
from ocr.engines.paddle_weights import WEIGHTS, model_folders
from ocr.graph import GraphModule
from ocr.onnx_weights import halve, widen
from ocr.simulate.words import alphabet
from ocr.train.augment import augment
from ocr.train.averaged import mean_with
from ocr.train.batches import Alphabet
from ocr.train.curves import draw_curves
from ocr.train.eight_bits import in_eight_bits
from ocr.train.examples import Example, RealWord, from_parquet, repaired, rxhandbd
from ocr.train.head import alphabet_of, cut_head
from ocr.train.loop import LOG, Source, read, train
from ocr.train.recipe import Recipe
from ocr.train.splits import Split

_ONE_KEPT_OF = 30
"""One drawn crop in so many is kept from training, for the error curves."""
_RANGED = 300
"""Of the crops trained on, how many tell the ranges of values that the file in 8 bits is made for."""
_MOST_MEASURED = 400
"""Crops of each validation set that are read at each checkpoint."""


def run_training(
    model: Path, recipe: Recipe, data: Path, output: Path, *, writes: bool, most_steps: int | None = None
) -> Path | None:
    """Train on the crops in `output`/crops and the recipe's real words; the file made, None if stopped.

    `writes` is true in one process of all that train together.
    """
    start = widen(onnx.load(model))
    if ANY_HAN not in alphabet_of(start):
        cut_head(start, alphabet(), np.random.default_rng(recipe.settings["seed"]))
    known = Alphabet(alphabet_of(start))
    real = _real(rxhandbd(data / recipe.real["folder"]), start, known)
    kept, trained = _parted(sorted((output / "crops").glob("*.parquet")), known)
    validation = {"seen": real[Split.SEEN], "unseen": real[Split.UNSEEN]}
    validation |= {script: each[:_MOST_MEASURED] for script, each in _by_script(kept).items()}
    kinds = {"real": real[Split.TRAINING]} | _by_script(trained)
    result = train(
        start,
        [Source(kinds[kind], share) for kind, share in recipe.shares.items() if kinds.get(kind)],
        {name: examples for name, examples in validation.items() if examples},
        recipe.settings,
        output,
        most_steps=most_steps,
    )
    if writes:
        draw_curves(output / LOG, output / "curves.png")
    if result is None:
        return None
    file = output / "recogniser.onnx"
    if writes:
        original = onnx.load(model_folders().recogniser / WEIGHTS)
        result = mean_with(original, result, recipe.settings["original"])
        onnx.save(halve(result), file)
        random = np.random.default_rng(recipe.settings["seed"])
        read = (*real[Split.TRAINING], *trained)
        seen = [augment(e.pixels(), 0.0, random) for e in read[:: max(1, len(read) // _RANGED)]]
        onnx.save(halve(in_eight_bits(result, seen)), output / "recogniser-int8.onnx")
    return file


def _parted(files: Sequence[Path], known: Alphabet) -> tuple[list[Example], list[Example]]:
    """Drawn crops kept from training, the same of a file whatever others there are; and the rest."""
    kept: list[Example] = []
    trained: list[Example] = []
    for file in files:
        for place, example in enumerate(from_parquet([file])):
            if known.knows(example.text):
                (trained if place % _ONE_KEPT_OF else kept).append(example)
    return kept, trained


def _real(
    words: Sequence[RealWord], model: onnx.ModelProto, known: Alphabet
) -> Mapping[Split, Sequence[Example]]:
    """Real words by split, their labels put right by a first reading; those that can't be are left out."""
    found: dict[Split, list[Example]] = {split: [] for split in Split}
    examples = [Example(word.file.read_bytes(), word.text) for word in words]
    readings = read(GraphModule(model), examples, known)
    for word, example, reading in zip(words, examples, readings, strict=True):
        text = repaired(word.text, reading)
        if text is not None and known.knows(text):
            found[word.split].append(Example(example.picture, text))
    return found


def _by_script(examples: Sequence[Example]) -> dict[str, list[Example]]:
    """Simulated crops by what is written on them."""
    scripts: dict[str, list[Example]] = {}
    for example in examples:
        scripts.setdefault(example.script, []).append(example)
    return scripts
