"""Files of messages that nobody wrote, and what a job made of them."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

MESSAGES = (
    "Doctor mujhe 3 din se bukhar hai, kya mujhe blood test karwana chahiye?",
    "मुझे दो दिन से सिर में दर्द है, क्या करूँ?",
    "孩子咳嗽一周了，需要拍片吗？",
    "Estou com dor nas costas desde ontem, o que devo fazer?",
    "My knee has been swollen since the weekend, which doctor should I see?",
)


def message_rows(numbers: Iterable[int]) -> list[dict[str, Any]]:
    """Rows with a query_id and a query; no two numbers give the same query."""
    return [
        {"query_id": f"q{number}", "query": f"{MESSAGES[number % len(MESSAGES)]} ({number})"}
        for number in numbers
    ]


def write_lines(file: Path, rows: Iterable[Mapping[str, Any] | str]) -> Path:
    """A file of JSON Lines; a text is a line as it is."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file


def write_csv(file: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file


def write_parquet(file: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), file)
    return file


def ids_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The query_ids of result rows, sorted."""
    return sorted(row["query_id"] for row in rows)
