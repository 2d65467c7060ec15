"""Readings of a line, from the probabilities of a recogniser trained with CTC.

Graves et al. (2006), Connectionist Temporal Classification: a text's probability is the sum over its
alignments. The best reading is that of the likeliest alignment. Others are searched for with a prefix beam
over the likeliest classes of each column, kept narrow, since only the few columns that the recogniser doubts
make readings differ.
"""

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from heapq import nlargest
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocr.ctc.character_model import EDGE, START, CharacterModel, Context, letter_of

BLANK = 0

Likelihoods = NDArray[np.float32]
Beams = dict[int, tuple[float, float]]
"""A prefix's probability, apart by whether its last column is blank: after a blank a letter may repeat."""


class _Beam(NamedTuple):
    """How wide a search is."""

    width: int  # prefixes that are kept
    classes: int  # that come into question in a column
    least: float  # a less likely class does not
    sure: float  # nor does another where the best class has this probability
    faint: float  # nor what is so much less likely than the likeliest prefix


_BY_COLUMNS = _Beam(width=8, classes=3, least=0.02, sure=0.98, faint=0.0)
_SPELLED = _Beam(width=12, classes=6, least=0.003, sure=0.98, faint=1e-5)
SPELLING, SPELLED = 0.7, 1.2
"""What the spelling of a text weighs beside the columns, and what each letter gains, since longer texts are
rarer: chosen with an eye on words kept from training, also with a model that held none of them."""


def best_readings(
    likelihoods: Likelihoods, best: NDArray[np.intp], lengths: Sequence[int], characters: Sequence[str]
) -> list[tuple[str, float]]:
    """The text of each line's likeliest alignment, and the mean probability of its characters (0 of none).

    `likelihoods` has shape (lines, columns, classes), class 0 the blank; `best` is the likeliest class of
    each column; a line has as many columns as `lengths` says; `characters[k]` is what class k stands for.
    """
    kept = (best != BLANK) & (np.arange(best.shape[1]) < np.asarray(lengths)[:, np.newaxis])
    kept[:, 1:] &= best[:, 1:] != best[:, :-1]
    chances = np.take_along_axis(likelihoods, best[:, :, np.newaxis], axis=2)[:, :, 0]
    return [
        (
            "".join(characters[k] for k in line[begins].tolist()),
            float(chance[begins].mean()) if begins.any() else 0.0,
        )
        for line, begins, chance in zip(best, kept, chances, strict=True)
    ]


def other_readings(
    likelihoods: Likelihoods, best: NDArray[np.intp], characters: Sequence[str], limit: int
) -> tuple[str, ...]:
    """Up to `limit` readings beside the best alignment's, likeliest first.

    `likelihoods` has shape (columns, classes), class 0 the blank; `best` is the likeliest class of each
    column; `characters[k]` is what class k stands for.
    """
    texts = _searched(likelihoods, best, characters, _BY_COLUMNS, None)
    first = _collapsed(best, characters)
    return tuple(dict.fromkeys(text for text in texts if text and text != first))[:limit]


def spelled_readings(
    likelihoods: Likelihoods,
    best: NDArray[np.intp],
    characters: Sequence[str],
    model: CharacterModel,
    limit: int,
) -> tuple[str, ...]:
    """Up to `limit` readings, likeliest first, as the columns and the spelling of words have it together.

    A text's score is log P(columns | text) + SPELLING * log P(text) + SPELLED * letters (Hannun et al., 2014,
    First-pass large vocabulary continuous speech recognition, section 2, with letters in place of words).
    Columns are as for `other_readings`; empty readings are left out.
    """
    texts = _searched(likelihoods, best, characters, _SPELLED, model)
    return tuple(dict.fromkeys(text for text in texts if text))[:limit]


def spelling_score(text: str, model: CharacterModel) -> float:
    """What the spelling of a text adds to its score: SPELLING * log P(text) + SPELLED * letters."""
    prefixes, node = _Prefixes(list(map(letter_of, text)), model), 0
    for place in range(len(text)):
        node = prefixes.followed(node, place)
    return prefixes.whole(node)


