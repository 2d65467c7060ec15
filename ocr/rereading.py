"""What other readings of a line tell that its likeliest reading does not: how often.

Short tokens come out of noise, so a frequency counts only where it is neither two small letters nor two
figures, and where it stands behind the name.
"""

import re
from collections.abc import Iterable

from multilingual.clinical.grammar import Kind, Order
from ocr.evidence import tells_frequency
from ocr.lines import Line, other_orders

REREAD = "frequency from another reading of the line"
_WHEN = frozenset({Kind.FREQUENCY, Kind.SCHEDULE, Kind.TIMING, Kind.AS_NEEDED, Kind.ONCE})
_FIGURE = re.compile(r"\d+|[½¼¾]")
_FEWEST = 3


def frequency_elsewhere(lines: Iterable[Line]) -> Order | None:
    """The order of the likeliest other reading of the lines that tells a frequency; None where none does."""
    others = (order for line in lines for order in other_orders(line))
    return next(filter(_is_told, others), None)


def _is_told(order: Order) -> bool:
    written = order.frequency or ""
    if not tells_frequency(order) or (len(written) < _FEWEST and written.islower()):
        return False
    if order.schedule is not None and len(_FIGURE.findall(written)) == _FEWEST - 1:
        return False
    behind = order.drug_end if order.drug_text else 0
    return any(each.kind in _WHEN and each.start >= behind for each in order.annotations)
