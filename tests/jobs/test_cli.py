"""The command line: what it says, what it refuses, and how it ends."""

import csv
import io
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from command_line import Nuskha
from PIL import Image
from scans import write_document, write_pages

from ocr.engines import ENGINES
from ocr.records import PAGE_SCHEMA
from ocr.units import BEST_ENGINE, Unit

HEAVY = "cv2 numpy onnxruntime paddle paddleocr pandas PIL pyarrow ray torch transformers"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return write_pages(tmp_path / "scans", range(1))[0]


@pytest.mark.parametrize(
    "words",
    [
        "--help",
        "ocr --help",
        "batch ocr --help",
        "export --help",
        "summarize --help",
        "batch summarize --help",
    ],
)
def test_help_imports_nothing_heavy(words: str) -> None:
    script = f"""
import sys
sys.argv = ["nuskha", *"{words}".split()]
from jobs.cli import main
try:
    main()
except SystemExit as end:
    print("ended with", end.code)
print("imported", [name for name in "{HEAVY}".split() if name in sys.modules])
"""
    command = [sys.executable, "-c", script]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - this code
    assert "Usage:" in said
    assert "ended with 0" in said
    assert "imported []" in said


def test_help_names_the_engines(nuskha: Nuskha) -> None:
    help_ = " ".join(nuskha("ocr", "--help").out.split())
    assert all(name in help_ for name in ENGINES)
    pages, lines = (BEST_ENGINE[unit] for unit in (Unit.PAGE, Unit.LINE))
    assert f"[default: {pages} for pages, {lines} for lines]" in help_
    assert "[default: the small one that ships]" in help_


REFUSED = {
    "unknown engine": ("batch ocr {page} {out} --engine typewriter", ["typewriter", *ENGINES]),
    "unknown engine option": ("batch ocr {page} {out} --engine-option speed=9", ["speed", "delay_ms"]),
    "engine option without value": ("batch ocr {page} {out} --engine-option speed", ["speed", "name=value"]),
    "no such input": ("batch ocr {folder}/nothing.png {out}", ["nothing.png"]),
    "empty input": ("batch ocr {empty} {out}", ["empty"]),
    "output is a file": ("batch ocr {page} {page}", ["is a file"]),
    "output of somebody else": ("batch ocr {page} {folder}", ["page000.png", "another folder"]),
    "output cannot be written": ("batch ocr {page} /proc/nuskha", ["/proc/nuskha"]),
    "output on an unknown file system": ("batch ocr {page} nowhere://out", ["nowhere"]),
    "no such formulary": ("batch ocr {page} {out} --formulary {folder}/none.csv", ["none.csv"]),
    "formulary column": ("batch ocr {page} {out} --formulary-columns name=Brand", ["Brand"]),
    "failures": ("batch ocr {page} {out} --max-failures many", ["--max-failures", "1%"]),
    "failures without bound": ("batch ocr {page} {out} --max-failures nan%", ["--max-failures", "1%"]),
    "GPU": ("batch ocr {page} {out} --gpus-per-worker 1", ["GPU", "fake"]),
    "ocr: no such input": ("ocr {folder}/nothing.png", ["nothing.png"]),
    "ocr: unknown engine": ("ocr {page} --engine typewriter", ["typewriter", *ENGINES]),
    "ocr: Parquet without a file": ("ocr {page} --format parquet", ["--out"]),
    "ocr: half a region": ("ocr {page} --region 1,2,3", ["--region", "1,2,3"]),
    "ocr: a drawing that is no PNG": ("ocr {page} --draw {folder}/out.jpg", ["out.jpg", ".png"]),
    "ocr: output cannot be written": ("ocr {page} --out {folder}/none/out.txt", ["none/out.txt"]),
    "export of a strange folder": ("export {folder} {folder}/out.csv", ["_run.json"]),
    "export to a strange file": ("export {folder} {folder}/out.xlsx", ["out.xlsx", ".csv", ".parquet"]),
}


