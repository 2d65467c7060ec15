"""From a source to pages: ids, errors as pages, pages already done, warnings."""

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from made_files import drawn_pdf, encrypted_pdf, marked, png, png_header, saved, zipped
from PIL import Image

from ocr import pages as pages_module
from ocr.document import Decoded
from ocr.pages import Page, open_pages, page_id
from ocr.sources import Source, find_sources


def source_of(path: Path, data: bytes) -> Source:
    path.write_bytes(data)
    (source,) = find_sources([str(path)])
    return source


def pages_of(path: Path, data: bytes) -> list[Page]:
    return list(open_pages(source_of(path, data)))


def tiff(*levels: int) -> bytes:
    first, *others = [Image.new("L", (50, 70), level) for level in levels]
    return saved(first, "TIFF", save_all=True, append_images=others)


def test_a_photograph_is_one_page(tmp_path: Path) -> None:
    (page,) = pages_of(tmp_path / "a.jpg", png("red", (40, 30)))
    assert page.picture is not None
    assert page.picture.shape == (30, 40, 3)
    assert (page.page, page.pages, page.error, page.error_stage, page.warnings) == (1, 1, None, None, ())
    assert page.source == str(tmp_path / "a.jpg")
    assert page.document_id is not None
    assert len(page.document_id) == 64
    assert page.page_id == page_id(page.source_id, 1)


def test_ids_depend_on_source_and_page_alone() -> None:
    assert page_id("a", 1) == page_id("a", 1)
    ids = {page_id(source, page) for source in ("a", "b") for page in (None, 1, 2, 11)}
    assert len(ids) == 8
    assert all(len(found) == 32 and int(found, 16) for found in ids)


def test_the_same_bytes_under_two_names_are_one_document_and_two_pages(tmp_path: Path) -> None:
    (first,), (second,) = (pages_of(tmp_path / name, png()) for name in ("a.png", "b.png"))
    assert first.document_id == second.document_id
    assert first.page_id != second.page_id


def test_pages_already_done_are_neither_rendered_nor_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = source_of(tmp_path / "a.tif", tiff(10, 20, 30, 40))
    done = {page_id(source.source_id, number) for number in (1, 3)}
    turned: list[Decoded] = []
    monkeypatch.setattr(pages_module, "upright", lambda picture: turned.append(picture) or picture)
    found = list(open_pages(source, done))
    assert [(page.page, page.pages) for page in found] == [(2, 4), (4, 4)]
    assert [picture[0, 0, 0] for picture in turned] == [20, 40]
    everything = {page_id(source.source_id, number) for number in range(1, 5)}
    assert list(open_pages(source, everything)) == []


def test_an_error_already_reported_is_not_reported_again(tmp_path: Path) -> None:
    source = source_of(tmp_path / "a.jpg", b"just text")
    (page,) = open_pages(source)
    assert list(open_pages(source, {page.page_id})) == []


def test_pages_come_one_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    turned: list[int] = []
    monkeypatch.setattr(pages_module, "upright", lambda picture: turned.append(1) or picture)
    pages = open_pages(source_of(tmp_path / "a.pdf", drawn_pdf(pages=5, box="0 0 50 50")))
    assert next(pages).page == 1
    assert len(turned) == 1


@pytest.mark.parametrize(
    ("name", "data", "stage", "words"),
    [
        ("zero.jpg", b"", "decode", "0 bytes"),
        ("text.jpg", b"Tab. Sample 1-0-1", "decode", "plain text"),
        ("bomb.png", png_header(30_000, 30_000), "decode", "limit of 128 million"),
        ("locked.pdf", encrypted_pdf("secret"), "decode", "password"),
        ("corrupt.pdf", b"%PDF-1.7\ngarbage", "decode", "damaged"),
        ("evil.zip", zipped({"../../x.png": png()}), "read", "leads out of the archive"),
        ("nested.zip", zipped({"inner.zip": zipped({"a.png": png()})}), "decode", "zip archive"),
        ("cut.zip", zipped({"a.png": png()})[:40], "read", "damaged"),
    ],
)
def test_bad_input_is_one_page_with_a_reason(
    tmp_path: Path, name: str, data: bytes, stage: str, words: str
) -> None:
    (page,) = pages_of(tmp_path / name, data)
    assert page.error_stage == stage
    assert words in (page.error or "")
    assert page.picture is None
    assert (page.page, page.pages) == (None, None)
    assert page.page_id == page_id(page.source_id, None)
    assert (page.document_id is None) == (stage == "read")


