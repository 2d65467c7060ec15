"""Entities as tags of tokens: a token, a tab and its tag a line, a blank line behind every sentence.

Read leniently: IOB1, IOB2, IOBES, BILOU and BMES alike. An entity begins at B, S or U, and at any other tag
that does not go on with the entity before it; it ends with E, L, S or U, or where the next does not go on
with it. Sentences have no ids in such files: they are joined by position, so their ids are 1, 2, 3 ... A
`-DOCSTART-` line (CoNLL 2003) begins a document, whose sentences are then one cluster; without such lines
each is its own.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from eval.entities.spans import Document, Entity
from multilingual.normalise import nfc

_TAG: Final = re.compile(r"O|([BIMELSU])-(\S.*)")
_DOCUMENT: Final = "-DOCSTART-"
_ENDING: Final = frozenset("ELSU")
_GOING_ON: Final = frozenset("IMEL")


class _Row(NamedTuple):
    token: str
    part: str  # of the entity that the token is in, empty in none
    type: str


def read_iob(path: Path) -> list[Document]:
    """The sentences of an IOB file; a sentence's text is its tokens with blanks between them.

    Raises OSError, or ValueError that names file and line, never a token.
    """
    sentences: list[Document] = []
    rows: list[_Row] = []
    file, documents = str(path), 0
    with path.open(encoding="utf-8-sig", newline="\n") as lines:
        for number, line in enumerate(chain(lines, [""]), 1):
            starts = line.startswith(_DOCUMENT)
            if line.strip() and not starts:
                rows.append(_row(line.rstrip("\r\n"), f"{file}, line {number}"))
            elif rows:
                sentences.append(_sentence(rows, file, number - len(rows), len(sentences) + 1, documents))
                rows = []
            documents += starts
    return sentences


def _row(line: str, place: str) -> _Row:
    columns = line.split("\t")
    if len(columns) != 2 or not columns[0]:
        raise ValueError(f"{place} is no token, a tab and its tag")
    tag = _TAG.fullmatch(columns[1].strip())
    if tag is None:
        raise ValueError(f"{place}: the tag is neither O nor one such as B-Disease or I-Disease")
    return _Row(nfc(columns[0]), tag[1] or "", tag[2] or "")


def _sentence(rows: Sequence[_Row], file: str, line: int, number: int, documents: int) -> Document:
    tokens: list[tuple[int, int]] = []
    start = 0
    for row in rows:
        tokens.append((start, start + len(row.token)))
        start = tokens[-1][1] + 1
    return Document(
        document_id=str(number),
        cluster=f"document {documents}" if documents else str(number),
        text=" ".join(row.token for row in rows),
        entities=tuple(
            Entity(tokens[first][0], tokens[last][1], rows[first].type) for first, last in _entities(rows)
        ),
        tokens=tuple(tokens),
        file=file,
        line=line,
    )


def _entities(rows: Sequence[_Row]) -> Iterator[tuple[int, int]]:
    """First and last token of each entity."""
    first: int | None = None
    for place, row in enumerate(rows):
        if first is not None and not (row.part in _GOING_ON and row.type == rows[first].type):
            yield first, place - 1
            first = None
        if first is None and row.part:
            first = place
        if first is not None and row.part in _ENDING:
            yield first, place
            first = None
    if first is not None:
        yield first, len(rows) - 1
