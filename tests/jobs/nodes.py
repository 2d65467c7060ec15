"""A Ray of several nodes on this machine, each of which can be killed as a machine dies."""

import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from processes import end, wait_until

_STARTS = 3
_STORE_BYTES = 80 * 2**20
_WORKER_PORTS = ("--min-worker-port=0", "--max-worker-port=0")  # else every node of a machine takes the same


class Nodes:
    """Nodes of one Ray on loopback; the head is the first that is started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._logs = folder / "nodes.log"
        self.environment = os.environ | {
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(16),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
            "RAY_ADDRESS": "",
            "RAY_TMPDIR": str(folder),
        }
        self.address = f"127.0.0.1:{_free_port()}"
        self._started: list[psutil.Popen] = []

    def start_head(self, *words: str) -> psutil.Popen:
        """The head, answering."""
        port = self.address.rpartition(":")[2]
        head = self._start(
            "--head", f"--port={port}", f"--temp-dir={self._folder}", "--include-dashboard=false", *words
        )
        wait_until(lambda: self._count_up() == 1, 120)
        return head

    def add(self, *words: str) -> psutil.Popen:
        """Another node, up. It is started anew where it fails: one that finds a port taken does."""
        up = self._count_up()
        for _ in range(_STARTS):
            node = self._start(f"--address={self.address}", *words)
            wait_until(lambda node=node: self._count_up() > up or node.poll() is not None)
            if self._count_up() > up:
                return node
        raise AssertionError(f"no node came up: {self._logs.read_text(encoding='utf-8')[-500:]}")

    def _count_up(self) -> int:
        return self._logs.read_text(encoding="utf-8").count("Ray runtime started")

    def _start(self, *words: str) -> psutil.Popen:
        command = [
            *(sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--disable-usage-stats"),
            *("--node-ip-address=127.0.0.1", f"--object-store-memory={_STORE_BYTES}"),
            *("--dashboard-agent-listen-port=0", *_WORKER_PORTS, *words),
        ]
        with self._logs.open("ab") as log:
            node = psutil.Popen(command, env=self.environment, stdout=log, stderr=log)
        self._started.append(node)
        return node

    def nuskha(self, *words: object) -> subprocess.Popen[str]:
        """A command line as a process of its own, which joins this Ray where it says so."""
        return subprocess.Popen(  # noqa: S603 - this code
            [sys.executable, "-c", "from jobs.cli import main; main()", *map(str, words)],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def stop(self) -> None:
        """Kill what was started and has not ended."""
        for node in reversed(self._started):
            kill(node)
            node.wait(30)


def kill(process: psutil.Process) -> None:
    """Kill a node or a driver with all that runs below it, at once."""
    try:
        family = [*process.children(recursive=True), process]
    except psutil.NoSuchProcess:
        return
    end(family)
    psutil.wait_procs(family, timeout=30)


@contextmanager
def nodes(folder: Path) -> Iterator[Nodes]:
    """Nodes that are all gone at the end."""
    started = Nodes(folder)
    try:
        yield started
    finally:
        started.stop()


def _free_port() -> int:
    """A port outside the range that Ray gives to its workers."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if not 10_002 <= port < 20_000:
            return port