class _Prefixes:
    """What was read so far in all its ways, as a tree: a prefix is the number of its last letter's node.

    Of each node its class and its parent are known, what the spelling of its words adds to its score, and
    the symbols of the word that it ends in. Node 0 is the empty prefix.
    """

    def __init__(self, letters: Sequence[int | None], model: CharacterModel | None) -> None:
        self._letters, self._model = letters, model
        self.classes, self._parents = [BLANK], [0]
        self.scores: list[float] = [0.0]
        self._words: list[Context] = [START]
        self._children: dict[tuple[int, int], int] = {}

    def followed(self, node: int, k: int) -> int:
        """The prefix with one more letter, of class `k`."""
        child = self._children.get((node, k))
        if child is None:
            child = self._children[node, k] = len(self.classes)
            self.classes.append(k)
            self._parents.append(node)
            if self._model is not None:
                self._spell(node, self._letters[k], self._model)
        return child

    def _spell(self, node: int, letter: int | None, model: CharacterModel) -> None:
        word = self._words[node]
        if letter is None:
            self.scores.append(self._ended(node, model))
            self._words.append(START)
        else:
            self.scores.append(self.scores[node] + self._last(word, letter, model))
            self._words.append((*word, letter))

    def _ended(self, node: int, model: CharacterModel) -> float:
        """The score of a prefix whose last word ends; a letter by itself is a sign, and weighs nothing."""
        word = self._words[node]
        if len(word) == len(START) + 1:
            return self.scores[self._parents[node]]
        return self.scores[node] + (0.0 if word == START else self._last(word, EDGE, model))

    @staticmethod
    def _last(word: Context, symbol: int, model: CharacterModel) -> float:
        return SPELLING * model.log_chances(word)[symbol] + SPELLED

    def whole(self, node: int) -> float:
        """What spelling adds to the score of a prefix whose last word ends."""
        return 0.0 if self._model is None else self._ended(node, self._model)

    def text(self, node: int, characters: Sequence[str]) -> str:
        """What the prefix says."""
        classes = []
        while node:
            classes.append(self.classes[node])
            node = self._parents[node]
        return "".join(characters[k] for k in reversed(classes)).strip()


def _searched(
    likelihoods: Likelihoods,
    best: NDArray[np.intp],
    characters: Sequence[str],
    beam: _Beam,
    model: CharacterModel | None,
) -> Iterator[str]:
    """Readings that a search finds, likeliest first: some may be empty, or alike but for spaces."""
    prefixes = _Prefixes([] if model is None else _letters(tuple(characters)), model)
    scores = prefixes.scores
    beams: Beams = {0: (1.0, 0.0)}
    for classes, chances in _likeliest(likelihoods, best, beam):
        beams = _extended(beams, classes, chances, prefixes, beam.faint)
        if len(beams) > beam.width:
            worth = _chance if model is None else lambda item: _log(_chance(item)) + scores[item[0]]
            beams = dict(nlargest(beam.width, beams.items(), key=worth))
    ranked = sorted(beams.items(), key=lambda item: -_log(_chance(item)) - prefixes.whole(item[0]))
    return (prefixes.text(node, characters) for node, _ in ranked)


@lru_cache(maxsize=8)
def _letters(characters: tuple[str, ...]) -> list[int | None]:
    return [letter_of(character) if len(character) == 1 else None for character in characters]


def _chance(item: tuple[int, tuple[float, float]]) -> float:
    return item[1][0] + item[1][1]


def _log(chance: float) -> float:
    return math.log(chance) if chance > 0 else -math.inf


