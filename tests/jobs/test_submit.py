"""Submission to a head where nuskha is not installed: what comes back, and what is refused at once."""

import os
import re
import secrets
import shutil
import signal
import subprocess
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from command_line import Ended, Nuskha
from scans import pages_of, write_pages
from typer.main import get_command

from jobs.cli_submit import PLACES, submit
from jobs.deploy.cluster_demo import free_port

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 280
HEAD = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from jobs.deploy.cluster_demo import local_cluster
with local_cluster(int(sys.argv[1]), workers=0):
    sys.stdin.read()
"""
ELSEWHERE = "http://203.0.113.1:8265"  # of an address block that nobody has


@dataclass(frozen=True)
class Head:
    python: Path  # of an environment with all packages but nuskha
    url: str
    token: str
    work: Path
    early: subprocess.Popen[str]  # a submission from before the head was started

    def environment(self, **settings: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
        ours = {"RAY_API_SERVER_ADDRESS": self.url, "RAY_AUTH_TOKEN": self.token, "PYTHONPATH": str(ROOT)}
        return kept | {"HOME": str(self.work)} | ours | settings

    def start(self, *words: object, **settings: str) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603 - this code
            [self.python, "-m", "jobs.cli", *map(str, words)],
            cwd=self.work,
            env=self.environment(**settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def nuskha(self, *words: object, **settings: str) -> Ended:
        return ended(self.start(*words, **settings))


def ended(process: subprocess.Popen[str]) -> Ended:
    out, err = process.communicate(timeout=WAIT_S)
    return Ended(process.returncode, out, err)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment where everything is installed but nuskha."""
    folder = tmp_path_factory.mktemp("environment")
    venv.EnvBuilder(symlinks=True).create(folder)
    (packages,) = folder.glob("lib/python*/site-packages")
    for entry in Path(pytest.__file__).parent.parent.iterdir():
        if "nuskha" not in entry.name:
            (packages / entry.name).symlink_to(entry)
    python = folder / "bin/python"
    asked = "import importlib.metadata as installed; installed.version('ray'); installed.version('nuskha')"
    said = subprocess.run([python, "-c", asked], cwd=folder, stderr=subprocess.PIPE, check=False)  # noqa: S603
    assert said.stderr.strip().endswith(b"PackageNotFoundError: No package metadata was found for nuskha")
    return python


@pytest.fixture(scope="module")
def head(python: Path, formulary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Head]:
    work = tmp_path_factory.mktemp("work")
    port, token = free_port(), secrets.token_hex(32)
    write_pages(work / "scans", range(2))
    words = ("submit", "ocr", "scans", "out", "--engine", "fake", "--formulary", formulary)
    url = f"http://127.0.0.2:{port}"
    before = Head(python, url, token, work, early=None)  # type: ignore[arg-type] - it is started from here
    early = before.start(*words, "--patience", WAIT_S)
    assert early.stderr
    first = early.stderr.readline()
    assert first == f"waiting for Ray at {url}: nothing answers\n"
    environment = before.environment()
    del environment["PYTHONPATH"], environment["RAY_API_SERVER_ADDRESS"]
    server = subprocess.Popen(  # noqa: S603 - this code
        [python, "-c", HEAD, str(port)], cwd=work, env=environment, stdin=subprocess.PIPE
    )
    try:
        yield Head(python, url, token, work, early)
    finally:
        early.kill()
        server.communicate(timeout=WAIT_S)


@pytest.mark.slow
def test_a_submission_waits_for_the_head_and_tells_what_the_job_says(head: Head) -> None:
    status, out, err = ended(head.early)
    assert status == 0, out + err
    assert re.search(r"^submitted batch-ocr-[0-9a-f]{8}$", err, re.MULTILINE)
    assert re.search(r"^pages +2, ", out, re.MULTILINE)
    assert re.search(rf"^output +{head.work}/out$", out, re.MULTILINE)
    assert pages_of(head.work / "out") == [("page000.png", 1), ("page001.png", 1)]


@pytest.mark.slow
def test_the_exit_status_of_the_job_is_passed_on(head: Head, formulary: Path) -> None:
    (head.work / "bad").mkdir()
    (head.work / "bad/empty.png").touch()
    words = ("submit", "ocr", "--engine", "fake", "--formulary", formulary, "--max-failures", "0")
    failing = head.start(*words, head.work / "bad", head.work / "bad-out")
    not_starting = head.nuskha(*words, head.work / "nothing", head.work / "nothing-out")
    assert not_starting.status == 2
    assert f"{head.work}/nothing" in not_starting.out.splitlines()[-1]
    status, out, err = ended(failing)
    assert status == 1, out + err
    assert pages_of(head.work / "bad-out") == [("empty.png", 0)]


@pytest.mark.slow
def test_a_job_is_left_to_the_cluster_listed_followed_and_stopped(head: Head, formulary: Path) -> None:
    slow = ("--engine", "fake", "--engine-option", "delay_ms=60000", "--formulary", formulary)
    left = head.nuskha("submit", "ocr", "scans", "out-slow", *slow, "--no-wait")
    assert left.status == 0, left.err
    job = left.out.strip()

    following = head.start("jobs", "logs", job, "--follow")
    assert following.stdout
    assert any(f"Running entrypoint for job {job}" in line for line in following.stdout)
    following.send_signal(signal.SIGINT)
    status, _, err = ended(following)
    assert status == 1
    assert f"nuskha: {job} goes on" in err
    assert f"nuskha jobs stop {job}" in err

    assert re.search(
        rf"^{job} +running .* -- {head.work}/scans ", head.nuskha("jobs", "list").out, re.MULTILINE
    )
    assert head.nuskha("jobs", "stop", job) == Ended(0, f"{job}: stopped\n", "")
    assert f"Running entrypoint for job {job}" in head.nuskha("jobs", "logs", job).out
    again = head.nuskha("jobs", "logs", job, "--follow")
    assert again.status == 1
    assert again.err == f"nuskha: {job} was stopped\n"


