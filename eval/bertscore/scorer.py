"""BERTScore (Zhang et al., 2020) by the definition of bert-score 0.3.13, without idf weights.

Each token of one text is matched with the most similar one of the other, by the cosine of their vectors at
one layer of an encoder: precision is the mean over the prediction's tokens, recall over the reference's.
Tokens that open and close a text can be matched with, and do not count themselves. Where either text is
empty, or both are, all three are 0, as bert-score means it (with transformers 5 it fails on them). A text
longer than the encoder reads loses its end, as there; `BertScorer.cut` counts such texts.

Texts are encoded in batches of about as many tokens (bert-score sorts by blanks, of which Chinese has none),
each distinct one once, and references are kept for the next system.
"""

from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import torch
from torch.nn.utils.rnn import pad_sequence

from eval.bertscore.encoder import Encoder, Tokens
from eval.bertscore.packaged import SHIPPED

KEPT_BYTES: Final = 2**30
"""Of vectors kept between calls: 700,000 tokens of the packaged encoder, or some 20,000 summaries."""

_BLOCK_TOKENS = 2**16  # whose vectors are held at a time: 100 MB of the packaged encoder's
_AT_ONCE = 64  # pairs matched in one operation
_Pair = tuple[str, str]


class Score(NamedTuple):
    """Mean cosines, not rescaled, and their harmonic mean."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text's tokens as vectors of length 1, (tokens, width), and which of them count, (tokens,)."""

    vectors: torch.Tensor
    counted: torch.Tensor


class BertScorer:
    """Scores predictions against references with one encoder."""

    def __init__(self, encoder: Encoder, kept_bytes: int = KEPT_BYTES) -> None:
        self.encoder = encoder
        self._kept = _Kept(kept_bytes)
        self._cut: set[str] = set()

    @property
    def cut(self) -> int:
        """How many distinct texts so far were longer than the encoder reads."""
        return len(self._cut)

    def score(self, predictions: Sequence[str], references: Sequence[str]) -> list[Score]:
        """One score a prediction, in order, against the reference in its place.

        Raises ValueError when there are more of one than of the other.
        """
        pairs = list(zip(predictions, references, strict=True))
        distinct = list(dict.fromkeys(pairs))
        uses = Counter(text for pair in distinct for text in set(pair))
        tokens = dict(zip(uses, self.encoder.tokenise(list(uses)), strict=True))
        self._cut |= {text for text, read in tokens.items() if read.cut}
        # What another system is held against is kept, and what this one has more than once.
        lasting = {reference for _, reference in distinct} | {text for text in uses if uses[text] > 1}
        self._kept.begin(uses)
        scores: dict[_Pair, Score] = {}
        for block in _blocks(distinct, tokens):
            encoded = self._encode(dict.fromkeys(text for pair in block for text in pair), tokens, lasting)
            for start in range(0, len(block), _AT_ONCE):
                some = block[start : start + _AT_ONCE]
                sides = ([encoded[text] for text in side] for side in zip(*some, strict=True))
                values = match(*sides).tolist()
                scores |= {pair: Score(*value) for pair, value in zip(some, values, strict=True)}
        return [scores[pair] for pair in pairs]

    def rescaled(self, score: Score, language: str) -> Score:
        """The score on a scale on which random pairs of texts of `language` have 0; see `baseline`."""
        return rescaled(score, baseline(self.encoder.digest, self.encoder.layer, language))

    def _encode(
        self, texts: Iterable[str], tokens: Mapping[str, Tokens], lasting: Collection[str]
    ) -> dict[str, Encoded]:
        found = {text: self._kept.get(text) for text in texts}
        missing = [text for text, encoded in found.items() if encoded is None]
        vectors = self.encoder.encode([tokens[text].ids for text in missing])
        made = {
            text: Encoded(each, torch.tensor(self.encoder.counted(tokens[text].ids), device=each.device))
            for text, each in zip(missing, vectors, strict=True)
        }
        for text in missing:
            if text in lasting:
                self._kept.put(text, made[text])
        return {text: encoded or made[text] for text, encoded in found.items()}


