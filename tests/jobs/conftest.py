"""A Ray and an S3 server on loopback for the session, and jobs on them."""

import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import Ended, Nuskha

from jobs.exits import Exit

FORMULARY = "name,generic,form,strength\nDolo,Paracetamol,tablet,650 mg\nOmez,Omeprazole,capsule,20 mg\n"


@pytest.fixture(scope="session")
def formulary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("formulary") / "formulary.csv"
    file.write_text(FORMULARY)
    return file


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An S3 server on 127.0.0.1, which this process and Ray's workers are pointed to; its address."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        yield settings["AWS_ENDPOINT_URL"]
    server.stop()


@pytest.fixture(scope="session")
def ray_here(s3: str) -> Iterator[None]:
    """One Ray for all tests of the session; jobs find it running and leave it alone."""
    from ray.data import DataContext

    from jobs.cluster import cluster

    with cluster(None, None):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of Ray, about its own defaults
            DataContext.get_current()
        yield


@pytest.fixture
def run_job(ray_here: None, formulary: Path) -> Callable[..., Exit]:
    """Run a job with the fake engine in this process."""
    from jobs.batch import run
    from jobs.ocr_job import OcrRequest, prepare

    def job(inputs: Path | str, output: Path | str, **options: Any) -> Exit:
        settings = {"engine": "fake", "formulary": str(formulary), "max_failures": "0"} | options
        return run(prepare(OcrRequest(inputs=[str(inputs)], output=str(output), **settings)))

    return job


@pytest.fixture
def run_summaries(ray_here: None) -> Callable[..., Exit]:
    """Run a summary job with the fake engine in this process."""
    from jobs.batch import run
    from jobs.summarize_job import SummarizeRequest, prepare

    def job(inputs: Path | str | list[Path], output: Path | str, **options: Any) -> Exit:
        named = [str(each) for each in (inputs if isinstance(inputs, list) else [inputs])]
        settings = {"engine": "fake", "max_failures": "0"} | options
        return run(prepare(SummarizeRequest(inputs=named, output=str(output), **settings)))

    return job


@pytest.fixture
def nuskha(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Nuskha:
    """Runs a command line in this process."""

    from jobs.cli import main

    def run(*words: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["nuskha", *map(str, words)])
        with pytest.raises(SystemExit) as exit_:
            main()
        sys.stdout.flush()
        out, err = capfd.readouterr()
        return Ended(int(exit_.value.code or 0), out, err)

    return run
