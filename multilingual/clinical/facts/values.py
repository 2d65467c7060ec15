"""How amounts are written in the values of facts."""

from typing import Final

_LARGE: Final = 1.0


def show(amount: float) -> str:
    """An amount without needless zeros, rounded to two decimals, below one to five.

    >>> show(21.0), show(38.54), show(0.125), show(1e7)
    ('21', '38.54', '0.125', '10000000')
    """
    digits = 2 if abs(amount) >= _LARGE else 5
    return f"{amount:.{digits}f}".rstrip("0").rstrip(".")
