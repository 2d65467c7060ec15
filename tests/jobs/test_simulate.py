"""The drawing job on a real Ray: the same shards whoever draws them, which the reading job takes."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from command_line import Nuskha
from scans import rows_of

from jobs import simulate as job
from jobs.exits import CannotStart, Exit
from jobs.simulate import Simulate, simulate
from ocr.simulate.records import PAGE_SCHEMA

# Ray 2.60 warns of defaults of its own.
pytestmark = [
    pytest.mark.filterwarnings("ignore:`use_.*` is deprecated:DeprecationWarning"),
    pytest.mark.usefixtures("ray_here", "small_shards"),
]


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "_PAGES_A_SHARD", 2)


def drawn(output: Path, formulary: Path, **options: object) -> dict[str, bytes]:
    """Five pages, and the bytes of all files but the account."""
    settings = {"pages": 5, "output": str(output), "seed": 8, "formulary": str(formulary)} | options
    assert simulate(Simulate(**settings)) == Exit.OK  # type: ignore[arg-type]
    return {file.name: file.read_bytes() for file in output.iterdir() if file.name != "_run.json"}


@pytest.mark.slow
def test_workers_change_nothing(tmp_path: Path, formulary: Path) -> None:
    alone = drawn(tmp_path / "one", formulary, workers=1)
    together = drawn(tmp_path / "two", formulary, workers=3)
    assert sorted(alone) == ["_gold.json", *(f"part-{shard:05}.parquet" for shard in range(3))]
    assert alone == together

    tables = [pq.read_table(tmp_path / "one" / name) for name in sorted(alone) if name.endswith("parquet")]
    assert all(table.schema.equals(PAGE_SCHEMA) for table in tables)
    assert [index for table in tables for index in table["index"].to_pylist()] == list(range(5))


def test_a_stopped_job_draws_what_is_missing(
    tmp_path: Path, formulary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = drawn(tmp_path / "out", formulary)
    (tmp_path / "out/part-00001.parquet").unlink()
    (tmp_path / "out/_gold.json").unlink()
    capsys.readouterr()
    assert drawn(tmp_path / "out", formulary) == whole
    assert "5 pages, 2 of them drawn" in capsys.readouterr().out
    assert json.loads((tmp_path / "out/_run.json").read_text())["state"] == "finished"


def test_other_pages_need_another_folder(tmp_path: Path, formulary: Path) -> None:
    first = drawn(tmp_path / "out", formulary)
    with pytest.raises(CannotStart, match="seed: 8 -> 9"):
        drawn(tmp_path / "out", formulary, seed=9)
    assert drawn(tmp_path / "out", formulary, seed=9, restart=True) != first


@pytest.mark.slow
def test_pages_are_read_and_scored(
    run_job: Callable[..., Exit], nuskha: Nuskha, tmp_path: Path, formulary: Path
) -> None:
    drawn(tmp_path / "drawn", formulary)
    assert run_job(tmp_path / "drawn", tmp_path / "read") == Exit.OK
    gold = json.loads((tmp_path / "drawn/_gold.json").read_text(encoding="utf-8"))
    rows = rows_of(tmp_path / "read")
    assert sorted(Path(row["source"]).name.rpartition("!")[2] for row in rows) == [
        page["image"] for page in gold
    ]
    sizes = {Path(row["source"]).name.rpartition("!")[2]: [row["width"], row["height"]] for row in rows}
    assert sizes == {page["image"]: page["size"] for page in gold}

    ended = nuskha("evaluate", "ocr", tmp_path / "read", tmp_path / "drawn/_gold.json")
    assert ended.status == 0, ended.err
    assert "have no row" not in ended.err


def test_the_command_says_what_it_did(nuskha: Nuskha, tmp_path: Path, formulary: Path) -> None:
    ended = nuskha("simulate", 1, tmp_path / "out", "--seed", 3, "--formulary", formulary, "--workers", 1)
    assert ended.status == 0
    assert "1 pages, 1 of them drawn" in ended.out
    assert nuskha("simulate", 0, tmp_path / "none").status == 2
    refused = nuskha("simulate", 1, tmp_path / "none", "--formulary", tmp_path / "missing.csv")
    assert refused.status == 2
    assert "formulary" in refused.err
    assert not (tmp_path / "none").exists()
