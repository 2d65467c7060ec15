"""Fragments of text to lines in reading order, on skewed pages and in columns."""

from collections.abc import Iterator, Sequence

import numpy as np

from ocr.columns import blocks, goes_on
from ocr.engines.base import Columns, Fragment
from ocr.placed import Placed, hull, is_vertical, place, skew_of
from ocr.records import TextLine

_OVERLAP = 0.55  # of the lower one's height, by which two pieces of one line overlap
_GAP = 2.5  # line heights of space that a line may leave; across more, only directions go on


def arrange(fragments: Sequence[Fragment]) -> list[Fragment]:
    """Join the fragments of each line, and put the lines into reading order.

    Works up to about 15 degrees of skew. Each fragment ends up in exactly one line; texts are joined by a
    space, the score is the mean weighted by length, and the box is the hull along the line; columns are put
    side by side, a sure space between them. Columns of the page are read one after the other, and text that
    runs down the page comes last. Whole orders stay as they are, and in the order that they come in.
    """
    whole = [fragment for fragment in fragments if fragment.whole]
    parts = [fragment for fragment in fragments if not fragment.whole]
    upright = [fragment for fragment in parts if not is_vertical(fragment.line)]
    vertical = [fragment for fragment in parts if is_vertical(fragment.line)]
    lines: list[Fragment] = []
    if upright:
        skew = skew_of([fragment.line for fragment in upright])
        placed = sorted((place(fragment, skew) for fragment in upright), key=_order)
        for block in blocks(placed):
            rows = sorted(_rows(block), key=lambda row: (row[0].middle, row[0].left))
            lines += [_join(row) for row in _left_before_right(rows)]
    downward = sorted(
        vertical, key=lambda fragment: (fragment.line.box[0], fragment.line.box[1], fragment.line.text)
    )
    return [*lines, *downward, *whole]


def _order(item: Placed) -> tuple[float, float, str, float]:
    return item.left, item.middle, item.fragment.text, item.fragment.score


def _rows(block: Sequence[Placed]) -> list[list[Placed]]:
    """The block's lines, each a list of pieces from left to right."""
    after = {index: _right_neighbour(index, block) for index in range(len(block))}
    before: dict[int, int] = {}
    for index, neighbour in after.items():
        if neighbour is not None:
            rival = before.get(neighbour)
            if rival is None or block[index].right > block[rival].right:  # the nearer one goes on
                before[neighbour] = index
    follower = {index: neighbour for neighbour, index in before.items()}
    rows = []
    for index in range(len(block)):
        if index not in before:
            row = [index]
            while row[-1] in follower:
                row.append(follower[row[-1]])
            rows.append([block[member] for member in row])
    return rows


def _right_neighbour(index: int, block: Sequence[Placed]) -> int | None:
    """The nearest piece on the same line to the right, if the line goes on there."""
    item = block[index]
    centre = (item.left + item.right) / 2
    level = [
        (other.left, place)
        for place, other in enumerate(block)
        if place != index and (other.left + other.right) / 2 > centre and _on_one_line(item, other)
    ]
    if not level:
        return None
    nearest = min(level)[1]
    gap = block[nearest].left - item.right
    line = min(item.height, block[nearest].height)
    return nearest if gap <= _GAP * line or goes_on(block[nearest].fragment.text) else None


def _on_one_line(item: Placed, other: Placed) -> bool:
    """Whether two pieces overlap in height where they meet, and do not lie on one another."""
    meeting = (item.right + other.left) / 2
    apart = abs(item.level_at(meeting) - other.level_at(meeting))
    overlap = (item.height + other.height) / 2 - apart
    narrower = min(item.right - item.left, other.right - other.left)
    beside = other.left > item.right - 0.5 * narrower
    return beside and overlap >= _OVERLAP * min(item.height, other.height)


def _left_before_right(rows: Sequence[list[Placed]]) -> Iterator[list[Placed]]:
    """Rows from top to bottom; those that stand level with the first of them from left to right."""
    waiting = list(rows)
    while waiting:
        first = waiting[0]
        level = [row for row in waiting if row is first or _level(first, row)]
        yield from sorted(level, key=lambda row: row[0].left)
        waiting = [row for row in waiting if not any(row is done for done in level)]


def _level(row: Sequence[Placed], other: Sequence[Placed]) -> bool:
    left, right = (row, other) if row[0].left <= other[0].left else (other, row)
    return left[-1].right <= right[0].left + right[0].height and _on_one_line(left[-1], right[0])


def _join(row: Sequence[Placed]) -> Fragment:
    pieces = [item.fragment for item in row]
    if len(pieces) == 1:
        return Fragment(pieces[0], row[0].columns)
    letters = [max(1, len(piece.text)) for piece in pieces]
    score = sum(piece.score * n for piece, n in zip(pieces, letters, strict=True)) / sum(letters)
    texts = [piece.text for piece in pieces]
    alternatives = tuple(
        " ".join([*texts[:place], other, *texts[place + 1 :]])
        for place, piece in enumerate(pieces)
        for other in piece.alternatives
    )
    line = TextLine(" ".join(texts), score, hull([piece.box for piece in pieces]), alternatives)
    return Fragment(line, _side_by_side([item.columns for item in row]))


def _side_by_side(pieces: Sequence[Columns | None]) -> Columns | None:
    """The columns of pieces of a line; None where one has none, or another alphabet."""
    told = [columns for columns in pieces if columns is not None]
    characters = told[0].characters if told else ()
    if len(told) < len(pieces) or any(columns.characters != characters for columns in told):
        return None
    if " " not in characters:
        return None
    space = np.zeros((1, len(characters)), np.float32)
    space[0, characters.index(" ")] = 1.0
    between = [part for columns in told for part in (space, columns.chances)]
    return Columns(np.concatenate(between[1:]), characters)
