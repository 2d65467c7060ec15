"""Texts with entities as spans of characters, and their file: JSON lines of {id, text, entities}.

An entity is {start, end, type}; `end` is behind its last character. Offsets count Unicode code points, as
Python does. Texts are brought to NFC and offsets with them.
"""

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multilingual.normalise import nfc


@dataclass(frozen=True, slots=True, order=True)
class Entity:
    """`text[start:end]` of a document, never empty, and its type as the file has it."""

    start: int
    end: int
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A text, NFC, with its entities in any order; they may lie over one another.

    `tokens` are the spans of an IOB file's tokens, empty where the file has none. `file` and `line` are where
    it begins, for messages. `cluster` is what its figures are resampled by.
    """

    document_id: str
    cluster: str
    text: str
    entities: tuple[Entity, ...]
    tokens: tuple[tuple[int, int], ...] = ()
    file: str = ""
    line: int = 0

    @property
    def place(self) -> str:
        """Where it was read from, for messages."""
        return f"{self.file}, line {self.line}"


def read_spans(path: Path) -> list[Document]:
    """The documents of JSON lines. Raises OSError, or ValueError that names file and line, never a text."""
    with path.open(encoding="utf-8-sig", newline="\n") as lines:
        documents = [
            _document(line, str(path), number) for number, line in enumerate(lines, 1) if line.strip()
        ]
    return list(by_id(documents).values())


def by_id(documents: Iterable[Document]) -> dict[str, Document]:
    """The documents by their ids. Raises ValueError when two have the same."""
    found: dict[str, Document] = {}
    for document in documents:
        first = found.setdefault(document.document_id, document)
        if first is not document:
            raise ValueError(
                f"{document.place}: id {document.document_id} is that of line {first.line} already"
            )
    return found


def _document(line: str, file: str, number: int) -> Document:
    try:
        row = json.loads(line)
        document_id, text, entities = (_value(row, name) for name in ("id", "text", "entities"))
        if not (isinstance(document_id, str | int) and isinstance(text, str) and isinstance(entities, list)):
            raise ValueError("id and text are to be strings, entities a list")  # noqa: TRY004, TRY301
        return Document(
            document_id=str(document_id),
            cluster=str(document_id),
            text=nfc(text),
            entities=tuple(_entity(entity, text) for entity in entities),
            file=file,
            line=number,
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"{file}, line {number} is no JSON: {error.msg}") from None
    except ValueError as error:
        raise ValueError(f"{file}, line {number}: {error}") from None


def _value(row: Any, name: str) -> Any:
    """Raises ValueError where there is none, or null."""
    if not isinstance(row, Mapping) or row.get(name) is None:
        raise ValueError(f"no {name}")
    return row[name]


def _entity(row: Any, text: str) -> Entity:
    start, end, type_ = (_value(row, name) for name in ("start", "end", "type"))
    if type(start) is not int or type(end) is not int:
        raise ValueError("an entity's start and end are to be whole numbers")
    if not 0 <= start < end <= len(text):
        raise ValueError(f"an entity from {start} to {end}, in a text of {len(text)} characters")
    if not isinstance(type_, str) or not type_.strip():
        raise ValueError("an entity's type is no word")
    if not unicodedata.is_normalized("NFC", text):
        start, end = (len(nfc(text[:offset])) for offset in (start, end))
        if start == end:
            raise ValueError("an entity is an accent alone")
    return Entity(start, end, type_.strip())
