"""The documents say what the code does."""

import re
from pathlib import Path

from multilingual.columns import column_table
from ocr.records import Medication, PageRecord, Schedule, TextLine

ROOT = Path(__file__).parents[1]


def test_the_output_document_holds_the_declared_columns() -> None:
    text = (ROOT / "docs" / "output.md").read_text(encoding="utf-8")
    for record in (PageRecord, TextLine, Medication, Schedule):
        assert column_table(record) in text, f"write it anew: python tests/test_docs.py ({record.__name__})"


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"`make ([a-z-]+)`", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert named <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert {"demo", "test"} <= named


def _write_output_document() -> None:
    parts = ["# Output columns\n\nOne row a page; `docs/output.md` is written from `ocr/records.py`."]
    titles = {
        PageRecord: "Page",
        TextLine: "A line of `lines`",
        Medication: "A medicine of `medications`",
        Schedule: "`schedule`",
    }
    parts += [f"## {title}\n\n{column_table(record)}" for record, title in titles.items()]
    parts.append(
        "Boxes are four corner points `[x0, y0, x1, y1, x2, y2, x3, y3]`, clockwise from the top left, in "
        "pixels of the upright page. Text is NFC. A `confidence` is a calibrated probability, a `score` none."
    )
    (ROOT / "docs" / "output.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    _write_output_document()
