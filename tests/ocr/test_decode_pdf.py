"""PDF pages: their resolution, their damage, their passwords, and memory that stays flat."""

import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import psutil
import pytest
from made_files import drawn_pdf, encrypted_pdf, marked, pdf_of, saved, scanned_pdf, stream
from PIL import Image

from ocr.decode import open_document
from ocr.document import KEPT_PIXELS, DecodeError
from ocr.engines.base import Picture
from ocr.pdf import LONG_SIDE, LONGEST


def read(data: bytes, page: int = 1) -> Picture:
    document = open_document(data)
    decoded = document.page(page)
    document.close()
    assert decoded.warnings == ()
    assert decoded.picture.dtype == np.uint8
    assert decoded.picture.shape[2] == 3
    return decoded.picture


TEXT = b"BT /F1 24 Tf 72 700 Td (Sample) Tj ET"


def test_a_drawn_page_is_dark_on_white_at_a_readable_size() -> None:
    picture = read(drawn_pdf(content=TEXT))
    assert picture.shape == (LONG_SIDE, 1555, 3)
    assert picture[0, 0].tolist() == [255, 255, 255]
    assert picture[300:500, 150:500].min() < 50


def test_colours_are_in_the_order_red_green_blue() -> None:
    assert read(drawn_pdf(content=b"1 0 0 rg 0 0 595 842 re f"))[100, 100].tolist() == [255, 0, 0]


def test_the_pages_own_rotation_is_applied() -> None:
    picture = read(drawn_pdf(content=b"0 742 100 100 re f", page=b"/Rotate 90"))
    assert picture.shape == (1555, LONG_SIDE, 3)
    assert picture[50:200, -200:-50].max() < 20  # the top left corner has come to the top right


@pytest.mark.parametrize("strips", [1, 5])
@pytest.mark.parametrize("size", [(1240, 1754), (1654, 2340), (2480, 3505)])
def test_a_scan_is_shown_at_its_own_resolution(size: tuple[int, int], strips: int) -> None:
    picture = read(scanned_pdf(marked(*size), (595, 842), strips=strips))
    assert abs(picture.shape[1] - size[0]) <= 3
    assert abs(picture.shape[0] - size[1]) <= 3
    assert picture[:300, :300].mean() < 20


def test_a_scan_with_print_or_ink_over_it_is_shown_no_smaller_than_print() -> None:
    scan = marked(300, 424)
    assert read(scanned_pdf(scan, (595, 842))).shape[0] == 842  # a point is a pixel at the least
    for drawing in (TEXT, b"10 10 m 300 400 l S"):
        assert read(scanned_pdf(scan, (595, 842), content=drawing)).shape[0] == LONG_SIDE
    hidden = b"BT 3 Tr /F1 24 Tf 72 700 Td (Sample) Tj ET"  # a searchable scan's text
    assert read(scanned_pdf(scan, (595, 842), content=hidden)).shape[0] == 842


def test_a_letterheads_sharp_logo_does_not_set_the_resolution() -> None:
    data = scanned_pdf(marked(1200, 400), (90, 30), content=TEXT)
    assert read(data.replace(b"[0 0 90 30]", b"[0 0 595 842]")).shape[0] == LONG_SIDE


@pytest.mark.parametrize(
    ("box", "shape"),
    [
        ("0 0 20 30", (167, 111)),  # a stamp: 400 dpi and no more
        ("0 0 1684 2384", (4967, 3508)),  # A1: 150 dpi and no less
        ("0 0 0.5 0.5", (3, 3)),
        ("100 100 300 500", (2200, 1100)),
    ],
)
def test_resolution_follows_the_paper(box: str, shape: tuple[int, int]) -> None:
    height, width, _ = read(drawn_pdf(box=box)).shape
    assert abs(height - shape[0]) <= 1
    assert abs(width - shape[1]) <= 1


@pytest.mark.parametrize("box", ["0 0 14400 14400", "0 0 1000000 1000000", "0 0 1 500000", "-9e6 0 9e6 10"])
def test_absurd_paper_is_bounded(box: str) -> None:
    picture = open_document(drawn_pdf(box=box)).page(1).picture
    assert picture.shape[0] * picture.shape[1] <= KEPT_PIXELS * 1.01
    assert max(picture.shape) <= LONGEST + 1


