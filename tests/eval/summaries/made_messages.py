"""Messages that nobody sent, with references and rows, as the tests write them down."""

from collections.abc import Sequence
from typing import Any

from eval.figures import figures
from eval.records import Figure, SummaryItem
from eval.summaries.pairs import pair_up
from eval.summaries.references import Reference
from eval.summaries.scoring import APART, MEASURES, score_pair

REFERENCES = [
    {
        "query_id": "a",
        "query": "Mujhe teen din se bukhar hai, kya paracetamol le sakta hoon?",
        "core": "Can I take paracetamol for a fever of three days?",
        "language": "hi-en",
        "old": False,
        "image": "skin/1.jpg",
        "image_class": "skin",
    },
    {
        "query_id": "b",
        "query": "Meri beti ko khansi hai, kya karein?",
        "core": "What can be done for my daughter's cough?",
        "language": "hi-en",
        "old": True,
        "image": "skin/1.jpg",
        "image_class": "skin",
    },
    {
        "query_id": "c",
        "query": "Tenho rinite há dois anos, existe cura?",
        "core": None,
        "language": "pt",
        "condition": "Rinite",
    },
    {
        "query_id": "d",
        "query": "Estou com dor nas costas há uma semana, o que pode ser?",
        "core": " ",
        "language": "pt",
        "condition": "Hérnia",
    },
]
HINDI = {"language": "hi-en"}
PORTUGUESE = {"language": "pt"}


def row(query_id: str, summary: str | None, target: str | None = "en", **more: Any) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "query_id": query_id,
        "summary": summary,
        "target_language": target,
        "status": "ok",
        "flags": [],
    }
    return columns | more


def items_of(
    references: Sequence[Reference], rows: Sequence[dict[str, Any]], training: Sequence[Reference] = ()
) -> list[SummaryItem]:
    return [score_pair(pair) for pair in pair_up(references, rows, training=training)]


def values(items: Sequence[SummaryItem], target: str = "en") -> dict[str, Figure]:
    """Figures of one target language by the measure's name."""
    return {
        each.metric: each for each in figures(items, MEASURES, APART) if each.slice == f"{APART}={target}"
    }
