"""Loops, as small models fall into them: sentences said again, and words that repeat one after another."""

import re
from collections.abc import Sequence

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_UNIT = re.compile(rf"[{_HAN}]|[^\s{_HAN}]+")
_EDGES = re.compile(r"^\W+|\W+$")
_COMMAS = (",", "，", "、", "،")
_LONGEST = 30  # units that one turn of a loop may have

_Table = tuple[tuple[int, int], ...]

# How often in a row so many units must stand to be a loop. Words: "pain in the arm, pain in the arm" is one,
# "bahut bahut" is none. Han characters say less each. Of a list ("red, red") no item stands twice.
_WORDS: _Table = ((1, 4), (3, 3), (_LONGEST, 2))
_CHARACTERS: _Table = ((1, 6), (5, 3), (_LONGEST, 2))
_FIGURES: _Table = ((_LONGEST, 6),)  # "1 1 1" is a dose


def without_loops(written: Sequence[str]) -> tuple[list[str], bool]:
    """Sentences without those said before and without loops inside; and whether anything is gone."""
    seen: set[str] = set()
    kept = []
    for sentence in written:
        once = _once(sentence)
        key = _EDGES.sub("", once).casefold()
        if key not in seen:
            kept.append(once)
        seen.add(key)
    return kept, kept != list(written)


def _once(sentence: str) -> str:
    """A sentence with each loop in it run through once."""
    units = list(_UNIT.finditer(sentence))
    keys = [_EDGES.sub("", unit[0]).casefold() or unit[0] for unit in units]
    listed = [unit[0].endswith(_COMMAS) for unit in units]
    start = 0
    while start < len(keys):
        length, turns = _loop(keys, start, listed)
        if turns:
            end = start + length * turns
            while end < len(keys) and keys[end] == keys[start + (end - start) % length]:
                end += 1  # the last turn, begun and not ended
            if end < len(keys):  # but only where the text breaks off in it
                end = start + length * turns
            cut_from, cut_to = units[start + length - 1].end(), units[end - 1].end()
            mark = re.search(r"\W*$", units[end - 1][0])
            sentence = sentence[:cut_from].rstrip(",;，、") + (mark[0] if mark else "") + sentence[cut_to:]
            return _once(sentence)
        start += 1
    return sentence


def _loop(keys: Sequence[str], start: int, listed: Sequence[bool]) -> tuple[int, int]:
    """The length of a turn and how many there are in a row from `start`; no turns if it is no loop.

    `listed` tells which units have a comma: of a list's items each stands once.
    """
    for length in range(1, min(_LONGEST, (len(keys) - start) // 2) + 1):
        turn = keys[start : start + length]
        if keys[start + length : start + 2 * length] != turn:
            continue
        turns = 2
        while keys[start + turns * length : start + (turns + 1) * length] == turn:
            turns += 1
        if turns >= _least(turn) or (listed[start + length - 1] and any(map(str.isalpha, turn[0]))):
            return length, turns
    return 0, 0


def _least(turn: Sequence[str]) -> int:
    if not any(char.isalpha() for key in turn for char in key):
        table = _FIGURES
    else:
        table = _CHARACTERS if all(re.fullmatch(f"[{_HAN}]|\\W", key) for key in turn) else _WORDS
    return next(times for length, times in table if len(turn) <= length)
