"""Values of command-line options that are more than a word."""

import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from jobs.exits import CannotStart

PAGE_LIMIT_S, MESSAGE_LIMIT_S = 300.0, 900.0
"""Seconds that one may take: more than an engine that asks a server again and again takes to give up."""


class Format(StrEnum):
    """How a command answers: a table, JSON (an object a row), CSV (flat rows) or Parquet."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


class Target(StrEnum):
    """The language of a summary: that of the message itself, or one for all."""

    ENGLISH = "en"
    SOURCE = "source"
    HINDI = "hi"
    HINGLISH = "hi-en"
    CHINESE = "zh"
    PORTUGUESE = "pt"


def pairs(option: str, texts: Iterable[str]) -> dict[str, str]:
    """The name=value pairs given to `option`. Raises CannotStart for a text that is no such pair."""
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name.strip() and equals):
            raise CannotStart(f"{option} {text!r} is not of the form name=value")
        found[name.strip()] = value.strip()
    return found


def columns(text: str | None) -> dict[str, str] | None:
    """The value of --formulary-columns."""
    return pairs("--formulary-columns", text.split(",")) if text else None


@contextmanager
def opened(given: str, *, is_text: bool) -> Iterator[BinaryIO]:
    """The bytes of TEXT, FILE or -: of a file where there is one of that name. Raises CannotStart."""
    if given == "-" and not is_text:
        yield sys.stdin.buffer
    elif is_text or not os.path.lexists(given):
        yield io.BytesIO(given.encode("utf-8", "surrogateescape"))
    else:
        try:
            with Path(given).open("rb") as file:
                yield file
        except OSError as error:
            raise CannotStart(f"{given} cannot be read: {error.strerror or error}") from None
