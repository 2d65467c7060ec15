"""A figure that a dash or an arrow sets before a pattern of amounts, and that is a strength: "20 - 2+0+0".

So it is where its sign or its spaces are not the pattern's own, where it is more than anyone takes beside the
other amounts, or where a frequency follows two amounts: "5 - 1 tab BD". Insulin is taken as "20-0-10".
"""

import re
from collections.abc import Sequence

from multilingual.clinical.forms import FORM_WORDS
from multilingual.clinical.numerals import FRACTION
from multilingual.clinical.vocabulary import alternation, folded, table

_TABLE = table("directions")
_SECTIONS = ("frequency", "slot", "per", "every", "count_of_times", "as_needed", "once")
_OFTEN = alternation(folded(x) for section in _SECTIONS for entry in _TABLE[section] for x in entry["words"])
_FREQUENCY = re.compile(
    rf"\s*(?:{alternation(FORM_WORDS)}\.?\s*)?"
    rf"(?:{_OFTEN}|q\s?\d|\d{{1,2}}\s?(?:/\s?\d{{1,2}}\s?)?h|\d\s?x(?![a-z])|(?:[a-z]\.){{2,}}|de\s\d)"
)
_PLAIN = re.compile(r"\d*[.,]?\d+")
_MIXED = re.compile(rf"(?P<whole>[1-9])\s(?P<part>1/[234]|{FRACTION})")
_TABLETS = frozenset(("", "tab", "tabs", "cap", "caps"))
_MOST_BESIDE = 2
_LEAST_APART = 5
_LEAST_TIED = 10


def is_strength_before(
    text: str, cells: Sequence[re.Match[str]], gaps: Sequence[str], amounts: Sequence[float], after_name: bool
) -> bool:
    """Whether the first of the `cells` of a pattern is a strength; `gaps` are the signs behind each."""
    head = cells[0]["mark"]
    units = [(cell["unit"] or "").rstrip(".") for cell in cells]
    if len(cells) < 2 or not _TABLETS.issuperset(units):
        return False
    if units[0] and amounts[0] < _LEAST_APART:  # "1 tab - 1 tab", but not "20 tab > 1-0-1"
        return False
    if mixed := _MIXED.fullmatch(head):  # "2 ½-0-½"
        others = [cell["mark"] for cell in cells[1:]]
        return mixed["part"] in others and (after_name or int(mixed["whole"]) > 1)
    if not _PLAIN.fullmatch(head) or not amounts[0]:
        return False
    if len(cells) == 2:
        return _before_amount(text, cells[1], gaps[0], amounts, after_name)
    return _before_pattern(gaps, amounts)


def _before_amount(
    text: str, cell: re.Match[str], gap: str, amounts: Sequence[float], after_name: bool
) -> bool:
    """Of "5 - 1" and "5-1 tab BD"."""
    strength, amount = amounts
    spaced, repeated = _is_spaced(gap), bool(_FREQUENCY.match(text, cell.end()))
    least = _LEAST_APART if spaced or repeated or cell["unit"] else _LEAST_TIED
    if 0 < amount <= _MOST_BESIDE and strength >= least:
        return True
    return after_name and spaced and repeated and 0 < amount != strength


def _before_pattern(gaps: Sequence[str], amounts: Sequence[float]) -> bool:
    """Of "20 - 2+0+0", "2 - 1-0-1", "0.25 > 0-1" and "40-1-0-1"."""
    size = next((i for i in range(2, len(amounts)) if not _alike(gaps[i - 1], gaps[1])), len(amounts)) - 1
    strength, most = amounts[0], max(amounts[1 : size + 1])
    of_other_sign = _signs(gaps[0]) != _signs(gaps[1])
    apart = _is_spaced(gaps[0]) and (of_other_sign or not _is_spaced(gaps[1]))
    is_fraction = not strength.is_integer() and strength not in amounts[1:]  # but "0.5 - 0-0.5"
    if apart and (is_fraction or (of_other_sign and strength > 1)):
        return True
    if apart and size >= 3 and (of_other_sign or strength > 1):
        return True
    least = _LEAST_APART if apart or of_other_sign or size == 3 else _LEAST_TIED
    return strength >= least and most <= _MOST_BESIDE and (most > 0 or size == 3)


def _is_spaced(gap: str) -> bool:
    return gap != gap.strip()


def _signs(gap: str) -> set[str]:
    return set("".join(gap.split()))


def _alike(gap: str, other: str) -> bool:
    return _signs(gap) == _signs(other) and _is_spaced(gap) == _is_spaced(other)
