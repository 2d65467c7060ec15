"""The documents of columns say what the records declare."""

from pathlib import Path

from multilingual.columns import column_table
from ocr.records import Medication, PageRecord, Schedule, TextLine
from ocr.simulate.records import DrawnLine, DrawnMedicine, Image, SimulatedPage
from summarize.flags import flag_table
from summarize.records import SummaryRecord

ROOT = Path(__file__).parents[1]


def test_the_output_documents_hold_the_declared_columns() -> None:
    for name, records in {
        "output.md": (PageRecord, TextLine, Medication, Schedule),
        "summaries.md": (SummaryRecord,),
        "simulated.md": (SimulatedPage, Image, DrawnLine, DrawnMedicine),
    }.items():
        text = (ROOT / "docs" / name).read_text(encoding="utf-8")
        for record in records:
            assert column_table(record) in text, (
                f"write it anew: python -m tests.test_docs ({record.__name__})"
            )


def test_the_document_of_summaries_tells_every_flag() -> None:
    text = (ROOT / "docs" / "summaries.md").read_text(encoding="utf-8")
    assert flag_table() in text, "write it anew: python -m tests.test_docs"


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


def _write_summaries_document() -> None:
    parts = [
        "# Summary columns\n\nOne row a query; `docs/summaries.md` is written from `summarize/records.py`.",
        column_table(SummaryRecord),
        "## Flags\n\nA row with a flag has the status `review`. A flag is `code` or `code: detail`.",
        flag_table(),
        "Of the input only these columns are read: `query`, `query_id`, `language`, `image`, `context`, and "
        "the patient's own, which become pseudo-notes: age, sex, vitals, diagnoses, medications, triage and "
        "history, by the names in `summarize/data/patient_columns.toml`. Names are compared in lower "
        "case. An `image` is a path relative to the input's folder, an absolute one, or an address of a file "
        "system; addresses of the web are not fetched.",
    ]
    (ROOT / "docs" / "summaries.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _write_simulated_document() -> None:
    parts = [
        "# Simulated pages\n\nOne row a page; `docs/simulated.md` is written from `ocr/simulate/records.py`.",
        "`nuskha simulate 1000 pages --formulary mine.csv` draws them, `nuskha batch ocr pages read` "
        "reads them, and `nuskha evaluate ocr read pages/_gold.json` says how well. A page is decided by its "
        "seed and number; doctors recur, by number, so that one can keep some aside.",
    ]
    titles = {
        SimulatedPage: "Page",
        Image: "`image`",
        DrawnLine: "A line of `lines`",
        DrawnMedicine: "A medicine of `medicines`",
    }
    parts += [f"## {title}\n\n{column_table(record)}" for record, title in titles.items()]
    (ROOT / "docs" / "simulated.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    _write_output_document()
    _write_simulated_document()
    _write_summaries_document()
