"""Which drugs are of a class: whoever tells of amoxicillin has told of an antibiotic."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from summarize.told import TABLE

_CLASSES: Final[dict[str, dict[str, Any]]] = TABLE["classes"]
_MARK: Final = "class:"


def in_class(told: Iterable[str], claimed: str) -> bool:
    """Whether one of the drugs or classes told, as values of facts, is of the class claimed."""
    if not claimed.startswith(_MARK) or (name := claimed.removeprefix(_MARK)) not in _CLASSES:
        return False
    narrower = {f"{_MARK}{other}" for other in _CLASSES[name].get("narrower", ())}
    return any(drug in narrower or _members(name).fullmatch(drug) for drug in told)


@cache
def _members(name: str) -> re.Pattern[str]:
    return re.compile(_CLASSES[name]["members"])
