"""Crops to train on whose words nobody wrote, in strokes that somebody did: real letters, joined anew.

A word is covered by runs of letters out of other words, as few as may be. They come from hands that look
alike, stand on one baseline, and meet where their strokes do.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np
import pyarrow as pa

from ocr.engines.crops import interpolation
from ocr.simulate.lexicon import cleaned
from ocr.simulate.words import pick
from ocr.simulate.writing import Writer
from ocr.train.augment import Grey
from ocr.train.inventory import ANYWHERE, LONGEST, Inventory, key_of
from ocr.train.letters import BASELINE, PITCH, ROWS, X_HEIGHT, Word
from ocr.train.simulated import SCHEMA, coded
from ocr.train.splits import Split, split_of

_STRENGTH = 0.7
_SHORTEST = 3  # characters of a text
_FEWER_CAPITALS = 0.6
"""Share of the texts in capitals that are not written: there are few capitals to write them with."""
_OUT_OF_PLACE, _SINGLE = 0.8, 0.9
"""What a run costs that stood elsewhere in its word, or is a single letter; each run costs 1."""
_COVERS = 3
"""Covers of a word that are tried; the one whose hands are most alike is written."""
_NEAREST = 5
_SQUEEZED = 0.85
"""Share of single words that are squeezed into one width, as RxHandBD's are."""
_HIGH, _SQUEEZED_WIDTH = 72, 128  # pixels
_INKED = 100
"""Ink of 255 from which a pixel belongs to a stroke."""
_GRAIN, _WHITE = 0.8, 235
"""Pixels that the paper's noise is soft over; grey levels from which paper has no shadows."""
_ROOM, _MOST_RISE = 6, 4
"""Pixels above and below a word at the common size, and by how many a piece may be moved there."""
_BAND = slice(BASELINE - X_HEIGHT, BASELINE)


class Texts(NamedTuple):
    """Which texts are spliced."""

    orders: float
    """Share of them that are cut out of orders: form words, strengths, directions; the others are names."""
    sizes: tuple[tuple[float, int], ...]
    """How many words a text has at most, and up to which share of the texts."""
    longest: int
    """Characters of a text."""


WORDS = Texts(orders=0.2, sizes=((0.7, 1), (0.93, 2), (1.0, 3)), longest=28)
LINES = Texts(orders=0.85, sizes=((0.15, 2), (0.4, 3), (0.6, 4), (0.8, 5), (1.0, 7)), longest=52)


class Piece(NamedTuple):
    """Letters `start` to `end` of a word."""

    word: Word
    start: int
    end: int


