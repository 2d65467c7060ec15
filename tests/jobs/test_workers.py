"""Workers that die or hang over a page, that do not start, or that say too much."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from scans import page_picture, rows_of, write_pages

from jobs.exits import CannotStart, Exit
from jobs.page_stages import ReadPages

pytestmark = pytest.mark.filterwarnings("ignore:`use_.*` is deprecated:DeprecationWarning")

CRASH, HANG = 90, 80  # widths of pages that kill whoever works on them, or are never done
POISON = {"crash_width": str(CRASH), "hang_width": str(HANG)}
QUOTED = "Tab Quoted 250"


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


@pytest.mark.slow
def test_a_page_that_kills_or_hangs_its_worker_is_an_error_row_that_says_which(
    run_job: Callable[..., Exit], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.streaming.RETRIES", 0)
    scans = tmp_path / "scans"
    write_pages(scans, range(3))
    crashing, hanging = (page_picture(9).crop((0, 0, width, 110)) for width in (CRASH, HANG))
    page_picture(10).save(scans / "mixed.tiff", save_all=True, append_images=[crashing, page_picture(11)])
    hanging.save(scans / "a.png")  # the first of its batch, which hangs no other

    assert run_job(scans, tmp_path / "out", engine_options=POISON, limit_s=3.0) == Exit.FAILURES

    rows = {(Path(row["source"]).name, row["page"]): row for row in rows_of(tmp_path / "out")}
    assert len(rows) == 7
    failed = {key: row for key, row in rows.items() if row["status"] == "error"}
    assert {key: row["error"] for key, row in failed.items()} == {
        ("a.png", 1): "it ran past the time limit of 3 s each time it was tried",
        ("mixed.tiff", 2): "the engine's process crashed each time it was tried (SIGKILL)",
    }
    assert {(row["error_stage"], row["engine"]) for row in failed.values()} == {("engine", "fake")}
    assert rows["mixed.tiff", 2]["pages"] == 3


@pytest.mark.slow
def test_workers_that_do_not_start_are_a_clear_end(
    run_job: Callable[..., Exit], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.ocr.ReadPages", NeverReady)
    write_pages(tmp_path / "scans", range(1))
    with pytest.raises(CannotStart, match=r"workers did not start.*the model file is missing"):
        run_job(tmp_path / "scans", tmp_path / "out")


@pytest.mark.slow
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
