"""Workers that die over a page, that do not start, or that say too much."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from scans import page_picture, rows_of, write_pages

from jobs.exits import CannotStart, Exit
from jobs.page_stages import ReadPages

pytestmark = pytest.mark.filterwarnings("ignore:`use_.*` is deprecated:DeprecationWarning")

DEADLY = (90, 110)  # height and width of a page that kills whoever works on it


QUOTED = "Tab Quoted 250"


class DyingReader(ReadPages):
    """Dies over a deadly page, as a crash in a library would have it."""

    def __call__(self, batch: pa.Table) -> Iterator[pa.Table]:
        sizes = zip(batch["height"].to_pylist(), batch["width"].to_pylist(), strict=True)
        if DEADLY in sizes:
            os.kill(os.getpid(), signal.SIGKILL)
        yield from super().__call__(batch)


class Quoter(ReadPages):
    """Its engine quotes the page in what it raises."""

    def __init__(self, *settings: Any) -> None:
        super().__init__(*settings)
        self._engine.read = self._fail

    def _fail(self, pages: object) -> NoReturn:
        raise ValueError(QUOTED)


class NeverReady(ReadPages):
    def __init__(self, *_: object) -> None:
        raise RuntimeError("the model file is missing")


@pytest.fixture(autouse=True)
def by_value(ray_here: None) -> Iterator[None]:
    """Ray's workers cannot import this module; its classes travel whole."""
    from ray import cloudpickle

    module = sys.modules[__name__]
    cloudpickle.register_pickle_by_value(module)
    yield
    cloudpickle.unregister_pickle_by_value(module)


def test_a_page_that_kills_its_worker_is_an_error_row(
    run_job: Callable[..., Exit], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.ocr.ReadPages", DyingReader)
    monkeypatch.setattr("jobs.streaming.RETRIES", 1)
    scans = tmp_path / "scans"
    write_pages(scans, range(3))
    deadly = Image.fromarray(np.asarray(page_picture(9))[: DEADLY[0], : DEADLY[1]])
    page_picture(10).save(scans / "mixed.tiff", save_all=True, append_images=[deadly, page_picture(11)])

    assert run_job(scans, tmp_path / "out") == Exit.FAILURES

    rows = {(Path(row["source"]).name, row["page"]): row for row in rows_of(tmp_path / "out")}
    assert len(rows) == 6
    assert [key for key, row in rows.items() if row["status"] == "error"] == [("mixed.tiff", 2)]
    assert rows["mixed.tiff", 2]["error_stage"] == "engine"
    assert rows["mixed.tiff", 2]["pages"] == 3


def test_workers_that_do_not_start_are_a_clear_end(
    run_job: Callable[..., Exit], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.ocr.ReadPages", NeverReady)
    write_pages(tmp_path / "scans", range(1))
    with pytest.raises(CannotStart, match=r"workers did not start.*the model file is missing"):
        run_job(tmp_path / "scans", tmp_path / "out")


def test_no_text_of_a_page_is_said_or_logged(
    run_job: Callable[..., Exit],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    import ray

    write_pages(tmp_path / "scans", range(3))
    assert run_job(tmp_path / "scans", tmp_path / "read") == Exit.OK
    monkeypatch.setattr("jobs.ocr.ReadPages", Quoter)
    assert run_job(tmp_path / "scans", tmp_path / "failed") == Exit.FAILURES
    assert {row["error"] for row in rows_of(tmp_path / "failed")} == {f"ValueError: {QUOTED}"}

    texts = {line for row in rows_of(tmp_path / "read") for line in row["text"].splitlines()} | {QUOTED}
    assert len(texts) > 1
    logs = Path(ray._private.worker._global_node.get_session_dir_path(), "logs")
    said = [
        *capfd.readouterr(),
        *(file.read_text(errors="replace") for file in logs.rglob("*.*") if file.is_file()),
    ]
    said += [(tmp_path / name / "_run.json").read_text() for name in ("read", "failed")]
    assert len(said) > 10
    assert not any(text in log for text in texts for log in said)