def spliced_examples(
    inventory: Inventory, names: Sequence[str], seed: int, first: int, count: int, kind: Texts = WORDS
) -> pa.Table:
    """The crops `first` to `first + count`, with names of medicines out of `names`; columns of `SCHEMA`."""
    texts = _texts(names, kind, np.random.default_rng((seed, first)))
    rows = [
        _row(texts, inventory, np.random.default_rng((seed, number, 2)))
        for number in range(first, first + count)
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _texts(names: Sequence[str], kind: Texts, random: np.random.Generator) -> Iterator[str]:
    """Names, and words of orders; none with a word that is kept from training."""
    writer = Writer(names, (), random)
    while True:
        order = random.random() < kind.orders
        words = cleaned(writer.order() if order else writer.name()).split()
        chance = random.random()
        size = next(size for share, size in kind.sizes if chance <= share)
        start = int(random.random() * max(1, len(words) - size + 1)) if order else 0
        words = words[start : start + size]
        if _fits(words, kind.longest) and not (
            " ".join(words).isupper() and random.random() < _FEWER_CAPITALS
        ):
            yield " ".join(words)


def _fits(words: Sequence[str], longest: int) -> bool:
    """Whether the words are neither kept from training nor signs, and their text is of a fitting length."""
    text = " ".join(words)
    kept = any(split_of(word, "") is Split.UNSEEN for word in (text, *words))
    return not kept and _SHORTEST <= len(text) <= longest and all(any(map(str.isalnum, w)) for w in words)


def _row(texts: Iterator[str], inventory: Inventory, random: np.random.Generator) -> dict[str, object]:
    """The next text that there are letters for."""
    text, pieces = next(
        (text, pieces)
        for text, pieces in ((text, spliced(text, inventory, random)) for text in texts)
        if pieces
    )
    return {
        "picture": coded(_joined(pieces, random)),
        "text": text,
        "strength": _STRENGTH,
        "script": "spliced",
    }


def spliced(text: str, inventory: Inventory, random: np.random.Generator) -> list[list[Piece]]:
    """Pieces that spell each word of the text, in hands alike; none where letters are missing."""
    best: tuple[float, list[list[Piece]]] = (np.inf, [])
    for _ in range(_COVERS):
        covers = [_cover(word, inventory, random) for word in text.split()]
        if any(not cover for cover in covers):
            return []
        cost, chosen = _in_one_hand([key for cover in covers for key in cover], inventory, random)
        if cost < best[0]:
            runs = iter(chosen)
            best = cost, [[next(runs) for _ in cover] for cover in covers]
    return best[1]


def _cover(word: str, inventory: Inventory, random: np.random.Generator) -> list[str]:
    """Keys of runs that spell the word: the cheapest, where chance is a part of each one's cost."""
    letters = len(word)
    chance = random.exponential(0.5, (letters + 1, LONGEST + 1))
    best: list[tuple[float, list[str]]] = [(np.inf, [])] * (letters + 1)
    best[0] = 0.0, []
    for end in range(1, letters + 1):
        for length in range(1, min(LONGEST, end, max(2, letters - 1)) + 1):
            start = end - length
            key = key_of(word[start:end], first=start == 0, last=end == letters)
            cost = best[start][0] + 1 + chance[end, length] + (_SINGLE if length == 1 else 0.0)
            if key not in inventory.runs:
                key, cost = ANYWHERE + word[start:end], cost + _OUT_OF_PLACE
            if cost < best[end][0] and key in inventory.runs:
                best[end] = cost, [*best[start][1], key]
    return best[letters][1]


def _in_one_hand(
    keys: Sequence[str], inventory: Inventory, random: np.random.Generator
) -> tuple[float, list[Piece]]:
    """A run for each key, in hands like that of the rarest; how far they are from it on average."""
    found = [inventory.runs[key] for key in keys]
    rarest = min(range(len(keys)), key=lambda place: len(found[place]))
    anchor = pick(found[rarest], random)
    pieces, cost = [], 0.0
    for place, runs in enumerate(found):
        run = anchor
        if place != rarest:
            others = np.fromiter((run.word for run in runs), np.intp, len(runs))
            apart = ((inventory.hands[others] - inventory.hands[anchor.word]) ** 2).sum(axis=1)
            near: list[int] = np.argsort(apart, kind="stable")[:_NEAREST].tolist()
            chosen = pick(near, random)
            run, cost = runs[chosen], cost + float(apart[chosen])
        pieces.append(Piece(inventory.words[run.word], run.start, run.end))
    return cost / len(keys), pieces


def _joined(words: Sequence[Sequence[Piece]], random: np.random.Generator) -> Grey:
    """The words in one crop, on the paper of one of their pieces."""
    ink = _written(words, random)
    rows, columns = (np.flatnonzero((ink > _INKED).any(axis=axis)) for axis in (1, 0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    above, below = (int(ink.shape[0] * random.uniform(0.03, 0.3)) for _ in range(2))
    before, after = (int(PITCH * random.uniform(0.1, 1.2)) for _ in range(2))
    ink = np.pad(ink, ((above, below), (before, after)))
    width = round(ink.shape[1] * _HIGH / ink.shape[0])
    if len(words) == 1 and random.random() < _SQUEEZED:
        width = _SQUEEZED_WIDTH
    sized = cv2.resize(ink, (width, _HIGH), interpolation=interpolation(width, ink.shape[1]))
    return _on_paper(np.asarray(sized, np.uint8), pick(words[0], random).word, random)


def _on_paper(ink: Grey, word: Word, random: np.random.Generator) -> Grey:
    """The ink as it is on the paper of `word`."""
    hand = word.hand
    grain = cv2.GaussianBlur(random.normal(0, 1, ink.shape).astype(np.float32), (0, 0), _GRAIN)
    grey = hand.paper - hand.contrast * random.uniform(0.8, 1.05) * (ink / np.float32(255))
    grey += 1.3 * min(hand.noise, 5.0) * grain
    if hand.paper < _WHITE:
        grey += np.linspace(-1, 1, ink.shape[1], dtype=np.float32) * random.normal(0, 4)  # a shadow
    return np.clip(grey, 0, 255).astype(np.uint8)


def _written(words: Sequence[Sequence[Piece]], random: np.random.Generator) -> Grey:
    """The ink of the words, shape (ROWS + 2 * _ROOM, columns)."""
    pieces = sum(piece.word.ink.shape[1] for word in words for piece in word)
    canvas = np.zeros((ROWS + 2 * _ROOM, pieces + 2 * PITCH * (len(words) + 1)), np.uint8)
    right = float(PITCH)
    for word in words:
        crossed = None  # the row in which a stroke leaves the piece before
        for number, piece in enumerate(word):
            ink, begin, end = _cut_out(piece)
            gap, rise = random.uniform(-1, 3), random.normal(0, 0.7)
            entered = _crossing(piece.word, piece.start)
            if crossed is not None and entered is not None:
                gap, rise = random.uniform(-2, 0.5), crossed - entered
            rise = round(float(np.clip(rise, -_MOST_RISE, _MOST_RISE)))
            at = max(0, round(right - begin + (gap if number else 0)))
            view = canvas[_ROOM + rise : _ROOM + rise + ROWS, at : at + ink.shape[1]]
            np.maximum(view, ink, out=view)
            right, crossed = at + end, _crossing(piece.word, piece.end)
            crossed = None if crossed is None else crossed + rise
        right += PITCH * random.uniform(0.6, 1.3)
    return canvas


def _cut_out(piece: Piece) -> tuple[Grey, float, float]:
    """The ink of a piece, and where its letters begin and end in it."""
    word, start, end = piece
    left, right = word.cuts[start], word.cuts[end]
    low, high = max(0, int(left.min()) - 1), min(word.ink.shape[1], int(right.max()) + 1)
    across = np.arange(low, high, dtype=np.float32)
    after, before = across - left[:, np.newaxis], right[:, np.newaxis] - across
    ink = (word.ink[:, low:high] * np.clip(after + 1.5, 0, 1) * np.clip(before + 0.5, 0, 1)).astype(np.uint8)
    begin, finish = float(left[_BAND].mean()) - low, float(right[_BAND].mean()) - low
    inked = np.flatnonzero((ink[_BAND] > _INKED).any(axis=0))
    if len(inked) and (start == 0 or word.text[start - 1] == " "):
        begin = max(begin, inked[0] - 1.0)
    if len(inked) and (end == len(word.text) or word.text[end] == " "):
        finish = min(finish, inked[-1] + 2.0)
    return ink, begin, finish


def _crossing(word: Word, cut: int) -> float | None:
    """The row in which a stroke crosses a cut; None where none does."""
    columns = np.clip(word.cuts[cut], 0, word.ink.shape[1] - 1)
    along = word.ink[np.arange(ROWS), columns].astype(np.float32)
    return float(along @ np.arange(ROWS) / along.sum()) if along.sum() > 2 * _INKED else None
