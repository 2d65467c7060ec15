"""Small result files become large ones: no row twice, none lost, wherever it is killed."""

import json
import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

import boto3
import pyarrow as pa
import pytest

from jobs import compact as module
from jobs.compact import compact
from jobs.exits import CannotStart
from jobs.export import export
from jobs.folder import Folder
from jobs.lease import lease_of
from jobs.output import Output
from ocr.records import PAGE_SCHEMA, Medication, PageRecord, Status, to_row

PARTS, ROWS = 9, 7
PAGES = [f"{part}-{row}" for part in range(PARTS) for row in range(ROWS)]


def result(page_id: str, text_bytes: int) -> dict[str, object]:
    record = PageRecord(
        page_id=page_id,
        source_id=page_id,
        source=f"{page_id}.png",
        page=1,
        pages=1,
        status=Status.OK,
        engine="fake",
        engine_version="1",
        text=random.Random(page_id).randbytes(text_bytes // 2).hex(),
        medications=(Medication(line="Tab A", drug_text="A", score=0.5),),
    )
    return to_row(record)


def finished(address: str, *, text_bytes: int = 4_000) -> Output:
    """A folder of a finished job, of `PARTS` small files."""
    output = Output(address)
    output.write_run({"run_id": "r", "job": "ocr", "reading": {}, "state": "finished"})
    for part in range(PARTS):
        rows = [result(f"{part}-{row}", text_bytes) for row in range(ROWS)]
        output.write_part(f"part-{part:03}.parquet", pa.Table.from_pylist(rows, schema=PAGE_SCHEMA))
    return output


def pages_in(output: Output) -> list[str]:
    """The page_ids as a reading command comes upon them, sorted."""
    return sorted(
        row["page_id"]
        for name in output.parts()
        for batch in output.batches(name, ["page_id"])
        for row in batch.to_pylist()
    )


@pytest.fixture(params=["here", "s3"])
def folder(request: pytest.FixtureRequest, s3: str, tmp_path: Path) -> str:
    if request.param == "here":
        return str(tmp_path / "out")
    boto3.client("s3", endpoint_url=s3).create_bucket(Bucket="compact")
    return f"s3://compact/{tmp_path.name}"


def test_rows_stay_and_files_are_large(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGE", 2**20)
    monkeypatch.setattr(module, "_BYTES_A_GROUP", 2**18)
    output = finished(folder, text_bytes=100_000)
    before = pa.concat_tables(map(output.read_part, output.parts())).sort_by("page_id")

    assert str(compact(output)).startswith(f"{PARTS} files merged into 3, ")

    *large, _ = output.parts()
    assert all(output.part_sizes()[name] >= 2**20 for name in large)
    after = pa.concat_tables(map(output.read_part, output.parts())).sort_by("page_id")
    assert after.equals(before)
    assert output.names() == ["_run.json", *output.parts()]
    files = output.parts()
    assert str(compact(output)).startswith("nothing to merge: result files 3, ")
    assert output.parts() == files


@pytest.fixture
def killed_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Kills this process before its change to a folder of that number: a file written, or one deleted."""
    put, remove = Folder.put, Folder.remove

    def arrange(number: int) -> None:
        left = [number]

        def count() -> None:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

        def counted_put(self: Folder, name: str, content: bytes) -> None:
            count()
            put(self, name, content)

        def counted_remove(self: Folder, names: list[str]) -> None:
            for name in names:
                count()
                remove(self, [name])

        monkeypatch.setattr(Folder, "put", counted_put)
        monkeypatch.setattr(Folder, "remove", counted_remove)

    return arrange


def killed(output: Output, arrange: Callable[[int], None], change: int) -> bool:
    """Compact in a process that is killed before its change of that number; False if it got to its end."""
    child = os.fork()
    if not child:
        arrange(change)
        compact(output)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.mark.slow
def test_killed_at_any_point_every_row_is_there_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_at: Callable[[int], None]
) -> None:
    monkeypatch.setattr(module, "LARGE", 60_000)
    monkeypatch.setattr(module, "_BYTES_A_GROUP", 20_000)
    change = 1
    while True:
        output = finished(str(tmp_path / str(change)))
        if not killed(output, killed_at, change):
            break
        assert pages_in(output) == PAGES
        assert export(output, str(tmp_path / "medicines.csv")).rows == len(PAGES)
        compact(output)
        assert pages_in(output) == PAGES
        assert output.names() == ["_run.json", *output.parts()]
        change += 1
    assert change > 2 * 3 + PARTS  # two files, each planned, written and settled; each old file deleted


def test_an_error_row_made_again_does_not_come_back(tmp_path: Path, killed_at: Callable[[int], None]) -> None:
    output = finished(str(tmp_path))
    assert killed(output, killed_at, 4)  # the merged file is there, and the first old one is gone
    output.tidy()  # as every run does before it changes rows
    (merged,) = output.parts()
    output.remove([merged])
    assert pages_in(output) == []


def test_what_is_not_finished_is_refused(tmp_path: Path) -> None:
    output = finished(str(tmp_path / "out"))
    with lease_of(Folder(output.address)), pytest.raises(CannotStart, match="being written by another run"):
        compact(output)
    output.write_run((output.run() or {}) | {"state": "interrupted"})
    with pytest.raises(CannotStart, match=r"has not finished \(interrupted\)"):
        compact(output)
    output.write_run((output.run() or {}) | {"job": "simulate", "state": "finished"})
    with pytest.raises(CannotStart, match="of nuskha simulate"):
        compact(output)
    with pytest.raises(CannotStart, match="no output folder"):
        compact(Output(str(tmp_path)))
    assert len(output.parts()) == PARTS


def test_parts_of_another_schema_stay_apart(tmp_path: Path) -> None:
    output = finished(str(tmp_path))
    older = output.read_part("part-004.parquet").drop_columns(["warnings"])
    output.write_part("part-004.parquet", older)
    compact(output)
    assert len(output.parts()) == 3
    assert pages_in(output) == PAGES


def test_the_plan_names_what_it_replaces(tmp_path: Path, killed_at: Callable[[int], None]) -> None:
    output = finished(str(tmp_path))
    assert killed(output, killed_at, 2)
    plan = json.loads((tmp_path / "_compacting.json").read_text())
    assert plan["parts"] == output.parts()
    assert plan["into"] not in output.parts()
    assert output.foreign() == []
