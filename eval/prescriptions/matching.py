"""Which medicine read stands for which gold one: one to one, and the best such matching there is.

First names decide. As many confident gold medicines are found as can be, then as many doubtful ones excused,
then names as near, fields as right and lines as near as can be; so two rows of one drug go each to its own.
The others are paired by the line, or by names nearly alike: a gold medicine whose line was read under another
name, or a line that gold itself is not sure of.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rapidfuzz.distance import Levenshtein

from eval.prescriptions.drug_names import is_same, letters, similarity
from eval.prescriptions.gold import GoldMedicine

ALIGNED: Final = 0.6
"""A medicine of another name stands for a gold one from this similarity of the lines, or of the names. On
real pages 39 of 41 lines read for their gold line reach it, and none of 72 pairs of other lines of a page."""
_WHOLE: Final = 6  # letters; a shorter line is compared with the whole of the other
_SLACK: Final = 3  # letters that a beginning may be longer or shorter than what it is compared with
_GRAIN: Final = 10**6  # a criterion is counted in millionths, which keeps sums exact
_BASE: Final = 10**12  # more than a criterion can sum to


class Outcome(StrEnum):
    """What became of a gold medicine, or of one read."""

    FOUND = "found"
    MISNAMED = "misnamed"  # its line was read under another name: it counts as missed and as invented
    MISSED = "missed"
    INVENTED = "invented"
    EXCUSED = "excused"  # a row that gold is not sure of, whatever was read for it


@dataclass(frozen=True, slots=True)
class Reading:
    """A medicine as read: the name that is compared, and the line it stands in.

    `detail` is all that tells it from others: among matchings as good the order of rows then plays no part.
    """

    name: str
    line: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """The places of a gold medicine and of the one read for it; None where there is none."""

    outcome: Outcome
    gold: int | None
    read: int | None


def match_medicines(
    gold: Sequence[GoldMedicine],
    read: Sequence[Reading],
    fields_right: Callable[[int, int], int] = lambda _gold, _read: 0,
) -> list[Match]:
    """Every gold medicine in order, then those read that no gold one is like.

    `fields_right(g, r)` tells how many fields agree where two of the same name must be told apart.
    """
    golds = sorted(range(len(gold)), key=lambda g: _told(gold[g]))
    reads = sorted(range(len(read)), key=lambda r: (read[r].name, read[r].line, read[r].detail))
    pairs = [[_criteria(gold[g], read[r], fields_right(g, r)) for r in reads] for g in golds]
    paired = {golds[row]: reads[column] for row, column in assign(pairs).items()}
    matches = [
        Match(_outcome(medicine, paired.get(g), read), g, paired.get(g)) for g, medicine in enumerate(gold)
    ]
    return matches + [Match(Outcome.INVENTED, None, r) for r in range(len(read)) if r not in paired.values()]


def _told(medicine: GoldMedicine) -> str:
    """All that a gold medicine tells, to sort by."""
    fields = sorted(medicine.fields.items())
    return repr((medicine.names, medicine.line, medicine.confident, fields, sorted(medicine.unscored)))


def _criteria(medicine: GoldMedicine, reading: Reading, fields_right: int) -> tuple[float, ...] | None:
    """What a pair adds to a matching, the gravest first; None where it may not be."""
    named, lined = similarity(reading.name, medicine.names), line_similarity(reading.line, medicine.line)
    if is_same(reading.name, medicine.names):
        return (float(medicine.confident), 1.0, named, float(fields_right), lined, 0.0, 0.0, 0.0)
    # Directions from other lines may have been put behind the first, which has the name.
    near = max(named, lined, line_similarity(reading.line.partition("\n")[0], medicine.line))
    # Of lines as near, that which gold is not sure of: no error is made of doubt.
    return (0.0,) * 5 + (1.0, near, float(not medicine.confident)) if near >= ALIGNED else None


def _outcome(medicine: GoldMedicine, place: int | None, read: Sequence[Reading]) -> Outcome:
    if not medicine.confident:
        return Outcome.EXCUSED
    if place is None:
        return Outcome.MISSED
    return Outcome.FOUND if is_same(read[place].name, medicine.names) else Outcome.MISNAMED


def line_similarity(one: str, other: str) -> float:
    """Normalised Levenshtein similarity of the letters and digits of two lines, 0 to 1; of none it is 0.

    A line is often read in part: the longer one is compared as far as the shorter goes.
    """
    shorter, longer = sorted((letters(one), letters(other)), key=lambda text: (len(text), text))
    if not shorter:
        return 0.0
    if len(shorter) < _WHOLE:
        return Levenshtein.normalized_similarity(shorter, longer)
    lengths = range(len(shorter) - _SLACK, min(len(shorter) + _SLACK, len(longer)) + 1)
    return max(Levenshtein.normalized_similarity(shorter, longer[:length]) for length in lengths)


def assign(criteria: Sequence[Sequence[tuple[float, ...] | None]]) -> dict[int, int]:
    """Column by row of the matching, each row and column once at most, whose criteria sum to the most.

    Criteria are from 0 to some thousands, at least one of them above 0, and None where a pair may not be; all
    have one length. The first counts before the second, and so on; to the millionth.
    """
    gains = [[0 if pair is None else _packed(pair) for pair in row] for row in criteria]
    columns = max(map(len, gains), default=0)
    if columns == 0:
        return {}
    # A column of each row's own, without gain, is where a row goes that is paired with none.
    costs = [[-gain for gain in row] + [0] * len(gains) for row in gains]
    return {
        row: column
        for row, column in enumerate(_cheapest(costs))
        if column < columns and gains[row][column] > 0
    }


def _packed(criteria: tuple[float, ...]) -> int:
    packed = 0
    for value in criteria:
        packed = packed * _BASE + round(value * _GRAIN)
    return packed


def _cheapest(costs: Sequence[Sequence[int]]) -> list[int]:
    """Column of each row in the cheapest assignment of all rows; there are at least as many columns.

    The Hungarian method with potentials, O(rows^2 columns): row by row the shortest augmenting path (Kuhn
    1955; Jonker and Volgenant 1987). Index 0 of rows and columns is a sentinel.
    """
    rows, columns = len(costs), len(costs[0])
    of_row, of_column = [0] * (rows + 1), [0] * (columns + 1)  # potentials
    held = [0] * (columns + 1)  # row that a column is assigned to
    for row in range(1, rows + 1):
        held[0], column = row, 0
        least: list[int | None] = [None] * (columns + 1)
        came = [0] * (columns + 1)
        done = [False] * (columns + 1)
        while held[column]:
            done[column] = True
            here, best, following = held[column], None, 0
            for other in range(1, columns + 1):
                if done[other]:
                    continue
                cost = costs[here - 1][other - 1] - of_row[here] - of_column[other]
                known = least[other]
                if known is None or cost < known:
                    least[other], came[other], known = cost, column, cost
                if best is None or known < best:
                    best, following = known, other
            step = best or 0
            for other in range(columns + 1):
                if done[other]:
                    of_row[held[other]] += step
                    of_column[other] -= step
                elif (known := least[other]) is not None:
                    least[other] = known - step
            column = following
        while column:
            held[column], column = held[came[column]], came[column]
    assigned = [0] * rows
    for column in range(1, columns + 1):
        if held[column]:
            assigned[held[column] - 1] = column - 1
    return assigned
