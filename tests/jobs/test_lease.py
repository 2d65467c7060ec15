"""One command at a time writes to a folder; what the dead left is taken over, by one alone."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from processes import wait_until

from jobs import lease as module
from jobs.exits import CannotStart, Stopped
from jobs.folder import Folder
from jobs.lease import LEASE, lease_of
from jobs.processes import this_process

HOLDING = """
import sys, time
from jobs.folder import Folder
from jobs.lease import lease_of
from jobs.sigterm import stopping_on_sigterm
with stopping_on_sigterm(), lease_of(Folder(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@contextmanager
def a_holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the folder's lease."""
    command = [sys.executable, "-c", HOLDING, str(folder)]
    holder = subprocess.Popen(  # noqa: S603 - this code
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert holder.stdout
    with holder.stdout:
        try:
            assert holder.stdout.readline() == "held\n"
            yield holder
        finally:
            holder.kill()
            holder.wait()


def left(**process: Any) -> bytes:
    """A lease as a process of this machine left it, but for what is said of it."""
    ours = this_process()
    said = {"host": ours.host, "machine": ours.machine, "pid": ours.pid, "began": ours.began} | process
    return json.dumps({"token": "t", "since": "then", "renewed": "", "process": said}).encode()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for a sign of life would end the test."""
    monkeypatch.setattr(module, "SILENT_S", 3600.0)


@pytest.mark.usefixtures("patient")
def test_a_second_is_refused_while_the_first_lives(tmp_path: Path) -> None:
    with a_holder(tmp_path) as holder:
        said = rf"another run \(process {holder.pid} on \S+, since 20\S+\); wait for it, stop it, or choose"
        with pytest.raises(CannotStart, match=said), lease_of(Folder(str(tmp_path))):
            pass
        assert (tmp_path / LEASE).exists()
        holder.send_signal(signal.SIGTERM)
        holder.wait()
        assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("patient")
def test_the_dead_of_this_machine_are_succeeded_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with a_holder(tmp_path) as holder:
        holder.kill()  # and nobody has asked yet how it ended
        wait_until(lambda: not _lives(holder.pid))
        with lease_of(Folder(str(tmp_path))):
            assert json.loads((tmp_path / LEASE).read_text())["process"]["pid"] == os.getpid()
        assert f"process {holder.pid}" in capsys.readouterr().err
    assert not (tmp_path / LEASE).exists()


def _lives(pid: int) -> bool:
    from jobs.processes import _began

    return _began(pid) is not None


@pytest.mark.usefixtures("patient")
def test_a_number_that_another_process_got_does_not_count(tmp_path: Path) -> None:
    (tmp_path / LEASE).write_bytes(left(began="1"))
    with lease_of(Folder(str(tmp_path))):
        pass
    (tmp_path / LEASE).write_bytes(left())
    with pytest.raises(CannotStart, match=f"process {os.getpid()}"), lease_of(Folder(str(tmp_path))):
        pass


@pytest.mark.parametrize("content", [left(machine="another", host="far"), b"", b"{}"])
def test_another_machine_is_waited_for(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "SILENT_S", 1.0)
    monkeypatch.setattr(module, "_LOOK_S", 0.1)
    monkeypatch.setattr(module, "_SETTLE_S", 0.1)
    (tmp_path / LEASE).write_bytes(content)
    started = time.monotonic()
    with lease_of(Folder(str(tmp_path))):
        assert time.monotonic() - started >= 1.0
    said = capsys.readouterr().err
    assert "waiting 1 s for a sign of life" in said
    assert ("on far, since then" in said) == (b"far" in content)


@pytest.mark.usefixtures("patient")
def test_a_sign_of_life_ends_the_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOOK_S", 0.05)
    lease, folder = tmp_path / LEASE, Folder(str(tmp_path))

    lease.write_bytes(left(machine="another"))
    sign = soon(lambda: folder.put(LEASE, left(machine="another", host="far")))
    with sign, pytest.raises(CannotStart, match="on far"), lease_of(folder):
        pass
    with soon(lease.unlink), lease_of(folder):
        assert lease.exists()


@contextmanager
def soon(action: Callable[[], None]) -> Iterator[None]:
    timer = threading.Timer(0.5, action)
    timer.start()
    yield
    timer.join()


@pytest.mark.parametrize("begins_with", [None, left(began="1"), left(machine="another")])
@pytest.mark.parametrize("where", ["here", "s3"])
def test_of_many_at_once_one_alone_holds(
    where: str, begins_with: bytes | None, s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SILENT_S", 0.3)
    monkeypatch.setattr(module, "_LOOK_S", 0.1)
    monkeypatch.setattr(module, "_SETTLE_S", 0.1)
    address = str(tmp_path / "out")
    if where == "s3":
        boto3.client("s3", endpoint_url=s3).create_bucket(Bucket="leases")
        address = "s3://leases/out"
    starters, rounds = (6, 5) if where == "here" else (4, 1)
    start, end = threading.Barrier(starters), threading.Barrier(starters)

    def try_to_hold(_: int) -> bool:
        folder = Folder(address)
        start.wait()
        try:
            with lease_of(folder):
                end.wait()
                folder.guard()
                return True
        except CannotStart:
            end.wait()
            return False

    for _ in range(rounds):
        if begins_with:
            Folder(address).put(LEASE, begins_with)
        with ThreadPoolExecutor(starters) as threads:
            assert sorted(threads.map(try_to_hold, range(starters))) == [False] * (starters - 1) + [True]
        assert Folder(address).sizes() == {}


def test_a_lease_is_renewed_and_given_back_on_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_RENEW_S", 0.0)
    with pytest.raises(ZeroDivisionError), lease_of(Folder(str(tmp_path))):
        first = (tmp_path / LEASE).read_bytes()
        wait_until(lambda: (tmp_path / LEASE).read_bytes() != first)
        raise ZeroDivisionError
    assert not (tmp_path / LEASE).exists()


def test_who_lost_the_lease_writes_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_OVERDUE_S", 0.0)
    folder = Folder(str(tmp_path))
    with lease_of(folder):
        folder.put("before", b"")
        (tmp_path / LEASE).write_bytes(left(machine="another"))
        with pytest.raises(Stopped, match="taken over by another run"):
            folder.put("after", b"")
        with pytest.raises(Stopped, match="taken over by another run"):
            folder.remove(["before"])
    assert sorted(folder.sizes()) == [LEASE, "before"]
    assert (tmp_path / LEASE).read_bytes() == left(machine="another")


def test_who_cannot_renew_writes_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(str(tmp_path / "out"))
    with lease_of(folder):
        (tmp_path / "out" / LEASE).unlink()
        (tmp_path / "out").rmdir()
        monkeypatch.setattr(module, "_OVERDUE_S", 0.0)
        with pytest.raises(Stopped, match=r"cannot be renewed: No such file"):
            folder.put("part", b"")
    assert folder.sizes() == {}


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match="cannot be written"), lease_of(Folder(str(tmp_path / "file/out"))):
        pass
