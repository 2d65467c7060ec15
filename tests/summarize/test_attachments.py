"""Images of queries: where they are, documents and photographs, and what keeps an image from being used."""

import os
from pathlib import Path

import fsspec
import numpy as np
import pytest
from PIL import Image
from scripted import Reader

from multilingual.unavailable import EngineUnavailable
from ocr.engines import make_engine
from ocr.engines.base import Engine
from summarize.attachments import Attachments, locate

SAMPLES = Path(__file__).parents[2] / "samples"
PHOTOGRAPHS = (
    Path(os.environ.get("NUSKHA_DATA", Path(__file__).parents[3] / "shared" / "data")) / "queries" / "images"
)
LINES = ["Dr. Udaharan Clinic", "Tab Dolo 650 1-0-1 x 5 days", "Cap Omez 20 mg OD"]


@pytest.fixture
def photograph(tmp_path: Path) -> str:
    file = tmp_path / "rash.png"
    Image.fromarray(np.full((40, 60, 3), (200, 150, 130), np.uint8)).save(file)
    return str(file)


@pytest.mark.parametrize(
    ("image", "source", "path"),
    [
        ("a/b.jpg", "/data/q.jsonl", "/data/a/b.jpg"),
        ("/a/b.jpg", "/data/q.jsonl", "/a/b.jpg"),
        ("b.jpg", "q.jsonl", "b.jpg"),
        ("b.jpg", "", "b.jpg"),
        ("../b.jpg", "s3://bucket/in/q.jsonl", "s3://bucket/b.jpg"),
        ("s3://other/b.jpg", "/data/q.jsonl", "s3://other/b.jpg"),
    ],
)
def test_where_an_image_is(image: str, source: str, path: str) -> None:
    assert locate(image, source) == path


def test_a_document_is_read_and_a_photograph_shown(photograph: str) -> None:
    read = Attachments(lambda: Reader(LINES)).open(photograph, "")
    assert (
        read.text == "Attached document: Dr. Udaharan Clinic; Tab Dolo 650 1-0-1 x 5 days; Cap Omez 20 mg OD."
    )
    assert read.picture is None and not read.flags
    shown = Attachments(lambda: Reader(["IMG 2024", "SHOT ON PHONE"])).open(photograph, "")
    assert shown.text is None and shown.picture is not None and shown.picture.shape == (40, 60, 3)
    assert Attachments(lambda: Reader(LINES, score=0.3)).open(photograph, "").text is None


def test_a_long_document_loses_its_middle_and_says_so(photograph: str) -> None:
    lines = [f"line number {number} of the report" for number in range(200)]
    attached = Attachments(lambda: Reader(lines)).open(photograph, "")
    assert attached.text is not None and attached.flags == ("image_shortened",)
    assert (
        "number 0 " in attached.text and "number 199 " in attached.text and "number 100 " not in attached.text
    )


def test_the_reader_is_made_once_and_only_when_needed(photograph: str, tmp_path: Path) -> None:
    made: list[Reader] = []

    def make() -> Engine:
        made.append(Reader(LINES))
        return made[-1]

    attachments = Attachments(make)
    assert attachments.open("none.jpg", str(tmp_path / "q.csv")).flags == ("image_missing",)
    assert not made
    attachments.open(photograph, "")
    attachments.open("rash.png", str(tmp_path / "q.csv"))
    assert len(made) == 1 and made[0].pictures == 2


def test_a_reader_that_cannot_start_is_a_flag(photograph: str) -> None:
    def make() -> Engine:
        raise EngineUnavailable("the package is missing")

    flags = Attachments(make).open(photograph, "").flags
    assert flags == ("image_broken: its text cannot be read: the package is missing",)


def test_a_reader_that_fails_is_a_flag(photograph: str) -> None:
    class Failing(Reader):
        def read(self, pages: object) -> list[list[object]]:  # type: ignore[override]
            raise RuntimeError("the text of a patient")

    assert Attachments(lambda: Failing([])).open(photograph, "").flags == ("image_broken: RuntimeError",)


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff broken", b"plain text"])
def test_broken_images(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.jpg").write_bytes(data)
    attached = Attachments(lambda: Reader(LINES)).open(str(tmp_path / "a.jpg"), "")
    (flag,) = attached.flags
    assert flag.startswith("image_broken: ") and attached.picture is attached.text is None
    assert Attachments(lambda: Reader([])).open(str(tmp_path), "").flags == (
        "image_broken: a folder, not a file",
    )


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/a.jpg", "simplecache::memory://a", "data:image/png;base64,AA"]
)
def test_addresses_of_the_web_are_not_fetched(address: str) -> None:
    (flag,) = Attachments(lambda: Reader([])).open(address, "").flags
    assert flag == "image_missing: addresses of the web are not fetched"


def test_images_beside_a_remote_file(photograph: str) -> None:
    with fsspec.open("memory://inbox/pictures/a.png", "wb") as file:
        file.write(Path(photograph).read_bytes())
    attachments = Attachments(lambda: Reader(LINES))
    assert attachments.open("pictures/a.png", "memory://inbox/q.jsonl").text
    assert attachments.open("pictures/b.png", "memory://inbox/q.jsonl").flags == ("image_missing",)


def test_drawn_prescriptions_are_documents_and_clinical_photographs_are_none() -> None:
    attachments = Attachments(lambda: make_engine("paddle", {"threads": "1"}))
    read = attachments.open(str(SAMPLES / "8-two-pages.pdf"), "")
    assert read.text is not None and "Calpol" in read.text and "Zinconia" in read.text
    if not PHOTOGRAPHS.is_dir():
        pytest.skip("the clinical photographs are not here")
    for file in sorted(PHOTOGRAPHS.rglob("*.jpg"))[::5]:
        assert attachments.open(str(file), "").picture is not None
