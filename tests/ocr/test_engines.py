"""Every engine keeps the contract of ocr.engines.base; the real ones read what is there and nothing else."""

import multiprocessing
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from meaningless import meaningless
from PIL import Image, ImageDraw
from scripted_answers import started

from multilingual.unavailable import EngineUnavailable
from ocr.engines import ENGINES, OPTIONS, make_engine
from ocr.engines.base import ANY_HAN, Engine, Picture
from ocr.engines.paddle_weights import WEIGHTS, model_folders
from ocr.fonts import PRINT

TESSERACT_MISSING = shutil.which("tesseract") is None
needs_tesseract = pytest.mark.skipif(TESSERACT_MISSING, reason="the program tesseract is not installed")


def page(*lines: str, size: int = 40, shape: tuple[int, int] = (700, 900)) -> Picture:
    """A printed page."""
    sheet = Image.new("RGB", (shape[1], shape[0]), (250, 250, 245))
    for row, line in enumerate(lines, start=1):
        PRINT.draw(ImageDraw.Draw(sheet), (60, 110 * row), line, size, (30, 30, 60))
    return np.asarray(sheet)


@pytest.fixture(scope="module", params=[pytest.param(name, id=name) for name in ENGINES])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "tesseract" and TESSERACT_MISSING:
        pytest.skip("the program tesseract is not installed")
    return started(request.param)


@pytest.fixture(scope="module")
def paddle() -> Engine:
    return make_engine("paddle")


@pytest.fixture(scope="module")
def nuskha() -> Engine:
    return make_engine("nuskha")


def texts(engine: Engine, pages: Sequence[Picture]) -> list[str]:
    return [" ".join(fragment.line.text for fragment in found) for found in engine.read(pages)]


def test_engine_names_itself(engine: Engine) -> None:
    assert engine.name in ENGINES
    assert engine.version
    assert engine.uses_gpu is False


def test_empty_batch(engine: Engine) -> None:
    assert engine.read([]) == []


def test_blank_pages_give_nothing(engine: Engine) -> None:
    blank = [np.full((400, 300, 3), level, np.uint8) for level in (0, 128, 255)]
    assert engine.read(blank) == [[], [], []]


def test_length_and_order_are_kept(engine: Engine) -> None:
    first, second = page("Tab Dolo 650 twice daily"), page("Capsule Omeprazole 20 mg")
    blank = np.full((300, 200, 3), 255, np.uint8)
    alone = [texts(engine, [one])[0] for one in (first, second)]
    assert alone[0] and alone[1] and alone[0] != alone[1]
    assert texts(engine, [second, blank, first, second]) == [alone[1], "", alone[0], alone[1]]


def test_boxes_lie_on_the_page_clockwise_from_the_top_left(engine: Engine) -> None:
    height, width = 700, 900
    (found,) = engine.read([page("Tab Dolo 650 twice daily", "Syrup Ascoril", shape=(height, width))])
    assert found
    for line in (fragment.line for fragment in found):
        assert 0 <= line.score <= 1
        x0, y0, x1, y1, x2, y2, x3, y3 = line.box
        assert x0 < x1 and x3 < x2 and y0 < y3 and y1 < y2
        assert all(-1 <= x <= width + 1 for x in line.box[0::2])
        assert all(-1 <= y <= height + 1 for y in line.box[1::2])


@pytest.mark.parametrize("shape", [(1, 1), (1, 2000), (2000, 1), (3, 5), (40, 4000), (33, 31)])
def test_odd_sizes_are_read_without_complaint(engine: Engine, shape: tuple[int, int]) -> None:
    speckled = np.random.default_rng(0).integers(0, 255, (*shape, 3), dtype=np.uint8)
    assert len(engine.read([speckled])) == 1


