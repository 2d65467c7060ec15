"""The distance from a name as read to names as written: an edit distance whose costs are `Confusions`.

Many pairs are compared at once: the table of each is filled row by row (a row a letter read), all pairs side
by side, so that a pair costs a fraction of a microsecond.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from multilingual.clinical.confusions import (
    BODY,
    CODES,
    FIRST,
    LETTERS,
    OTHER,
    PLACES,
    SECOND,
    SUFFIX,
    UNIT,
    Codes,
    Costs,
    confusions,
)

LONGEST = 48
"""Letters of a key that are compared; the rest does not count."""
_CHUNK = 2048
_HAN = 0x3400
_NEVER = np.uint8(255)  # the code of no letter

Indices = npt.NDArray[np.intp]

_CODE_OF = np.full(128, OTHER, np.uint8)
_CODE_OF[0] = 0
for _letter, _code in CODES.items():
    _CODE_OF[[ord(_letter), ord(_letter.upper())]] = _code


@dataclass(frozen=True, slots=True)
class Names:
    """Keys (`name_keys.name_key`) as arrays [names, letters], padded with 0.

    `points` are code points of the folded letters, `codes` their `Confusions` codes, `places` where they
    stand, `merged` the code of the one letter that may stand for this letter and the one before it.
    """

    points: npt.NDArray[np.uint32]
    codes: Codes
    places: Codes
    merged: Codes
    lengths: Indices

    @property
    def weights(self) -> Indices:
        """Lengths of the names in letters, a Han character counting as two."""
        weights: Indices = self.lengths + (self.points >= _HAN).sum(axis=1)
        return weights

    @property
    def doubled(self) -> npt.NDArray[np.bool_]:
        """Whether the letter is the one before it again."""
        again = np.zeros(self.points.shape, bool)
        again[:, 1:] = (self.points[:, 1:] == self.points[:, :-1]) & (self.points[:, 1:] > 0)
        return again


def names_of(keys: Sequence[str]) -> Names:
    """Keys as arrays."""
    text = np.array(keys, dtype=f"U{LONGEST}")
    points = text.view(np.uint32).reshape(len(keys), LONGEST)
    lengths = (points > 0).sum(axis=1)
    points = points[:, : max(1, int(lengths.max(initial=1)))]
    suffix = (points >= ord("A")) & (points <= ord("Z"))
    points = points + np.where(suffix, np.uint32(32), np.uint32(0))
    codes = _CODE_OF[np.minimum(points, 127)]
    places = np.full(points.shape, BODY, np.uint8)
    places[:, :1] = FIRST
    places[:, 1:2] = SECOND
    places[suffix] = SUFFIX
    merged = np.zeros(points.shape, np.uint8)
    merged[:, 1:] = confusions().merged[codes[:, :-1], codes[:, 1:]]
    return Names(points, codes, places, merged, lengths)


class Written:
    """The names of a formulary, prepared to be compared with."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.names = names_of(keys)
        self.symbols: Codes = self.names.places * np.uint8(LETTERS) + self.names.codes
        lost = confusions().lost.ravel()[self.symbols]
        lost[self.names.doubled] = confusions().doubled
        lost[self.names.codes == 0] = 0
        self.lost: Costs = np.zeros((len(keys), lost.shape[1] + 1), np.int16)
        np.cumsum(lost, axis=1, dtype=np.int16, out=self.lost[:, 1:])


class Read:
    """Names as read, prepared to be compared."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.names = names_of(keys)
        table = confusions()
        self.added: Costs = table.added[self.names.codes]
        suffix = self.names.places == SUFFIX
        self.added[suffix] = (self.added[suffix] * table.place[SUFFIX]).astype(np.int16)
        self.added[self.names.doubled] = table.doubled


def distances(read: Read, of_read: Indices, written: Written, of_written: Indices) -> npt.NDArray[np.float32]:
    """Distances of pairs (`of_read[k]`, `of_written[k]`): 0 for the same letters, about 1 an error."""
    costs = np.empty(len(of_read), np.int16)
    order = np.argsort(read.names.lengths[of_read], kind="stable")
    for start in range(0, len(order), _CHUNK):
        chunk = order[start : start + _CHUNK]
        costs[chunk] = _chunk_distances(read, of_read[chunk], written, of_written[chunk])
    return costs.astype(np.float32) / np.float32(UNIT)


def _chunk_distances(read: Read, of_read: Indices, written: Written, of_written: Indices) -> Costs:
    """Costs of pairs. The rows of the table are letters written, its columns are pairs."""
    table = confusions()
    read_as, merging = table.read_as.ravel(), np.int16(table.merging)
    lengths, read_lengths = written.names.lengths[of_written], read.names.lengths[of_read]
    letters = int(lengths.max())
    symbols = np.ascontiguousarray(written.symbols[of_written, :letters].T, dtype=np.intp)
    codes = np.ascontiguousarray(written.names.codes[of_written, :letters].T)
    merged = np.ascontiguousarray(written.names.merged[of_written, :letters].T)
    lost = np.ascontiguousarray(written.lost[of_written, : letters + 1].T)
    points = written.names.points[of_written, :letters].T

    found = np.empty(len(of_read), np.int16)
    before, above, row = lost.copy(), lost.copy(), np.empty_like(lost)
    for place in range(int(read_lengths.max())):
        letter = read.names.codes[of_read, place]
        added = read.added[of_read, place]
        replaced = read_as[symbols + letter.astype(np.intp) * (PLACES * LETTERS)]
        if (letter == OTHER).any():
            replaced[(points == read.names.points[of_read, place]) & (letter == OTHER)] = 0
        np.add(above, added, out=row)
        np.minimum(row[1:], above[:-1] + replaced, out=row[1:])
        # One letter read for two written, then two read for one written: rare, so cell by cell.
        _relax(row[1:], merged == np.where(letter, letter, _NEVER), above[:-2], 1, merging)
        two = read.names.merged[of_read, place]
        if place and two.any():
            _relax(row[1:], codes == np.where(two, two, _NEVER), before[:-1], 0, merging)
        # Letters written and not read: a running minimum down the rows, once their costs are taken off.
        row -= lost
        step = 1
        while step <= letters:
            np.minimum(row[step:], row[:-step], out=row[step:])
            step *= 2
        row += lost
        done = np.flatnonzero(read_lengths == place + 1)
        found[done] = row[lengths[done], done]
        before, above, row = above, row, before
    return found


def _relax(row: Costs, where: npt.NDArray[np.bool_], source: Costs, skipped: int, cost: np.int16) -> None:
    """Lower `row` at the cells `where` to `source`, `skipped` rows higher, plus `cost`."""
    cells = np.flatnonzero(where)
    flat = row.reshape(-1)
    flat[cells] = np.minimum(flat[cells], source.reshape(-1)[cells - skipped * row.shape[1]] + cost)
