"""Whether a summary can be read: its language, its length and how much it repeats itself."""

from collections.abc import Mapping
from itertools import islice
from typing import Final

from eval.measures import Better, Measure, mean
from eval.rouge import sentences
from eval.statistics import share
from eval.tokens import tokens_for
from multilingual.language import profile

_RUN: Final = 3  # tokens


def in_target(summary: str, target: str) -> bool:
    """Whether a summary is in the language `target`, or in a mixture with it; one without words is not."""
    return target in (profile(summary).language or "").split("+")


def readability(summary: str) -> Mapping[str, tuple[float, float]]:
    """Counts of the measures below, by their name; `repetition` only of a summary of three tokens or more."""
    tokens = tokens_for(None).tokenize(summary)
    runs = list(zip(*(islice(tokens, start, None) for start in range(_RUN)), strict=False))
    counts = {
        "length": (float(len(tokens)), 1.0),
        "sentence_length": (float(len(tokens)), float(len(sentences(summary)))),
    }
    return counts | ({"repetition": (1 - len(set(runs)) / len(runs), 1.0)} if runs else {})


MEASURES: Final[tuple[Measure, ...]] = (
    mean("in_target", "share of summaries in the language asked for; a failed one is not"),
    mean("length", "tokens of a summary: words, Han characters", Better.NEITHER),
    Measure("sentence_length", "sentence_length", share, "tokens of a sentence", Better.NEITHER),
    mean("repetition", "share of a summary's runs of three tokens that stood in it before", Better.LOWER),
)
