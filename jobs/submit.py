"""Jobs on a cluster, over the address of its dashboard: submit them, follow them, stop them.

The code travels with the job as Ray's working_dir, what it depends on does not, unless pip is asked to bring
it. Ray is imported at the first contact, after its token authentication was switched on.
"""

import asyncio
import logging
import os
import re
import secrets
import shlex
import socket
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from jobs.exits import CannotStart, Exit, Stopped

if TYPE_CHECKING:
    from ray.job_submission import JobDetails, JobSubmissionClient

ENTRYPOINT = ("python", "-m", "jobs.cli")
_ROOT = Path(__file__).resolve().parent.parent
_TRAVELS = ("jobs", "eval", "summarize", "ocr", "multilingual", "pyproject.toml", "constraints.txt")
_RETRY_S = 1.0
_SILENCE_S = 60.0  # after which the connection is made anew: a head that vanished does not close it
_SERVER_ERROR = re.compile(r"status code 5\d\d: (?P<said>.*)", re.DOTALL)
_NEVER_BEGAN = {
    "RUNTIME_ENV_SETUP_FAILURE",
    "JOB_SUPERVISOR_ACTOR_START_TIMEOUT",
    "JOB_SUPERVISOR_ACTOR_START_FAILURE",
    "JOB_SUPERVISOR_ACTOR_UNSCHEDULABLE",
    "JOB_ENTRYPOINT_COMMAND_START_ERROR",
}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a cluster: its address, and Ray's client for it.

    Every method raises CannotStart where nothing answers, the token is refused or there is no such job.
    """

    url: str
    client: "JobSubmissionClient"
    patience_s: float  # how long to go on trying

    def submit(self, words: Sequence[str], *, pip: bool) -> str:
        """Have the cluster run this command line of nuskha; the id of the job."""
        job = "-".join([*takewhile(str.isalpha, words), secrets.token_hex(4)])  # as in batch-ocr-0f3d2c1b

        def post() -> str:
            with _code() as code:
                environment: dict[str, Any] = {"working_dir": code, **(_packages() if pip else {})}
                try:
                    return self.client.submit_job(
                        entrypoint=shlex.join([*ENTRYPOINT, *words]),
                        submission_id=job,
                        runtime_env=environment,
                    )
                except RuntimeError as error:
                    if f"{job} already exists" in str(error):  # an earlier try came through after all
                        return job
                    raise

        return _patiently(post, self.url, self.patience_s)

    def job(self, job: str) -> "JobDetails":
        """What Ray knows of it."""
        return _patiently(lambda: self.client.get_job_info(job), self.url, self.patience_s)

    def jobs(self) -> list["JobDetails"]:
        """All that were submitted, the latest last."""
        found = _patiently(self.client.list_jobs, self.url, self.patience_s)
        return sorted((job for job in found if job.submission_id), key=lambda job: job.start_time or 0)

    def logs(self, job: str) -> str:
        """All that it said until now."""
        return _patiently(lambda: self.client.get_job_logs(job), self.url, self.patience_s)

    def stop(self, job: str) -> str:
        """Stop it, wait until it is over and say how it ended: STOPPED, or as it had ended before."""
        _patiently(lambda: self.client.stop_job(job), self.url, self.patience_s)
        while not (status := self.job(job).status).is_terminal():
            time.sleep(_RETRY_S)
        return str(status)

    def follow(self, job: str) -> int:
        """Print what the job says until it is over; its exit status.

        Raises Stopped when it was stopped or died, CannotStart when it never began. When the connection
        breaks it is taken up again, where it broke.
        """
        said = 0
        try:
            while True:
                said = asyncio.run(self._print_after(said, job))
                if (ended := self.job(job)).status.is_terminal():
                    return _exit_status(ended)
                time.sleep(_RETRY_S)
        except KeyboardInterrupt:
            raise Stopped(
                f"{job} goes on without this command; nuskha jobs logs --follow {job} shows it, "
                f"nuskha jobs stop {job} stops it"
            ) from None
        except CannotStart as error:
            raise Stopped(f"lost sight of {job}, which may go on: {error}") from None

    async def _print_after(self, said: int, job: str) -> int:
        """Print what the job says after the first `said` characters; how many there were in all."""
        from aiohttp import ClientError

        at = 0
        texts = self.client.tail_job_logs(job)
        try:
            while (text := await asyncio.wait_for(anext(texts, None), _SILENCE_S)) is not None:
                print(text[max(0, said - at) :], end="", flush=True)
                at += len(text)
        except (ClientError, OSError, RuntimeError):
            pass  # broken or silent; whoever asks for the job's state next learns whether the head is gone
        return max(at, said)


def connect(address: str, patience_s: float = 0.0) -> Head:
    """The head whose dashboard answers at http://HOST:PORT within that time. Raises CannotStart."""
    if urlsplit(address).scheme not in ("http", "https"):
        raise CannotStart(f"{address} is not the address of a dashboard; it looks like http://HOST:8265")
    os.environ.setdefault("RAY_AUTH_MODE", "token")  # before Ray is imported, which reads it once
    os.environ["RAY_API_SERVER_ADDRESS"] = address  # which Ray heeds before the address it is called with
    from ray.job_submission import JobSubmissionClient

    for handler in logging.getLogger("ray").handlers:
        handler.setLevel(logging.ERROR)  # what is uploaded, and from where, is of no interest
    client = _patiently(lambda: JobSubmissionClient(address), address, patience_s)
    return Head(address, client, patience_s)


