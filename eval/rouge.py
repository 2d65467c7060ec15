"""ROUGE-1, ROUGE-2, ROUGE-L and ROUGE-Lsum of a summary, by rouge-score with our tokens (Lin, 2004).

A text without a token, on either side or both, scores 0 in everything, and a text of one token 0 in ROUGE-2.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from rouge_score.rouge_scorer import RougeScorer

from eval.tokens import tokens_for

MEASURES: Final = ("rouge1", "rouge2", "rougeL", "rougeLsum")

# A full stop ends a sentence before a blank ("2.5" holds none); the stops of Chinese and Hindi always do.
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？；।॥])\s*|\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Score:
    """Shares of the prediction's (precision) and the reference's (recall) tokens in common, and their F1."""

    precision: float
    recall: float
    f1: float


def rouge(prediction: str, reference: str, language: str | None) -> dict[str, Score]:
    """Scores by the names in MEASURES; `language` is that of both texts (see eval.tokens)."""
    scores = _scorer(language).score(_by_line(reference), _by_line(prediction))
    return {
        name: Score(float(score.precision), float(score.recall), float(score.fmeasure))
        for name, score in scores.items()
    }


def sentences(text: str) -> list[str]:
    """The sentences of a text in any of our languages, without blanks around them."""
    return [sentence for piece in _SENTENCE_END.split(text) if (sentence := piece.strip())]


def _by_line(text: str) -> str:
    """A sentence a line: what ROUGE-Lsum goes by. The other measures see no difference."""
    return "\n".join(sentences(text))


@cache
def _scorer(language: str | None) -> RougeScorer:
    return RougeScorer(list(MEASURES), tokenizer=tokens_for(language))