@pytest.mark.parametrize("shape", [(900, 700), (400, 500)])
@pytest.mark.parametrize("reader", ["nuskha", "paddle"])
def test_nothing_is_invented(reader: str, shape: tuple[int, int], request: pytest.FixtureRequest) -> None:
    names, pages = zip(*meaningless(*shape), strict=True)
    read = texts(request.getfixturevalue(reader), pages)
    assert not {name: text for name, text in zip(names, read, strict=True) if text}


@needs_tesseract
def test_tesseract_invents_nothing() -> None:
    names, pages = zip(*meaningless(500, 400), strict=True)
    read = make_engine("tesseract").read(pages)
    assert not {name: lines for name, lines in zip(names, read, strict=True) if lines}


def test_paddle_reads_print_in_its_scripts(paddle: Engine) -> None:
    lines = (
        "Tab Augmentin 625 mg 1-0-1 x 5 days",
        "1 cápsula à noite, não mastigar",
        "阿莫西林胶囊 每日三次",
    )
    read = [fragment.line for fragment in paddle.read([page(*lines)])[0]]
    assert {line.text.replace(" ", "") for line in read} == {line.replace(" ", "") for line in lines}
    assert min(line.score for line in read) > 0.8


def test_nuskha_reads_print_in_every_script(nuskha: Engine) -> None:
    lines = (
        "Tab Augmentin 625 mg 1-0-1 x 5 days",
        "1 cápsula à noite, não mastigar",
        "阿莫西林胶囊 每日三次",
        "खाने के बाद सुबह शाम",
    )
    read = [fragment.line for fragment in nuskha.read([page(*lines)])[0]]
    assert {line.text.replace(" ", "") for line in read} == {line.replace(" ", "") for line in lines}
    assert min(line.score for line in read) > 0.8


def test_the_sign_for_any_chinese_character_never_leaves_the_engine(nuskha: Engine) -> None:
    lines = ("阿莫西林胶囊", "Amoxicillin 胶 0.5 g", "口服 0.5 g tid", "〓 Tab Dolo 〓")
    fragments = nuskha.read([page(*lines)])[0] + nuskha.read_lines([page(*lines)[40:170]])
    said = [text for part in fragments if part for text in (part.line.text, *part.line.alternatives)]
    assert said
    assert not any(ANY_HAN in text for text in said)


def test_paddle_reads_as_paddleocr_does(paddle: Engine) -> None:
    from paddleocr import PaddleOCR

    folders = model_folders()
    pipeline = PaddleOCR(
        text_detection_model_name="PP-OCRv6_small_det",
        text_detection_model_dir=str(folders.detector),
        text_recognition_model_name="PP-OCRv6_small_rec",
        text_recognition_model_dir=str(folders.recogniser),
        use_doc_orientation_classify=False,
        use_doc_unwarping=False,
        use_textline_orientation=False,
        engine="onnxruntime",
    )
    sheet = page("Tab Dolo 650 mg thrice daily", "Syrup Ascoril 5 ml", "Review after 5 days")
    theirs = pipeline.predict(np.ascontiguousarray(sheet[:, :, ::-1]))[0]
    ours = [fragment.line for fragment in paddle.read([sheet])[0]]
    assert sorted(line.text for line in ours) == sorted(theirs["rec_texts"])
    boxes = {line.text: line.box for line in ours}
    for text, polygon in zip(theirs["rec_texts"], theirs["rec_polys"], strict=True):
        assert np.abs(np.array(boxes[text]) - polygon.ravel()).max() <= 3


WITHOUT_A_NETWORK = """
import socket, sys
import numpy as np
from PIL import Image
from ocr.engines import make_engine

def refuse(*_):
    raise AssertionError("a connection was tried")

socket.socket.connect = socket.socket.connect_ex = refuse
(found,) = make_engine("paddle").read([np.asarray(Image.open(sys.argv[1]))])
assert "Dolo" in found[0].line.text
"""


