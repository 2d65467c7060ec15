"""References: messages with the summary wanted, as JSON lines."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Reference:
    """A message with the summary wanted (`text`, None where none was written) and what is known of it.

    `condition` is what the matter is, where that is all there is to measure by; `image` and `image_class` are
    the picture that came with it and what that shows, `visual` what is to be seen on it, in words.
    """

    query_id: str
    query: str
    text: str | None = None
    language: str | None = None
    condition: str | None = None
    image: str | None = None
    image_class: str | None = None
    visual: str | None = None


_OPTIONAL = ("language", "condition", "image", "image_class", "visual")


def load_references(path: str | Path, column: str, only: Mapping[str, str] | None = None) -> list[Reference]:
    """Read references from JSON lines with `query_id`, `query` and `column`; `only` keeps rows by value.

    A value is compared as JSON writes it, without its quotes: `{"title_in_ask": "false"}`. A blank reference
    is none. Raises OSError, or ValueError that names the line and what is wrong with it; it never repeats a
    text.
    """
    references: dict[str, Reference] = {}
    with Path(path).open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            row = _row(line, number) if line.strip() else None
            if row is None or any(_written(row.get(name)) != value for name, value in (only or {}).items()):
                continue
            query_id = str(row["query_id"])
            if query_id in references:
                raise ValueError(f"line {number}: query_id {query_id} occurs twice")
            texts = {name: _text(row, name, number) for name in ("query", column, *_OPTIONAL)}
            references[query_id] = Reference(
                query_id, texts["query"] or "", texts[column], **{name: texts[name] for name in _OPTIONAL}
            )
    return list(references.values())


def _row(line: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"line {number} is no JSON: {error.msg}") from None
    for name in ("query_id", "query"):
        if not isinstance(row, dict) or name not in row:
            raise ValueError(f"line {number} has no {name}")
    return dict(row)


def _text(row: Mapping[str, Any], name: str, number: int) -> str | None:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"line {number}: {name} is no text")
    return value if value and value.strip() else None


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