def test_a_file_gone_since_the_listing_is_a_page_with_a_reason(tmp_path: Path) -> None:
    source = source_of(tmp_path / "a.png", png())
    (tmp_path / "a.png").unlink()
    (page,) = open_pages(source)
    assert (page.error_stage, page.document_id) == ("read", None)
    assert "no such file" in (page.error or "")


def test_a_broken_page_keeps_its_number_and_its_neighbours(tmp_path: Path) -> None:
    data = drawn_pdf(pages=3, box="0 0 50 50")
    data = data.replace(b"6 0 obj\n<</Type/Page/Parent", b"6 0 obj\n<</Type/Nage/Perint", 1)
    first, second, third = pages_of(tmp_path / "a.pdf", data)
    assert first.picture is not None
    assert third.picture is not None
    assert (second.page, second.pages, second.error_stage) == (2, 3, "decode")
    assert second.picture is None


def test_a_picture_cut_short_comes_with_a_warning(tmp_path: Path) -> None:
    data = saved(Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 90), np.uint8)), "JPEG")
    (page,) = pages_of(tmp_path / "a.jpg", data[: len(data) // 2])
    assert page.picture is not None
    assert page.warnings


def test_good_pages_beside_the_bad_come_out(tmp_path: Path) -> None:
    for name, data in {"a.png": png(), "b.jpg": b"text", "c.tif": tiff(1, 2), "d.pdf": b"%PDF-"}.items():
        (tmp_path / name).write_bytes(data)
    found = [page for source in find_sources([str(tmp_path)]) for page in open_pages(source)]
    assert [(Path(page.source).name, page.page) for page in found] == [
        ("a.png", 1),
        ("b.jpg", None),
        ("c.tif", 1),
        ("c.tif", 2),
        ("d.pdf", None),
    ]


def test_nothing_is_said_on_the_terminal_about_damaged_files(tmp_path: Path) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 90, 3), np.uint8).astype(np.uint8))
    for number, (kind, options) in enumerate(
        [("JPEG", {}), ("TIFF", {"compression": "tiff_lzw"}), ("TIFF", {"compression": "jpeg"}), ("PNG", {})]
    ):
        data = bytearray(saved(noise, kind, **options))
        data[len(data) // 2 : len(data) // 2 + 200] = b"\xff" * 200
        (tmp_path / f"{number}.bin").write_bytes(data)
    code = (
        "import sys; from ocr.pages import open_pages; from ocr.sources import find_sources\n"
        "print(sum(1 for source in find_sources(sys.argv[1:]) for page in open_pages(source)))"
    )
    run = subprocess.run(  # noqa: S603 - this interpreter, on files made above
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert (run.stdout, run.stderr) == ("4\n", "")


def test_warnings_of_libraries_do_not_leak(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 1
    data = saved(marked(), "JPEG", exif=exif.tobytes()[:-2])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (page,) = pages_of(tmp_path / "a.jpg", data)
    assert page.error is None


def test_a_document_is_read_from_memory_once(tmp_path: Path) -> None:
    source = source_of(tmp_path / "a.tif", tiff(1, 2, 3))
    pages = open_pages(source)
    next(pages)
    (tmp_path / "a.tif").unlink()
    assert [page.page for page in pages] == [2, 3]
