"""Writes the tables of columns in docs/evaluation.md: .venv/bin/python -m tests.eval.write_document."""

from pathlib import Path

from eval.records import EntityItem, PageItem, ScoredMedicine, SummaryItem
from multilingual.columns import column_table

DOCUMENT = Path(__file__).parents[2] / "docs" / "evaluation.md"
_TABLES = {
    "Columns of `items.parquet`: prescriptions, one row a page": PageItem,
    "Columns of a medicine of `medicines`": ScoredMedicine,
    "Columns of `items.parquet`: summaries, one row a query": SummaryItem,
    "Columns of `items.parquet`: entities, one row a sentence or document": EntityItem,
}

if __name__ == "__main__":
    written_by_hand = DOCUMENT.read_text(encoding="utf-8").partition("\n## Columns")[0].rstrip()
    tables = [f"## {title}\n\n{column_table(record)}" for title, record in _TABLES.items()]
    DOCUMENT.write_text("\n\n".join([written_by_hand, *tables]) + "\n", encoding="utf-8")