@pytest.mark.parametrize("box", ["0 0 0 0", "5 5 5 5", "nonsense"])
def test_paper_of_no_size_is_an_error_or_a_common_size(box: str) -> None:
    document = open_document(drawn_pdf(box=box))
    try:
        assert max(document.page(1).picture.shape) <= LONGEST
    except DecodeError as error:
        assert "size" in str(error)


def test_a_picture_bomb_inside_a_pdf_is_refused() -> None:
    data = scanned_pdf(marked(64, 64), (595, 842)).replace(
        b"/Width 64/Height 64", b"/Width 30000/Height 30000"
    )
    with pytest.raises(DecodeError, match="30000 x 30000"):
        open_document(data).page(1)


def test_what_was_typed_into_a_form_is_drawn() -> None:
    field = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(drug)/V(Sample)/DA(/F1 40 Tf 0 g)/Rect[100 600 500 700]"
    data = pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]/DR<</Font<</F1 5 0 R>>>>>>>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[4 0 R]>>",
            field + b"/F 4/AP<</N 6 0 R>>>>",
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
            stream(
                b"/Tx BMC BT /F1 40 Tf 10 30 Td (Sample) Tj ET EMC",
                b"/Type/XObject/Subtype/Form/BBox[0 0 400 100]/Resources<</Font<</F1 5 0 R>>>>",
            ),
        ]
    )
    assert read(data)[370:640, 260:1310].min() < 50


def test_an_encrypted_pdf_says_that_it_needs_a_password() -> None:
    with pytest.raises(DecodeError, match="needs a password"):
        open_document(encrypted_pdf("secret"))


def test_a_pdf_that_only_its_owner_may_change_is_read() -> None:
    picture = read(encrypted_pdf(""))
    assert picture[-50:, :50].max() < 20
    assert picture[:50, -50:].min() > 235


@pytest.mark.parametrize("keep", [20, 200, 400])
def test_a_pdf_cut_short_is_an_error(keep: int) -> None:
    with pytest.raises(DecodeError, match="PDF is damaged"):
        open_document(drawn_pdf(content=TEXT)[:keep])


def test_a_pdf_without_pages_is_an_error() -> None:
    data = pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"])
    with pytest.raises(DecodeError, match=r"no pages|does not open"):
        open_document(data)


def test_a_broken_page_does_not_touch_its_neighbours() -> None:
    data = drawn_pdf(pages=3, content=TEXT)
    broken = data.replace(b"6 0 obj\n<</Type/Page/Parent", b"6 0 obj\n<</Type/Nage/Perint", 1)
    document = open_document(broken)
    assert document.pages == 3
    assert document.page(1).picture.shape == document.page(3).picture.shape
    with pytest.raises(DecodeError, match="page"):
        document.page(2)


def memory_while_reading(data: bytes) -> list[int]:
    """Bytes that this process holds after each page of a PDF of scans of 900 x 700 pixels."""
    document, process, held = open_document(data), psutil.Process(), []
    for number in range(1, document.pages + 1):
        assert document.page(number).picture.shape == (900, 700, 3)
        held.append(process.memory_info().rss)
    document.close()
    return held


@pytest.mark.slow
def test_three_hundred_pages_in_bounded_memory() -> None:
    scans = [Image.effect_noise((700, 900), 60 + n % 7) for n in range(14)]
    data = saved(scans[0], "PDF", save_all=True, append_images=scans[1:] * 23, resolution=100)
    with ProcessPoolExecutor(1, get_context("spawn")) as alone:
        held = alone.submit(memory_while_reading, data).result()
    assert len(held) == 300
    assert max(held[40:]) - max(held[:40]) < 10 << 20  # the pictures are 570 MB, compressed 94


def test_threads_take_turns() -> None:
    data, shapes = drawn_pdf(pages=6, content=TEXT), []

    def pages() -> None:
        document = open_document(data)
        shapes.extend(document.page(number).picture.shape for number in range(1, 7))
        document.close()

    threads = [threading.Thread(target=pages) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shapes == [(LONG_SIDE, 1555, 3)] * 24