@pytest.mark.slow
def test_paddle_starts_without_a_network_and_without_a_word(tmp_path: Path) -> None:
    """In a process of its own: here a thread may be asking after Ray's head just then."""
    Image.fromarray(page("Tab Dolo 650")).save(tmp_path / "page.png")
    asked = [sys.executable, "-c", WITHOUT_A_NETWORK, str(tmp_path / "page.png")]
    ended = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 - our own code
    assert (ended.stdout, ended.stderr, ended.returncode) == ("", "", 0)


def _unpack(folder: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", folder)
        return str(model_folders())


def test_many_processes_unpack_the_weights_at_once(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        folders = set(pool.map(_unpack, [str(tmp_path)] * 3, chunksize=1))
    assert len(folders) == 1
    unpacked = sorted(tmp_path.rglob("inference.*"))
    assert len(unpacked) == 4
    assert not list(tmp_path.rglob(".unpacking-*"))


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "occupied").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "occupied"))
    with pytest.raises(EngineUnavailable, match="XDG_CACHE_HOME"):
        make_engine("paddle")


def test_nuskha_takes_other_weights_and_names_them_in_its_version(nuskha: Engine, paddle: Engine) -> None:
    original = make_engine("nuskha", {"weights": str(model_folders().recogniser / WEIGHTS)})
    sheet = page("Tab Dolo 650 twice daily")
    assert texts(original, [sheet]) == texts(paddle, [sheet])
    assert original.version != nuskha.version


def test_weights_that_are_none_are_named(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("no model")
    for file in (tmp_path / "text.onnx", tmp_path / "missing.onnx"):
        with pytest.raises(EngineUnavailable, match=rf"{file.name} is not a recogniser"):
            make_engine("nuskha", {"weights": str(file)})


@needs_tesseract
def test_tesseract_reads_devanagari() -> None:
    (read,) = texts(make_engine("tesseract"), [page("खाने के बाद सुबह शाम", "Tab Norflox 400 mg")])
    assert "खाने के बाद सुबह शाम" in read
    assert "Norflox 400" in read


@needs_tesseract
def test_tesseract_stops_in_time() -> None:
    hurried = make_engine("tesseract", {"timeout_s": "0.01"})
    with pytest.raises(TimeoutError, match=r"0\.01 s"):
        hurried.read([page("Tab Dolo 650")])


@needs_tesseract
def test_tesseract_without_the_language_says_what_it_has() -> None:
    with pytest.raises(EngineUnavailable, match=r"installed: .*eng"):
        make_engine("tesseract", {"languages": "xyz"})


def test_a_missing_program_names_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(EngineUnavailable, match="apt install tesseract-ocr"):
        make_engine("tesseract")


def test_fake_depends_on_the_content_alone() -> None:
    sheet = page("anything")
    assert make_engine("fake").read([sheet]) == make_engine("fake").read([sheet.copy()])
    assert make_engine("fake").read([sheet]) != make_engine("fake").read([page("something else", "again")])


def test_fake_delays() -> None:
    started = time.perf_counter()
    make_engine("fake", {"delay_ms": "40"}).read([page("one"), page("two")])
    assert time.perf_counter() - started >= 0.08


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("abacus", {}, "known: both, nuskha, paddle, tesseract, vlm, openai, vllm, fake"),
        ("fake", {"speed": "1"}, "it has: delay_ms"),
        ("paddle", {"threads": "many"}, "threads='many'"),
        ("paddle", {"threads": "-1"}, "greater than or equal to 0"),
        ("tesseract", {"kind": "fake"}, "it has: languages, timeout_s"),
    ],
)
def test_what_is_unknown_lists_what_is_known(name: str, options: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_engine(name, options)


def test_each_kind_of_options_is_that_of_its_engine() -> None:
    kinds = {name: options.model_fields["kind"].default for name, options in OPTIONS.items()}
    assert kinds == {name: name for name in [*ENGINES, "vllm"]}


def test_vllm_is_refused_where_it_cannot_run() -> None:
    with pytest.raises(EngineUnavailable, match="in nuskha batch ocr only"):
        make_engine("vllm", {"model": "a/b"})