def _likeliest(
    likelihoods: Likelihoods, best: NDArray[np.intp], beam: _Beam
) -> Iterator[tuple[list[int], list[float]]]:
    """The likeliest classes of each column and their probabilities: one, of probability 1, of a sure column.

    Of several sure columns of one class in a row the first is given: the others change no text's share.
    """
    chances = np.take_along_axis(likelihoods, best[:, np.newaxis], axis=1)[:, 0]
    sure = chances >= beam.sure
    repeated = np.zeros(len(best), np.bool_)
    repeated[1:] = sure[1:] & sure[:-1] & (best[1:] == best[:-1])
    doubted = iter(_ranked(likelihoods[~sure], beam))
    for first, is_sure in zip(best[~repeated].tolist(), sure[~repeated].tolist(), strict=True):
        yield ([first], [1.0]) if is_sure else next(doubted)


def _ranked(columns: Likelihoods, beam: _Beam) -> list[tuple[list[int], list[float]]]:
    """The likeliest classes of each column, best first, with their probabilities."""
    left, rows = columns.copy(), np.arange(len(columns))
    found: list[tuple[list[int], list[float]]] = [([], []) for _ in rows]
    for _ in range(min(beam.classes, left.shape[1])):
        following = left.argmax(axis=1)
        values = left[rows, following]
        left[rows, following] = -1
        for (classes, chances), k, chance in zip(found, following.tolist(), values.tolist(), strict=True):
            if not classes or chance >= beam.least:
                classes.append(k)
                chances.append(chance)
    return found


def _extended(
    beams: Beams, column: list[int], chances: list[float], prefixes: _Prefixes, faint: float
) -> Beams:
    """The beams after one more column; this is where the time goes."""
    grown: Beams = {}
    least = faint * max(map(sum, beams.values()), default=0.0)

    def add(prefix: int, blank: float, letter: float) -> None:
        before = grown.get(prefix)
        grown[prefix] = (blank, letter) if before is None else (before[0] + blank, before[1] + letter)

    for prefix, (blank, letter) in beams.items():
        last, either = prefixes.classes[prefix], blank + letter
        for k, chance in zip(column, chances, strict=True):
            if either * chance <= least:
                continue
            if k == BLANK:
                add(prefix, either * chance, 0.0)
            elif k == last:
                add(prefix, 0.0, letter * chance)
                if blank:
                    add(prefixes.followed(prefix, k), 0.0, blank * chance)
            else:
                add(prefixes.followed(prefix, k), 0.0, either * chance)
    return grown


def likeliest_path(likelihoods: Likelihoods, classes: Sequence[int]) -> list[tuple[int, int]] | None:
    """The first and the last column of each class of a text on its likeliest alignment (Viterbi).

    `likelihoods` has shape (columns, classes); None where the text has more letters than there is room for.
    """
    states = np.full(2 * len(classes) + 1, BLANK)
    states[1::2] = classes
    skips = np.full(len(states), -np.inf)  # past a blank, where the letters on both sides differ
    skips[3::2] = np.where(states[3::2] != states[1:-2:2], 0.0, -np.inf)
    with np.errstate(divide="ignore"):
        emitted = np.log(likelihoods[:, states].astype(np.float64))
    best = np.full(len(states), -np.inf)
    best[:2] = emitted[0, :2]
    steps = np.zeros(emitted.shape, np.intp)  # how many states back the likeliest way to each came from
    for column in range(1, len(emitted)):
        ways = np.full((3, len(states)), -np.inf)
        ways[0], ways[1, 1:], ways[2, 2:] = best, best[:-1], best[:-2] + skips[2:]
        steps[column] = ways.argmax(axis=0)
        best = ways.max(axis=0) + emitted[column]
    state = len(states) - 1 if len(states) == 1 or best[-1] >= best[-2] else len(states) - 2
    if best[state] == -np.inf:
        return None
    path = [state]
    for column in range(len(emitted) - 1, 0, -1):
        state -= int(steps[column, state])
        path.append(state)
    path.reverse()
    return [
        (path.index(place), len(path) - 1 - path[::-1].index(place)) for place in range(1, len(states), 2)
    ]


def _collapsed(best: NDArray[np.intp], characters: Sequence[str]) -> str:
    """The text of an alignment: repeats joined, blanks left out."""
    kept = [int(k) for k, before in zip(best, [BLANK, *best], strict=False) if k not in (BLANK, before)]
    return "".join(characters[k] for k in kept).strip()
