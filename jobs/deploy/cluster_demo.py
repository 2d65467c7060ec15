"""A cluster on this machine: a head and worker nodes, each a Ray of its own, and both jobs submitted to it.

`make cluster-demo` runs it on samples/. Everything listens on loopback, asks for a token made for the
occasion, and is gone at the end, however that comes.
"""

import atexit
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType

_BIN = Path(sys.executable).parent
_HOST = "127.0.0.2"  # of loopback too, but Ray would exchange 127.0.0.1 for the address of a network card


@contextmanager
def local_cluster(dashboard_port: int, workers: int, cpus: int = 2) -> Iterator[None]:
    """A head without cores and nodes with that many each; without nodes the head has the cores.

    For a process without a Ray of its own. Its environment tells the way to the cluster from here on:
    RAY_AUTH_TOKEN, made up where none is given, and RAY_API_SERVER_ADDRESS.
    """
    folder = tempfile.mkdtemp(prefix="nuskha-ray-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # after Ray's own, which ends its processes
    os.environ |= {
        "PATH": f"{_BIN}{os.pathsep}{os.environ['PATH']}",  # a job runs the python found there
        "RAY_API_SERVER_ADDRESS": f"http://{_HOST}:{dashboard_port}",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": os.environ.get("RAY_AUTH_TOKEN") or secrets.token_hex(32),
        "RAY_TMPDIR": folder,
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    os.environ.pop("RAY_ADDRESS", None)
    from ray.cluster_utils import Cluster  # after the environment, which Ray reads once

    cluster = Cluster()
    try:
        cluster.add_node(
            num_cpus=0 if workers else cpus,
            gcs_server_port=free_port(),
            include_dashboard=True,
            dashboard_host=_HOST,
            dashboard_port=dashboard_port,
            dashboard_agent_listen_port=0,
            node_ip_address=_HOST,
        )
        for _ in range(workers):
            cluster.add_node(num_cpus=cpus, node_ip_address=_HOST)
        yield
    finally:
        cluster.shutdown()  # type: ignore[no-untyped-call]


def free_port() -> int:
    """A port that nobody has, outside of the range in which Ray's workers take theirs."""
    while True:
        with closing(socket.create_server(("127.0.0.1", 0))) as server:
            port = int(server.getsockname()[1])
        if not 10002 <= port <= 19999:
            return port


def main(samples: Path, output: Path) -> int:
    """Submit both jobs and an evaluation of each and show what they found; the first exit status not 0."""
    prescriptions, summaries = output / "prescriptions", output / "summaries"
    scans = sorted(file for file in samples.iterdir() if file.suffix in (".jpg", ".pdf"))
    messages, gold = samples / "messages.jsonl", samples / "gold.json"
    commands: list[list[str | Path]] = [
        ["submit", "ocr", *scans, prescriptions],
        ["show", prescriptions],
        ["submit", "summarize", messages, summaries],
        ["show", summaries],
        ["submit", "evaluate", "ocr", prescriptions, gold, "--out", output / "prescriptions-evaluated"],
        ["submit", "evaluate", "summaries", summaries, messages, "--out", output / "summaries-evaluated"],
        ["jobs", "list"],
    ]
    signal.signal(signal.SIGTERM, _end)
    with local_cluster(free_port(), workers=2):
        for words in commands:
            print(f"\n$ nuskha {' '.join(map(str, words))}", flush=True)
            ended = subprocess.run([_BIN / "nuskha", *words], check=False)  # noqa: S603 - the words above
            if ended.returncode:
                return ended.returncode
    return 0


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
