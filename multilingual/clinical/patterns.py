"""Patterns of amounts by time of day: "1-0-1", "½-0-½", "1+0+1", "1---1", "x-o-x", "0.4ml-0.4ml", "1 0 1".

Two amounts are morning and night, three morning, noon and night, four morning, noon, evening and night.
Beside figures, letters that look like figures are read as such ("l-O-I"); beside "x", "o" is no dose; circles
alone ("O--O") are doses. A strength may stand before the pattern, tied to it by a dash or an arrow.
"""

import re
from dataclasses import dataclass

from multilingual.clinical.numerals import FRACTION, read_number
from multilingual.clinical.strength_before import is_strength_before

Amounts = tuple[float | None, float | None, float | None, float | None]
"""Morning, noon, evening, night; None where the time is unknown."""

_SLOTS = {2: (0, 3), 3: (0, 1, 3), 4: (0, 1, 2, 3)}
_MIXED = rf"[1-9]\s(?:1/[234]|{FRACTION})(?!\s?(?:h|ghan|घंट))"  # "1-0-1 ½ hr before food"
_FIGURE = rf"(?:{_MIXED}|\d/[2348]|\d?{FRACTION}|\d?[.,]\d{{1,2}}|\d{{1,2}}(?:[.,]\d{{1,2}})?)(?!\d)"
_MARK = rf"(?:{_FIGURE}|(?:[oilx]|\|)(?![a-wyz]))"
_UNIT = r"(?:ml|mi|cc|units?|u|iu|tabs?|tsp|caps?|drops?|puffs?)\b\.?"
_SEPARATOR = r"\s*[-+>_~][-+>_~\s]*"
_CELL = re.compile(rf"(?P<mark>{_MARK})(?:\s?(?P<unit>{_UNIT}))?")
_GAP = re.compile(_SEPARATOR)
# What follows a figure of a duration, a count or a strength, which is none of the pattern: "1-0-1 -5 days".
_COUNTED = re.compile(
    r"\s*(?:d|da?ys?|dys|w(?:ee)?ks?|months?|mths?|mnth|years?|din|dias?|hafte|hafta|saptah|mahin[ae]|semanas?|"
    r"mes(?:es)?|times?|h|hrs?|hourly|hrly|vez|vezes|baar|mg|mcg|gm?)(?![a-z])"
    r"|x\s?(?:/|(?:ao|por|per|daily|weekly|a day)(?![a-z]))|\s*/\s?(?:\d{1,2}\s?h|(?:7|52|12)(?!\d))"
    r"|\s*(?:दिन|हफ्त|सप्ताह|महीन|माह|बार|天|周|个月|次|%)"
)
_COUNT = re.compile(r"\s?\d")
_RUN = re.compile(
    rf"(?<![\w½¼¾./]){_MARK}(?:\s?{_UNIT})?(?={_SEPARATOR}(?:\d|[.½¼¾⅓⅔]|(?:[oilx]|\|)(?![a-wyz])))"
)
_SAME_SIGN = re.compile(
    r"(?<![\w½.,/])(?P<a>[0-3oil])(?P<sign>[.,/])(?P<b>[0-3oil])(?P=sign)(?P<c>[0-3oil])(?![\w½.,/%])"
    r"|(?<![\w½.,/-])(?P<d>[0-4½]) (?P<e>[0-4½]) (?P<f>[0-4½])(?![\w½.,/%]| ?[-+])"
    r"|(?<!\w)(?P<g>[0-3])\s?x\s?(?P<h>[0-3])\s?x\s?(?P<i>[01])(?!\d)"
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """Amounts by time of day, the unit written beside them if any, and where they end."""

    amounts: Amounts
    unit: str | None
    end: int


def read_pattern(text: str, start: int, *, after_name: bool = False) -> Pattern | None:
    """Return the pattern that begins at `start` of the folded `text`, if one does.

    `after_name` tells that a name stands right before, where a strength may come first.
    """
    if not _RUN.match(text, start):
        return _read_same_sign(text, start)
    cells, gaps = _cells(text, start)
    cells = _uncounted(text, cells)
    amounts = [0.0 if cell["mark"] == "x" else _figure(cell["mark"]) for cell in cells]
    if cells and is_strength_before(text, cells, gaps, amounts, after_name):
        return None
    cells = _without_foreign(text, cells, gaps)
    if len(cells) not in _SLOTS:
        return None
    values = _values([cell["mark"] for cell in cells], "".join(gaps[: len(cells) - 1]))
    if values is None:
        return None
    unit = next((cell["unit"].rstrip(".") for cell in cells if cell["unit"]), None)
    return Pattern(_spread(values), unit, cells[-1].end())


def _read_same_sign(text: str, start: int) -> Pattern | None:
    match = _SAME_SIGN.match(text, start)
    if match is None:
        return None
    marks = [mark for name in "abcdefghi" if (mark := match[name])]
    if match["g"] and "0" not in marks and len(set(marks)) > 1:
        return None
    values = _values(marks, "---")
    return Pattern(_spread(values), None, match.end()) if values else None


def _cells(text: str, start: int) -> tuple[list[re.Match[str]], list[str]]:
    cells: list[re.Match[str]] = []
    gaps: list[str] = []
    cell = _CELL.match(text, start)
    while cell and len(cells) < 6:
        cells.append(cell)
        gap = _GAP.match(text, cell.end())
        if gap is None:
            break
        gaps.append(gap.group())
        cell = _CELL.match(text, gap.end())
    return cells, gaps


def _without_foreign(text: str, cells: list[re.Match[str]], gaps: list[str]) -> list[re.Match[str]]:
    """Drop what ends the run but is set off by its sign, or counts something else."""
    keep = len(cells)
    for index in range(1, len(cells)):
        gap, first = gaps[index - 1], gaps[0]
        set_off = gap[0].isspace() and gap[-1].isspace() and not (first[0].isspace() or first[-1].isspace())
        if gap.strip()[0] != first.strip()[0] or (set_off and index > 1):
            keep = index
            break
    if keep == 2 and len(cells) == 3 and not any(x.isspace() for x in "".join(gaps[:2])):
        keep = 3  # one of its dashes is misread: "1-0+1"
    return _uncounted(text, cells[:keep])


def _uncounted(text: str, cells: list[re.Match[str]]) -> list[re.Match[str]]:
    """Drop figures at the end that count days, times or milligrams, and the cross before such a one."""
    keep = len(cells)
    if (
        keep == 2
        and cells[1]["mark"] == "x"
        and cells[0]["mark"].isdecimal()
        and _COUNT.match(text, cells[1].end())
    ):
        keep = 1  # "AKT 2 -x 5 d"
    while keep and _COUNTED.match(text, cells[keep - 1].end()):
        keep -= 1
    return cells[:keep]


def _values(marks: list[str], gaps: str) -> list[float] | None:
    """The amounts that the marks stand for, or None where they are a range, a ratio or nothing sensible."""
    letters = set(marks) & {"x", "o"}
    if "x" in letters:
        if not set(marks) <= {"x", "o", "0", "1", "2", "½"}:
            return None
        cross = 0.0 if set(marks) & {"1", "2", "½"} else 1.0
        return [cross if mark == "x" else _figure(mark) for mark in marks]
    values = [_figure(mark) for mark in marks]
    if not any(values):
        return [1.0] * len(values) if letters or len(values) == 2 else None
    if len(values) == 2:
        certain = values[0] >= values[1] or not values[0] or len(gaps.strip()) > 1
        return values if certain else None
    return values


def _figure(mark: str) -> float:
    if mark == "o":
        return 0.0
    return 1.0 if mark in ("i", "l", "|") else read_number(mark)


def _spread(values: list[float]) -> Amounts:
    by_slot = dict(zip(_SLOTS[len(values)], values, strict=True))
    return (by_slot.get(0, 0.0), by_slot.get(1, 0.0), by_slot.get(2, 0.0), by_slot.get(3, 0.0))