REFUSED = {
    "wrong token": (("jobs", "list"), {"RAY_AUTH_TOKEN": "0" * 64}, "the token is wrong; set RAY_AUTH_TOKEN"),
    "no token": (("jobs", "list"), {"RAY_AUTH_TOKEN": ""}, "none was found; set RAY_AUTH_TOKEN"),
    "token not sent": (("jobs", "list"), {"RAY_AUTH_MODE": "disabled"}, "it wants a token"),
    "no such job": (("jobs", "logs", "batch-ocr-0"), {}, "batch-ocr-0 does not exist"),
}


@pytest.mark.parametrize("words, settings, reason", REFUSED.values(), ids=REFUSED)
@pytest.mark.slow
def test_a_head_that_refuses_is_quoted(
    head: Head, words: tuple[str, ...], settings: dict[str, str], reason: str
) -> None:
    status, out, err = head.nuskha(*words, **settings)
    assert (status, out) == (2, "")
    assert err.startswith(f"nuskha: Ray at {head.url} refused: ")
    assert reason in err
    assert err.count("\n") == 1


@pytest.mark.slow
def test_an_address_without_a_head_is_named(head: Head) -> None:
    url = f"http://127.0.0.2:{free_port()}"
    words = ("submit", "simulate", "1", "drawn", "--patience", "0", "--address", url)
    assert head.nuskha(*words) == Ended(2, "", f"nuskha: Ray at {url} cannot be had: nothing answers\n")


@pytest.mark.slow
def test_ray_itself_submits_from_a_clone_that_is_not_installed(head: Head, formulary: Path) -> None:
    clone = head.work / "clone"
    for name in ("jobs", "eval", "summarize", "ocr", "multilingual"):
        shutil.copytree(ROOT / name, clone / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (".gitignore", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, clone)
    for ignored in (".venv", "demo-output"):  # too much to upload
        (clone / ignored).mkdir()
        with (clone / ignored / "large").open("wb") as file:
            file.truncate(600 * 2**20)
    words = ("ocr", head.work / "scans", head.work / "out-ray", "--engine", "fake", "--formulary", formulary)
    submitted = subprocess.run(  # noqa: S603 - Ray's own command
        [
            *(head.python, "-m", "ray.scripts.scripts", "job", "submit", "--working-dir", "."),
            *("--", "python", "-m", "jobs.cli", "batch", *map(str, words)),
        ],
        cwd=clone,
        env=head.environment(RAY_AUTH_MODE="token", PYTHONPATH=""),
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
    assert submitted.returncode == 0, submitted.stdout + submitted.stderr
    assert pages_of(head.work / "out-ray") == [("page000.png", 1), ("page001.png", 1)]


AT_ONCE = {
    "unknown option": ("ocr in /out --enigne fake --address {url}", "No such option: --enigne"),
    "argument missing": ("summarize --address {url}", "Missing argument 'INPUT'"),
    "not a number": ("simulate many /out --address {url}", "Invalid value for 'N'"),
    "no address": ("ocr /in /out", "--address"),
    "not a dashboard": ("ocr /in /out --address 127.0.0.1:6379", "http://HOST:8265"),
    "relative input": ("ocr /in scans /out --address {url}", "INPUT scans is a path of this machine"),
    "relative output": ("ocr s3://a/in out --address {url}", "OUTPUT out is a path of this machine"),
    "relative option": ("ocr /in /out --formulary f.csv --address {url}", "FILE f.csv is a path"),
    "credential": ("ocr s3://id:pass@a/in /out --address {url}", "INPUT s3://***@a/in holds a credential"),
    "relative gold": ("evaluate ocr /out gold.json --address {url}", "REFERENCES gold.json is a path"),
}


@pytest.mark.parametrize("words, reason", AT_ONCE.values(), ids=AT_ONCE)
def test_what_cannot_run_is_refused_before_the_cluster_is_asked(
    words: str, reason: str, nuskha: Nuskha, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RAY_ADDRESS", "RAY_API_SERVER_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    ended = nuskha("submit", *words.format(url=ELSEWHERE).split())
    assert (ended.status, ended.out) == (2, "")
    assert reason in ended.err


def test_every_value_that_a_command_takes_is_known_as_a_place_or_as_none() -> None:
    commands = [get_command(submit)]
    found = set()
    for command in commands:
        commands += getattr(command, "commands", {}).values()
        found |= {parameter.metavar for parameter in command.params if parameter.metavar}
    others = {"NAME=VALUE", "name=X,generic=Y", "N", "SHARE", "URL", "SECONDS", "COLUMN", "ENCODER"}
    others |= {"NAME", "MODEL"}  # a preset; a model of the hub, or a folder that all nodes have
    assert found - PLACES <= others | {"IMAGE,IMAGE,..."}
    assert found >= PLACES
