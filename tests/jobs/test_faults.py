"""A full disk and a failing object store: tried again, then said; nothing half-written is taken for whole."""

import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest
import s3fs
from faulty_store import Fault, faulty_store
from scans import pages_of, write_pages

from jobs import folder as folder_module
from jobs import retries
from jobs.exits import Exit, Stopped
from jobs.folder import Folder
from jobs.output import Output

Job = Callable[..., Exit]

# Ray 2.60 warns of defaults of its own.
pytestmark = [
    pytest.mark.filterwarnings("ignore:`use_.*` is deprecated:DeprecationWarning"),
    pytest.mark.usefixtures("short_pauses"),
]


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "PAUSES_S", (0.1, 0.1, 0.1))
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


@contextmanager
def no_file_above(size: int) -> Iterator[Callable[[], None]]:
    """As on a full disk, a file of this process can't grow beyond `size` bytes; what ends that is given."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def lift() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield lift
    finally:
        lift()


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Folder(str(tmp_path))
    folder.put("part-1", b"earlier")
    with no_file_above(1000), pytest.raises(OSError, match="File too large"):
        folder.put("part-1", bytes(2000))
    assert folder.sizes() == {"part-1": 7}
    assert capsys.readouterr().err.count("File too large; trying again") == 1


def test_a_disk_that_is_emptied_in_time_costs_nothing(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path))
    with no_file_above(1000) as lift:
        timer = threading.Timer(0.15, lift)
        timer.start()
        folder.put("part-1", bytes(2000))
        timer.join()
    assert folder.sizes() == {"part-1": 2000}


@pytest.mark.slow
def test_a_job_goes_on_once_the_disk_has_room(
    run_job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scans, out = tmp_path / "scans", tmp_path / "out"
    write_pages(scans, range(20))
    write = folder_module._write

    def write_on_a_full_disk(path: Path, content: bytes, mode: str) -> None:
        with no_file_above(4000):  # no longer than that: Ray's logs are files of this process too
            write(path, content, mode)

    monkeypatch.setattr(folder_module, "_write", write_on_a_full_disk)
    with pytest.raises(Stopped, match=r"part-\S+ cannot be written: File too large; the same command"):
        run_job(scans, out)
    assert [file.name for file in out.iterdir()] == ["_run.json"]
    monkeypatch.setattr(folder_module, "_write", write)
    assert run_job(scans, out) == Exit.OK
    assert pages_of(out) == [(f"page{number:03}.png", 1) for number in range(20)]


@pytest.fixture
def faults() -> list[Fault]:
    """What becomes of the next uploads of parts, from the last to the first; the others are passed on."""
    return []


@pytest.fixture
def bucket(s3: str, faults: list[Fault], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An address on a store that fails."""
    boto3.client("s3", endpoint_url=s3).create_bucket(Bucket="faulty")

    def fault(method: str, path: str) -> Fault:
        is_part = method == "PUT" and "/part-" in path
        return faults.pop() if is_part and faults else Fault.NONE

    with faulty_store(s3, fault) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        s3fs.S3FileSystem.clear_instance_cache()
        yield f"s3://faulty/{tmp_path.name}"
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.mark.parametrize("fault", [Fault.OVERLOADED, Fault.CUT, Fault.UNANSWERED])
def test_an_upload_that_fails_is_tried_again(bucket: str, faults: list[Fault], fault: Fault) -> None:
    faults += [fault] * 2
    Folder(bucket).put("part-1", b"rows")
    assert not faults
    assert Folder(bucket).read("part-1") == b"rows"


@pytest.mark.slow
def test_a_job_goes_on_once_the_store_answers(
    run_job: Job, tmp_path: Path, bucket: str, faults: list[Fault]
) -> None:
    write_pages(tmp_path / "scans", range(4))
    faults += [Fault.CUT, Fault.OVERLOADED] * 100
    with pytest.raises(Stopped, match=r"part-\S+ cannot be written: .*; the same command goes on"):
        run_job(tmp_path / "scans", bucket)
    assert 0 < len(faults) < 200
    assert Output(bucket).names() == ["_run.json"]

    faults.clear()
    assert run_job(tmp_path / "scans", bucket) == Exit.OK
    (part,) = Output(bucket).parts()
    assert Output(bucket).read_part(part).num_rows == 4