@pytest.mark.parametrize("words, named", REFUSED.values(), ids=REFUSED)
def test_refusals_are_one_line_and_status_2(
    words: str,
    named: list[str],
    nuskha: Nuskha,
    page: Path,
    tmp_path: Path,
    formulary: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ray.init", lambda **_: pytest.fail("Ray was started"))
    (tmp_path / "empty").mkdir()
    places = {"page": page, "out": tmp_path / "out", "folder": page.parent, "empty": tmp_path / "empty"}
    line = words.format_map(places).split()
    if line[0] != "export":
        line += [] if "--engine" in line else ["--engine", "fake"]
        line += [] if "--formulary" in line else ["--formulary", str(formulary)]
    ended = nuskha(*line)
    assert ended.status == 2
    assert ended.out == ""
    assert ended.err.count("\n") == 1
    assert all(name in ended.err for name in named)
    assert not (tmp_path / "out").exists()


def test_columns_without_a_formulary_are_refused(nuskha: Nuskha, page: Path) -> None:
    ended = nuskha("ocr", page, "--engine", "fake", "--formulary-columns", "name=Brand")
    assert ended.status == 2
    assert "--formulary-columns" in ended.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_named(page: Path, formulary: Path) -> None:
    nuskha = [sys.executable, "-c", "from jobs.cli import main; main()"]
    words = [*nuskha, "ocr", str(page), "--engine", "fake", "--formulary", str(formulary)]
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603
    assert ended.returncode == 1
    assert "No space left" in ended.stderr


def test_an_address_where_nothing_answers_is_named_at_once_and_binds_nobody(
    nuskha: Nuskha, page: Path, tmp_path: Path, formulary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ray.is_initialized", lambda: False)  # other tests' Ray would be used
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    words = ("batch", "ocr", page, tmp_path / "out", "--formulary", formulary, "--address", address)
    for delay in ("delay_ms=0", "delay_ms=1"):
        ended = nuskha(*words, "--engine", "fake", "--engine-option", delay)
        assert ended.status == 2
        assert f"{address}: nothing answers" in ended.err


def test_every_script_comes_out_whatever_the_locale(formulary: Path) -> None:
    nuskha = [sys.executable, "-c", "from jobs.cli import main; main()"]
    ended = subprocess.run(  # noqa: S603 - this code
        [*nuskha, "parse", "-", "--formulary", str(formulary)],
        input="Tab Pan 40 सुबह ½".encode(),
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        check=True,
    )
    assert json.loads(ended.stdout)["text"] == "Tab Pan 40 सुबह ½"


def test_json_is_an_object_a_page(nuskha: Nuskha, tmp_path: Path, formulary: Path) -> None:
    document = write_document(tmp_path / "two.tiff", range(2))
    ended = nuskha("ocr", document, "--engine", "fake", "--formulary", formulary, "--format", "json")
    pages = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.status == 0
    assert [page["page"] for page in pages] == [1, 2]
    assert all(set(page) == set(PAGE_SCHEMA.names) for page in pages)


def test_csv_is_a_row_a_medicine(nuskha: Nuskha, page: Path, tmp_path: Path, formulary: Path) -> None:
    words = ("ocr", page, "--engine", "fake", "--formulary", formulary)
    pages = [json.loads(line) for line in nuskha(*words, "--format", "json").out.splitlines()]
    expected = [medication["line"] for medication in pages[0]["medications"]]
    assert expected
    rows = list(csv.DictReader(io.StringIO(nuskha(*words, "--format", "csv").out)))
    assert [row["line"] for row in rows] == expected
    file = tmp_path / "out.csv"
    assert nuskha(*words, "--format", "csv", "--out", file) == (0, "", "")
    assert list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig")))) == rows


def test_parquet_is_a_row_a_page(nuskha: Nuskha, page: Path, tmp_path: Path, formulary: Path) -> None:
    file = tmp_path / "out.parquet"
    words = ("ocr", page.parent, "--engine", "fake", "--formulary", formulary)
    assert nuskha(*words, "--format", "parquet", "--out", file).status == 0
    assert pq.read_table(file).schema.equals(PAGE_SCHEMA)


def test_table_shows_every_medicine_and_fits(nuskha: Nuskha, page: Path, formulary: Path) -> None:
    words = ("ocr", page, "--engine", "fake", "--formulary", formulary)
    medications = json.loads(nuskha(*words, "--format", "json").out)["medications"]
    table = nuskha(*words).out
    assert "\x1b" not in table
    assert max(map(len, table.splitlines())) <= 110
    assert all((medication["drug"] or medication["drug_text"]) in table for medication in medications)
    assert str(page) in table.replace("\n", "")


def test_a_page_that_cannot_be_read_is_status_1(nuskha: Nuskha, page: Path, formulary: Path) -> None:
    (page.parent / "bad.jpg").write_text("no picture")
    ended = nuskha("ocr", page.parent, "--engine", "fake", "--formulary", formulary)
    assert ended.status == 1
    assert "1 of 2 pages could not be read" in ended.err
    assert "decode" in ended.out


def test_a_region_is_read_alone(nuskha: Nuskha, page: Path, formulary: Path) -> None:
    words = ("ocr", page, "--engine", "fake", "--formulary", formulary, "--format", "json")
    with Image.open(page) as picture:
        width, height = picture.size
    (whole,) = map(json.loads, nuskha(*words).out.splitlines())
    left, top, right, bottom = width // 4, height // 4, width // 2, height // 2
    (part,) = map(json.loads, nuskha(*words, "--region", f"{left},{top},{right},{bottom}").out.splitlines())
    assert (whole["status"], part["width"], part["height"]) == (part["status"], width, height)
    for line in part["lines"]:
        assert all(left <= x <= right for x in line["box"][::2])
        assert all(top <= y <= bottom for y in line["box"][1::2])
    assert part["lines"] and part["lines"] != whole["lines"]
    beyond = nuskha(*words, "--region", f"0,0,{width + 1},{height}")
    assert beyond.status == 1 and f"beyond the page of {width} x {height} pixels" in beyond.out


def test_drawings(nuskha: Nuskha, tmp_path: Path, formulary: Path) -> None:
    document = write_document(tmp_path / "two.tiff", range(2))
    drawing = tmp_path / "drawn.png"
    assert (
        nuskha("ocr", document, "--engine", "fake", "--formulary", formulary, "--draw", drawing).status == 0
    )
    for file in (drawing, tmp_path / "drawn-2.png"):
        with Image.open(file) as picture:
            assert picture.format == "PNG"


def test_an_unforeseen_error_shows_no_values(
    nuskha: Nuskha, page: Path, formulary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "Tab Secret 500".upper()  # so that the line of code that fails does not show it

    def fail(*_: object) -> None:
        raise ValueError(text)

    monkeypatch.setattr("jobs.single.read_sources", fail)
    ended = nuskha("ocr", page, "--engine", "fake", "--formulary", formulary)
    assert ended.status == 1
    assert "ValueError" in ended.err
    assert text not in ended.err + ended.out


def test_version(nuskha: Nuskha) -> None:
    assert nuskha("--version").out.startswith("nuskha ")
