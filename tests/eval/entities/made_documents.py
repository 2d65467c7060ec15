"""Documents with entities, files of them and cases, as the tests write them down."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval.entities.scoring import MEASURES
from eval.entities.spans import Document, Entity
from eval.records import EntityItem

CASES = Path(__file__).with_name("cases")
TSV = "Naproxen\tB-Chemical\nfor\tO\nback\tB-Disease\npain\tI-Disease\n\nNo\tO\nfever\tB-Disease\n.\tO\n"


def cases(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in CASES.joinpath(name).read_text("utf-8").splitlines()]


def document(text: str, entities: Sequence[Sequence[Any]] = (), document_id: str = "1") -> Document:
    return Document(
        document_id=document_id,
        cluster=document_id,
        text=text,
        entities=tuple(Entity(*entity) for entity in entities),
        file="made.jsonl",
        line=1,
    )


def values(items: Sequence[EntityItem]) -> dict[str, float]:
    """Every measure that is counted, without its interval."""
    return {
        measure.name: float(
            measure.statistic(np.sum([item.counts[measure.counts] for item in items], axis=0))
        )
        for measure in MEASURES
        if measure.counts in items[0].counts
    }


def write(path: Path, content: str) -> Path:
    path.write_bytes(content.encode())
    return path