def is_here(url: str) -> bool:
    """Whether the host of an address is this machine."""
    try:
        found = socket.getaddrinfo(urlsplit(url).hostname, 0, type=socket.SOCK_STREAM)
        for family, *_, place in found:
            with socket.socket(family) as own:
                own.bind(place)  # which the system allows to its own addresses only
    except OSError:
        return False
    return True


def _patiently(action: Callable[[], T], url: str, patience_s: float) -> T:
    """Do what may fail while a head starts, again and again for that time. Raises CannotStart."""
    from ray.exceptions import AuthenticationError

    end = time.monotonic() + patience_s
    waiting = False
    while True:
        try:
            return action()
        except AuthenticationError as error:
            raise CannotStart(f"Ray at {url} refused: {_token_advice(str(error))}") from None
        except RuntimeError as error:
            server_error = _SERVER_ERROR.search(str(error))
            if not server_error:
                raise CannotStart(f"Ray at {url} refused: {_last_line(str(error))}") from None
            reason = _last_line(server_error["said"])
        except ValueError:  # not JSON
            raise CannotStart(f"what answers at {url} is not a Ray dashboard") from None
        except OSError:
            reason = "nothing answers"
        if time.monotonic() >= end:
            raise CannotStart(f"Ray at {url} cannot be had: {reason}")
        if not waiting:
            print(f"waiting for Ray at {url}: {reason}", file=sys.stderr)
            waiting = True
        time.sleep(_RETRY_S)


def _token_advice(error: str) -> str:
    told = "the token is wrong" if "invalid" in error.lower() else "it wants a token and none was found"
    return f"{told}; set RAY_AUTH_TOKEN, or RAY_AUTH_TOKEN_PATH to a file that holds it"


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1] if text.strip() else "no reason given"


@contextmanager
def _code() -> Iterator[str]:
    """A folder of links to what travels, and to nothing else that may lie beside it."""
    with tempfile.TemporaryDirectory(prefix="nuskha-") as folder:
        for name in _TRAVELS:
            if (_ROOT / name).exists():
                Path(folder, name).symlink_to(_ROOT / name)
        yield folder


def _packages() -> Mapping[str, Any]:
    """Have Ray install what the code depends on, in the versions of the constraints that travel with it."""
    if not (_ROOT / "constraints.txt").is_file():
        raise CannotStart(f"--pip needs constraints.txt, which is not in {_ROOT}; run it from a clone")
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    constraints = "--constraint ${RAY_RUNTIME_ENV_CREATE_WORKING_DIR}/constraints.txt"
    return {"pip": [*project["dependencies"], constraints]}


def _exit_status(job: "JobDetails") -> int:
    if job.driver_exit_code is not None:  # of a process killed by a signal it is negative
        return job.driver_exit_code if job.driver_exit_code >= 0 else 128 - job.driver_exit_code
    if job.status == "SUCCEEDED":
        return Exit.OK
    reason = f": {_last_line(job.message)}" if job.message and job.status == "FAILED" else ""
    if job.error_type in _NEVER_BEGAN:
        raise CannotStart(f"{job.submission_id} did not begin{reason}")
    raise Stopped(f"{job.submission_id} {'was stopped' if job.status == 'STOPPED' else 'failed'}{reason}")
