"""One command at a time writes to an output folder: it holds the folder's lease, `_lease.json`.

The lease names the process that holds it, and is renewed every few seconds for as long as that lives. It is
given back when the command ends, unless the process is killed. Then the next command takes it over: at once
where it can see that the process is dead, and else, from another machine, when the lease was not renewed for
`SILENT_S` under its eyes; clocks are not compared.

Taking is safe among several who start at once: on a local disk the file is created exclusively, and replaced
under a lock of the folder; on S3 both are conditional writes (If-None-Match, If-Match). A store without
these, or a network file system without locks, lets the last one win: so who took a lease there, or took one
over, looks after `_SETTLE_S` whether it has it. A holder who could not renew for `_OVERDUE_S` writes nothing
before it has, so that one who was cut off has stopped before another begins.
"""

import json
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import NoReturn

from jobs.exits import CannotStart, Stopped
from jobs.folder import Folder
from jobs.processes import Process, this_process
from jobs.retries import reason
from jobs.ticking import ticking

LEASE = "_lease.json"
SILENT_S = 45.0
_OVERDUE_S = 30.0
_RENEW_S = 10.0
_LOOK_S = 1.0
_SETTLE_S = 1.0


@dataclass(frozen=True, slots=True)
class _Holder:
    """What the lease says. `token` is this holding's own, `renewed` changes each time."""

    token: str
    process: Process
    since: str
    renewed: str

    def __str__(self) -> str:
        return f"process {self.process.pid} on {self.process.host}, since {self.since}"

    def packed(self) -> bytes:
        return json.dumps(asdict(self), indent=2).encode()


class _Lease:
    """A folder's lease, held or to be; see `lease_of`."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._holder = _Holder(uuid.uuid4().hex, this_process(), since=_now(), renewed="")
        self._content = self._holder.packed()
        self._renewed_at = 0.0
        self._lock = threading.Lock()  # one thread renews in time, another before it writes

    def take(self) -> None:
        """Take the lease. Raises CannotStart where another process holds it and lives."""
        while True:
            left = self._left_by_the_dead()
            if self._folder.swap(LEASE, left, self._content):
                break  # else another was faster
        if left is not None or not self._folder.is_local:
            time.sleep(_SETTLE_S)
            found = self._folder.read(LEASE)
            if found != self._content:
                self._refuse(found)
        self._renewed_at = time.monotonic()

    def check(self) -> None:
        """Raise Stopped unless this command may write to the folder; to be asked before each write."""
        try:
            self._renew(_OVERDUE_S)
        except OSError as error:
            raise Stopped(
                f"{self._folder.address}/{LEASE} cannot be renewed: {reason(error)}; this run stops, as "
                "another may take the folder over; the same command goes on"
            ) from None

    def renew(self) -> None:
        """Renew the lease when it is due; what fails is left to the next time. Raises Stopped when lost."""
        with suppress(OSError):
            self._renew(_RENEW_S)

    def release(self) -> None:
        """Give the lease back if it is held; where that fails, it is taken over in time."""
        with self._lock, suppress(OSError):
            self._folder.swap(LEASE, self._content, None)

    def _renew(self, due_s: float) -> None:
        with self._lock:
            if time.monotonic() - self._renewed_at < due_s:
                return
            content = replace(self._holder, renewed=_now()).packed()
            if not self._folder.swap(LEASE, self._content, content):
                content = self._folder.read(LEASE) or b""  # ours, if an earlier answer was lost on the way
                if (holder := _unpacked(content)) is None or holder.token != self._holder.token:
                    raise Stopped(
                        f"OUTPUT {self._folder.address} was taken over by another run; this one stops "
                        "without writing more"
                    )
            self._content, self._renewed_at = content, time.monotonic()

    def _left_by_the_dead(self) -> bytes | None:
        """What lies in the lease's place, once its holder is known to be dead; None when nothing does."""
        first = self._folder.read(LEASE)
        holder = _unpacked(first)
        if first is not None and holder and holder.process.is_here():
            if holder.process.lives():
                self._refuse(first)
        elif first is not None:
            who = f"held by {holder}" if holder else "held by another run"
            print(
                f"OUTPUT {self._folder.address} is {who}; waiting {SILENT_S:.0f} s for a sign of life",
                file=sys.stderr,
            )
            until = time.monotonic() + SILENT_S
            while time.monotonic() < until:
                time.sleep(_LOOK_S)
                found = self._folder.read(LEASE)
                if found is None:
                    return None
                if found != first:
                    self._refuse(found)
        if holder:
            print(f"OUTPUT {self._folder.address} is taken over: {holder}, has ended", file=sys.stderr)
        return first

    def _refuse(self, found: bytes | None) -> NoReturn:
        who = _unpacked(found) or "just begun"
        raise CannotStart(
            f"OUTPUT {self._folder.address} is being written by another run ({who}); "
            "wait for it, stop it, or choose another folder"
        )


@contextmanager
def lease_of(folder: Folder) -> Iterator[None]:
    """Hold the folder's lease while the block runs, and see to it that who has lost it writes no more.

    Raises CannotStart where another process holds it and lives, or the folder can't be written, and Stopped
    at the end where it was lost meanwhile.
    """
    lease = _Lease(folder)
    try:
        try:
            lease.take()
        except OSError as error:
            raise CannotStart(f"OUTPUT {folder.address} cannot be written: {reason(error)}") from None
        folder.guard = lease.check
        with ticking(lease.renew):
            yield
    finally:
        folder.guard = lambda: None
        lease.release()


def _unpacked(content: bytes | None) -> _Holder | None:
    """The holder, None where there is none or what lies there is not whole yet."""
    try:
        said = json.loads(content or b"")
        return _Holder(**said | {"process": Process(**said["process"])})
    except (ValueError, KeyError, TypeError):
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
