"""Values of command-line options that are more than a word."""

from collections.abc import Iterable
from enum import StrEnum

from jobs.exits import CannotStart


class Format(StrEnum):
    """How `nuskha ocr` answers: a table, JSON (an object a page), CSV (a row a medicine) or Parquet."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


def pairs(option: str, texts: Iterable[str]) -> dict[str, str]:
    """The name=value pairs given to `option`. Raises CannotStart for a text that is no such pair."""
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name.strip() and equals):
            raise CannotStart(f"{option} {text!r} is not of the form name=value")
        found[name.strip()] = value.strip()
    return found