@torch.inference_mode()
def match(predictions: Sequence[Encoded], references: Sequence[Encoded]) -> torch.Tensor:
    """Precision, recall and F1 of each prediction against the reference in its place, shape (pairs, 3)."""
    ours, theirs = (
        pad_sequence([each.vectors for each in side], batch_first=True) for side in (predictions, references)
    )
    similarity = ours @ theirs.mT
    # Padding comes last; a similarity below any cosine hides it (bert-score lets it count as one of 0).
    for row, (one, other) in enumerate(zip(predictions, references, strict=True)):
        similarity[row, len(one.vectors) :] = -2
        similarity[row, :, len(other.vectors) :] = -2
    precision = _mean(similarity.amax(2), predictions)
    recall = _mean(similarity.amax(1), references)
    f1 = 2 * precision * recall / (precision + recall)
    # A text without a token that counts has a mean of nothing.
    empty = precision.isnan() | recall.isnan()
    return torch.stack([precision, recall, f1.nan_to_num()], dim=1).masked_fill(empty[:, None], 0)


def _mean(best: torch.Tensor, texts: Sequence[Encoded]) -> torch.Tensor:
    """Mean over the tokens that count, shape (texts,); NaN where there are none."""
    counted = pad_sequence([each.counted for each in texts], batch_first=True)
    return (best * counted).sum(1) / counted.sum(1)


def rescaled(score: Score, baseline: Score) -> Score:
    """Each number x of a score as (x - b) / (1 - b), where b is the baseline's: 0 for random pairs."""
    return Score(*((x - b) / (1 - b) for x, b in zip(score, baseline, strict=True)))


def baseline(digest: str, layer: int, language: str) -> Score:
    """Mean score of random pairs of texts of a language (en, hi, hi-en, zh, pt), as shipped.

    `eval.bertscore.choose_layer` measures it, and tells on which texts. Raises ValueError where none ships:
    for other weights than the packaged ones, or another language.
    """
    layers = SHIPPED["baselines"].get(language) if digest == SHIPPED["digest"] else None
    if layers is None:
        raise ValueError(f"no baseline ships for an encoder of weights {digest} and language {language}")
    return Score(*layers[layer])


def _blocks(pairs: Iterable[_Pair], tokens: Mapping[str, Tokens]) -> Iterator[list[_Pair]]:
    """Pairs whose references, and then predictions, have about as many tokens."""

    def lengths(pair: _Pair) -> tuple[int, int]:
        prediction, reference = pair
        return len(tokens[reference].ids), len(tokens[prediction].ids)

    block: list[_Pair] = []
    size = 0
    for pair in sorted(pairs, key=lengths):
        added = sum(lengths(pair))
        if block and size + added > _BLOCK_TOKENS:
            yield block
            block, size = [], 0
        block.append(pair)
        size += added
    if block:
        yield block


class _Kept:
    """Encoded texts up to a number of bytes; those that a call has no use for make room for those of it."""

    def __init__(self, limit: int) -> None:
        self._limit, self._size = limit, 0
        self._texts: OrderedDict[str, Encoded] = OrderedDict()
        self._wanted: Collection[str] = ()

    def begin(self, wanted: Collection[str]) -> None:
        """A call that has use for these texts."""
        self._wanted = wanted
        for text in wanted:
            if text in self._texts:
                self._texts.move_to_end(text)

    def get(self, text: str) -> Encoded | None:
        """The encoded text, if it is kept."""
        return self._texts.get(text)

    def put(self, text: str, encoded: Encoded) -> None:
        """Keep a text, unless it would take the place of one that is wanted."""
        size = encoded.vectors.nbytes
        while self._size + size > self._limit and self._texts:
            oldest = next(iter(self._texts))
            if oldest in self._wanted:
                return
            self._size -= self._texts.pop(oldest).vectors.nbytes
        if size <= self._limit:
            # A copy: what was encoded is a part of its batch, and would keep it all.
            self._texts[text] = Encoded(encoded.vectors.clone(), encoded.counted)
            self._size += size
