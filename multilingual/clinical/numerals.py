"""Numbers as written: figures, vulgar fractions, and number words of five languages."""

import unicodedata

from multilingual.clinical.vocabulary import folded, table

_TABLE = table("numerals")

SURE: dict[str, float] = {folded(word): float(value) for word, value in _TABLE["sure"].items()} | {
    f"{ten}{joint}{unit}": float(_TABLE["sure"][ten] + _TABLE["sure"][unit])
    for ten in _TABLE["compounds"]["tens"]
    for unit in _TABLE["compounds"]["units"]
    for joint in "- "
}
"""Number words that are nothing else."""

WEAK: dict[str, float] = {folded(word): float(value) for word, value in _TABLE["weak"].items()}
"""Number words that are also other words: "a", "do", "i"."""

_HAN: dict[str, int] = _TABLE["han"]
HAN_DIGITS = frozenset(_HAN) | {"十"}
"""The characters of a Han numeral up to ninety-nine."""

FRACTION = "[¼½¾⅓⅔⅛]"


def read_number(figures: str) -> float:
    """Return the value of a folded number: "2", "0,5", ".5", "1½", "1 1/2", "十四"; ValueError of another."""
    if figures[:1] in HAN_DIGITS:
        return _read_han(figures)
    if "/" in figures:
        whole, _, ratio = figures.rpartition(" ")
        over, under = ratio.split("/")
        return (float(whole) if whole.strip() else 0.0) + float(over) / float(under)
    if not figures[-1].isdecimal():
        return (float(figures[:-1]) if figures[:-1].strip() else 0.0) + unicodedata.numeric(figures[-1])
    return float(figures.replace(",", "."))


def _read_han(numeral: str) -> float:
    tens, ten, units = numeral.rpartition("十")
    if len(tens) > 1 or len(units) > 1:
        raise ValueError(f"no number up to ninety-nine: {numeral}")
    return float((_HAN.get(tens, 1) * 10 if ten else 0) + (_HAN[units] if units else 0))


def show_number(value: float) -> str:
    """Return `value` as a figure without needless zeros: 1, 0.5, 2/3."""
    thirds = value * 3
    if not value.is_integer() and abs(thirds - round(thirds)) < 1e-9:
        return f"{round(thirds)}/3"
    return f"{value:.6g}"
