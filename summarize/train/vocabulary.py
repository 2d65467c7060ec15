"""Tokens that an adapter's summaries are searched among: `python -m summarize.train.vocabulary ADAPTER DATA`.

They are those that the training's summaries have, and the model's commonest. Beside the adapter's weights,
the list lets the search leave out all others but those of the message: about 0.6 of the time on a CPU.
"""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from summarize.train.examples import load_examples, read_recipe
from summarize.train.steps import tokenize

_COMMON = 65_536  # byte-pair merges are numbered in the order in which they were found: the first are common


def vocabulary(summaries: Iterable[Sequence[int]], size: int) -> np.ndarray:
    """The token ids of summaries and the commonest of `size`, int32, sorted, none twice."""
    common = np.arange(min(size, _COMMON), dtype=np.int32)
    return np.unique(np.concatenate([common, *(np.asarray(each, dtype=np.int32) for each in summaries)]))


def main() -> None:
    """Write ADAPTER/vocabulary.npz from a recipe's summaries, none left out for its length."""
    from multilingual.language_models.gemma import model_folder
    from summarize.engines.loading import VOCABULARY

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("adapter", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--recipe", type=Path, default=Path(__file__).parent / "recipe.toml")
    parser.add_argument("--model", type=Path, help="folder of the adapter's model (default: the packaged)")
    asked = parser.parse_args()
    tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(asked.model or model_folder())
    recipe = read_recipe(asked.recipe)
    examples = load_examples(recipe, asked.data)
    summaries = [each.summary for each, _ in tokenize(examples, tokenizer, longest=10**9)]
    tokens = vocabulary(summaries, len(tokenizer))
    np.savez_compressed(asked.adapter / VOCABULARY, tokens=tokens)
    print(f"{asked.adapter / VOCABULARY}: {len(tokens)} tokens of {len(examples)} summaries")


if __name__ == "__main__":
    main()
