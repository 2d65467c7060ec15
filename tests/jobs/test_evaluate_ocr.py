"""`nuskha evaluate ocr` on the drawn samples: what was read wrongly has its picture beside it."""

import io
import json
from pathlib import Path

import pyarrow as pa
import pytest
from command_line import Nuskha
from PIL import Image

from eval.results import read_items, read_results
from jobs.output import Output
from ocr.records import PAGE_SCHEMA, Medication, PageRecord, Status, to_row

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture
def results(tmp_path: Path) -> str:
    """An output in which one medicine of 1-fever.jpg was read, with ten times its strength."""
    (gold,) = [
        page for page in json.loads((SAMPLES / "gold.json").read_text("utf-8")) if "1-" in page["image"]
    ]
    medicine = gold["medicines"][0]
    first, *rest = medicine["strength"].split()
    record = PageRecord(
        page_id="p",
        source_id="s",
        source=str(SAMPLES / gold["image"]),
        page=1,
        status=Status.REVIEW,
        engine="fake",
        engine_version="1",
        text=medicine["line"],
        medications=(
            Medication(
                line=medicine["line"],
                drug_text=medicine["drug"],
                strength=" ".join([f"{first}0", *rest]),
                score=0.8,
                box=(100, 100, 300, 100, 300, 140, 100, 140),
            ),
        ),
    )
    output = Output(str(tmp_path / "results"))
    output.write_run({"run_id": "r", "job": "ocr", "reading": {"engine": "fake"}, "state": "finished"})
    output.write_part("part-0.parquet", pa.Table.from_pylist([to_row(record)], schema=PAGE_SCHEMA))
    return output.address


def test_an_error_that_hurts_comes_with_its_picture(nuskha: Nuskha, results: str, tmp_path: Path) -> None:
    ended = nuskha("evaluate", "ocr", results, SAMPLES / "gold.json", "--out", tmp_path / "evaluated")
    assert ended.status == 0, ended.err
    assert "gold pages have no row" in ended.err
    items = {item.item_id: item for item in read_items(tmp_path / "evaluated")}
    page = items["1-fever.jpg#1"]
    (found,) = [medicine for medicine in page.medicines if medicine.outcome == "found"]  # type: ignore[attr-defined]
    assert any("tenfold" in error for error in found.critical)
    with Image.open(io.BytesIO(found.crop)) as crop:
        assert crop.format == "JPEG"
        assert crop.width > crop.height > 40
    assert "data:image/jpeg;base64," in (tmp_path / "evaluated" / "report.html").read_text("utf-8")
    scored = read_results(tmp_path / "evaluated")
    (failed,) = [f for f in scored.figures if (f.metric, f.slice) == ("name_recall", "all")]
    assert failed.failed == len(items) - 1
    assert "risk_coverage" in scored.curves


def test_pages_can_be_chosen_and_gold_that_is_none_is_refused(
    nuskha: Nuskha, results: str, tmp_path: Path
) -> None:
    ended = nuskha("evaluate", "ocr", results, SAMPLES / "gold.json", "--only", "1-fever.jpg")
    assert (ended.status, ended.err) == (0, "")
    assert (
        "has no page 9.jpg"
        in nuskha("evaluate", "ocr", results, SAMPLES / "gold.json", "--only", "9.jpg").err
    )
    (tmp_path / "gold.json").write_text('[{"medicines": []}]')
    ended = nuskha("evaluate", "ocr", results, tmp_path / "gold.json")
    assert ended.status == 2
    assert "is no gold reading" in ended.err
