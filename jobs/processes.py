"""Which process this is, so that another can tell later whether it still lives.

A number alone would not do: a system gives it to another process soon after. With it go the moment at which
the process began, in the kernel's own count, and the machine: this boot of its kernel and the space that
numbers count in, which two containers under one host name do not share.
"""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NUMBERS = "/proc/self/ns/pid"
_STATE, _BEGAN = 0, 19  # among the fields of /proc/PID/stat that follow the name
_DEAD = {"Z", "X"}  # it has ended, and nobody has asked yet how


@dataclass(frozen=True, slots=True)
class Process:
    """A process of a machine; `host` is the machine's name for people."""

    host: str
    machine: str
    pid: int
    began: str

    def is_here(self) -> bool:
        """Whether it is of this machine, so that `lives` can tell."""
        return self.machine == _machine()

    def lives(self) -> bool:
        """Whether the process, and not another that got its number, is running on this machine."""
        return _began(self.pid) == self.began


def this_process() -> Process:
    """The process that asks."""
    return Process(socket.gethostname(), _machine(), os.getpid(), _began(os.getpid()) or "")


def _machine() -> str:
    try:
        return f"{_BOOT.read_text().strip()} {Path(_NUMBERS).readlink()}"
    except OSError:  # not Linux
        return socket.gethostname()


def _began(pid: int) -> str | None:
    """When the process began, None where there is none of that number or it has ended."""
    if not _BOOT.exists():
        return _began_by_psutil(pid)
    try:
        fields = (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        )
    except OSError:
        return None
    return None if fields[_STATE] in _DEAD else fields[_BEGAN]


def _began_by_psutil(pid: int) -> str | None:
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.Error:
        return None
