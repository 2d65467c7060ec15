"""From the output folder to a row a medicine."""

import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.exits import CannotStart
from jobs.export import export
from jobs.output import Output
from jobs.page_view import ROW_SCHEMA
from ocr.records import PAGE_SCHEMA, Medication, PageRecord, Schedule, Status, to_row

MEDICINES = (
    Medication(
        line="Tab Dolo 650 1-0-1 x 5d",
        drug_text="Dolo",
        drug="Dolo",
        strength="650 mg",
        times_per_day=2.0,
        schedule=Schedule(morning=1.0, noon=0.0, evening=0.0, night=1.0),
        duration_days=5.0,
        score=0.75,
        box=(1.0, 2.0, 3.0, 2.0, 3.0, 4.5, 1.0, 4.5),
        needs_review=True,
        review_reasons=("looks like Dola", "strength not listed"),
    ),
    Medication(line="सुबह शाम खाने के बाद", drug_text="=1+1", score=0.5),
)


def page(number: int, medications: tuple[Medication, ...]) -> PageRecord:
    return PageRecord(
        page_id=str(number),
        source_id="a",
        source="scans/a.pdf",
        page=number,
        pages=3,
        status=Status.OK,
        engine="fake",
        engine_version="1",
        medications=medications,
    )


@pytest.fixture
def output(tmp_path: Path) -> Output:
    output = Output(str(tmp_path / "out"))
    output.write_run({"run_id": "1", "reading": {}})
    for number, medications in enumerate([MEDICINES, (), MEDICINES[:1]], start=1):
        rows = pa.Table.from_pylist([to_row(page(number, medications))], schema=PAGE_SCHEMA)
        output.write_part(f"part-{number}.parquet", rows)
    return output


def test_csv(output: Output, tmp_path: Path) -> None:
    exported = export(output, str(tmp_path / "out.csv"))
    assert (exported.rows, exported.results, exported.without) == (3, 3, 1)
    data = (tmp_path / "out.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(data.decode("utf-8-sig").splitlines()))
    assert list(rows[0]) == ROW_SCHEMA.names
    assert [row["page"] for row in rows] == ["1", "1", "3"]
    assert (
        rows[0]
        | {
            "drug": "Dolo",
            "times_per_day": "2",
            "morning": "1",
            "noon": "0",
            "night": "1",
            "score": "0.75",
            "box": "[1.0, 2.0, 3.0, 2.0, 3.0, 4.5, 1.0, 4.5]",
            "needs_review": "true",
            "review_reasons": "looks like Dola; strength not listed",
        }
        == rows[0]
    )
    assert rows[1]["line"] == "सुबह शाम खाने के बाद"
    assert rows[1]["drug_text"] == "'=1+1"  # a spreadsheet shall not compute it
    assert rows[1]["morning"] == rows[1]["box"] == rows[1]["drug"] == ""


def test_parquet(output: Output, tmp_path: Path) -> None:
    export(output, str(tmp_path / "out.parquet"))
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.schema.equals(ROW_SCHEMA)
    assert table["drug_text"].to_pylist() == ["Dolo", "=1+1", "Dolo"]
    assert table["night"].to_pylist() == [1.0, None, 1.0]
    assert table["review_reasons"].to_pylist()[0] == ["looks like Dola", "strength not listed"]


def test_a_failed_export_leaves_nothing(output: Output, tmp_path: Path) -> None:
    (tmp_path / "out/part-3.parquet").write_bytes(b"damaged")
    (tmp_path / "out.csv").write_text("an earlier export")
    with pytest.raises(CannotStart, match=r"part-3\.parquet"):
        export(output, str(tmp_path / "out.csv"))
    assert (tmp_path / "out.csv").read_text() == "an earlier export"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["out", "out.csv"]
