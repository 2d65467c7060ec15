"""The openai engine against a real HTTP server on loopback: what it is sent, and what goes wrong there."""

import base64
import json
import socket
import time
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import pytest
from chat_server import Body, ChatServer, Reply, chat_server, said

from multilingual.clinical.formulary import load_formulary
from multilingual.clinical.formulary_index import FormularyIndex
from multilingual.unavailable import EngineUnavailable
from ocr.engines import make_engine
from ocr.engines.base import Engine, Picture
from ocr.pages import Page
from ocr.reading import read_pages
from ocr.records import PageRecord, Status
from ocr.units import Unit

DOLO = {"name": "Dolo", "form": "Tab", "strength": "650 mg", "frequency": "1-0-1", "duration": "x 5 days"}
UNSAID = "Secretamycin"


@pytest.fixture(scope="module")
def index() -> FormularyIndex:
    return FormularyIndex(load_formulary())


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with chat_server() as running:
        running.answer = lambda _: Reply(body=answer(DOLO))
        yield running


def told(*medicines: dict[str, str]) -> str:
    return json.dumps({"medications": medicines}, ensure_ascii=False, separators=(",", ":"))


def answer(*medicines: dict[str, str], logprob: float | None = -0.01, why: str = "stop") -> Body:
    """Medicines as a server tells them, a token a character where it tells them."""
    text = told(*medicines)
    tokens = None if logprob is None else [{"token": char, "logprob": logprob} for char in text]
    return said(text, why=why, logprobs=tokens)


def engine_at(server: ChatServer, **options: str) -> Engine:
    return make_engine("openai", {"base_url": server.address, "backoff_s": "0.01", **options})


def written_on(seed: int = 0, shape: tuple[int, int] = (300, 400)) -> Picture:
    """A page with something on it."""
    picture = np.full((*shape, 3), 250, np.uint8)
    picture[40:60, 30 : 100 + seed] = 20
    return picture


def read(
    engine: Engine, index: FormularyIndex, pictures: Sequence[Picture], unit: Unit = Unit.PAGE
) -> list[PageRecord]:
    pages = [
        Page(
            page_id=str(n), source_id="s", source="scan.png", page=n + 1, pages=len(pictures), picture=picture
        )
        for n, picture in enumerate(pictures)
    ]
    return read_pages(pages, engine, index, unit)


def sent_picture(body: Body) -> Picture:
    (url,) = [
        part["image_url"]["url"] for part in body["messages"][0]["content"] if part["type"] == "image_url"
    ]
    data = np.frombuffer(base64.b64decode(url.removeprefix("data:image/jpeg;base64,")), np.uint8)
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[:, :, ::-1]


def test_a_page_is_read(server: ChatServer, index: FormularyIndex) -> None:
    engine = engine_at(server, pixels="30000")
    assert (engine.name, engine.uses_gpu) == ("openai", False)
    assert engine.version.startswith("tiny")
    (record,) = read(engine, index, [written_on()])
    (medication,) = record.medications
    assert (medication.drug, medication.strength, medication.times_per_day) == ("Dolo", "650 mg", 2)
    assert medication.duration_days == 5
    assert medication.score == pytest.approx(np.exp(-0.01), abs=1e-3)
    assert (medication.confidence, medication.needs_review) == (None, False)
    (body,) = server.requests
    picture = sent_picture(body)
    assert picture.shape[:2] == (150, 200)
    assert np.abs(picture[22:28, 20:45].astype(int) - 20).max() < 25
    assert body["response_format"]["type"] == "json_schema"
    assert body["logprobs"] is True
    assert body["temperature"] == 0


def test_a_line_is_read(server: ChatServer, index: FormularyIndex) -> None:
    (record,) = read(engine_at(server), index, [written_on(shape=(70, 400))], Unit.LINE)
    assert [medication.drug for medication in record.medications] == ["Dolo"]
    assert server.requests[0]["max_tokens"] <= 900 // 2


def test_pictures_of_any_size_are_answered_in_their_order(server: ChatServer) -> None:
    def by_size(body: Body) -> Reply:
        height, width = sent_picture(body).shape[:2]
        time.sleep(0.02 if width == 1 else 0)
        return Reply(body=answer({"name": f"Dolo {height} x {width}"}))

    server.answer = by_size
    shapes = [(1, 1), (1, 2000), (2000, 1), (3, 5), (40, 4000), (33, 31)]
    random = np.random.default_rng(0)
    speckled = [random.integers(0, 255, (*shape, 3), dtype=np.uint8) for shape in shapes]
    engine = engine_at(server, concurrency="3")
    for read_as in (engine.read_lines(speckled), [page[0] for page in engine.read(speckled)]):
        assert [fragment.line.text for fragment in read_as] == [f"Dolo {h} x {w}" for h, w in shapes]
    assert engine.read_lines([np.zeros((0, 0, 3), np.uint8)]) == [None]


def test_blank_pages_are_never_asked_about(server: ChatServer, index: FormularyIndex) -> None:
    blank = np.full((300, 400, 3), 255, np.uint8)
    records = read(engine_at(server), index, [blank, written_on(), blank])
    assert [len(record.medications) for record in records] == [0, 1, 0]
    assert len(server.requests) == 1


def test_the_answer_leaves_room_for_the_question(server: ChatServer, index: FormularyIndex) -> None:
    for window, most in ((900, 450), (20_000, 20_000 - 4096), (None, 4096)):
        server.models = Reply(body={"data": [{"id": "tiny", "max_model_len": window}]})
        read(engine_at(server), index, [written_on()])
        assert 400 < server.requests[-1]["max_tokens"] <= most
    read(engine_at(server, max_new_tokens="77"), index, [written_on()])
    assert server.requests[-1]["max_tokens"] == 77


def test_who_tells_no_chances_claims_none(server: ChatServer, index: FormularyIndex) -> None:
    server.answer = lambda _: Reply(body=answer(DOLO, logprob=None))
    (record,) = read(engine_at(server), index, [written_on()])
    (medication,) = record.medications
    assert medication.score <= 0.5
    assert medication.needs_review
    assert record.status is Status.REVIEW


def test_a_server_without_schemas_is_read_all_the_same(server: ChatServer, index: FormularyIndex) -> None:
    server.refuses = frozenset({"response_format"})
    engine = engine_at(server, concurrency="1")
    records = read(engine, index, [written_on(1), written_on(2)])
    assert [record.status for record in records] == [Status.OK, Status.OK]
    assert "response_format" not in server.requests[-1]
    assert read(engine_at(server, constrained="false"), index, [written_on()])[0].status is Status.OK


def test_one_failed_request_is_a_row(server: ChatServer, index: FormularyIndex) -> None:
    server.replies = [
        Reply(body=answer(DOLO)),
        Reply(413, {"error": {"message": UNSAID, "code": "too_large"}}),
    ]
    records = read(engine_at(server, concurrency="1"), index, [written_on(n) for n in range(3)])
    assert [record.status for record in records] == [Status.OK, Status.ERROR, Status.OK]
    assert (records[1].error_stage, records[1].error) == (
        "engine",
        "the server answered HTTP 413 (too_large)",
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"The page says {UNSAID}.", id="prose"),
        pytest.param(f'{{"medications":[{{"name":"{UNSAID}","colour":"red"}}]}}', id="other keys"),
        pytest.param(f'{{"medications":["{UNSAID}"', id="broken off"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_malformed_answer_is_a_row_without_its_words(
    server: ChatServer, index: FormularyIndex, text: str
) -> None:
    server.replies = [Reply(body=said(text))]
    (record,) = read(engine_at(server), index, [written_on()])
    assert (record.status, record.error) == (Status.ERROR, "the model's answer is not the JSON asked for")
    assert not record.medications


def test_a_page_that_makes_the_model_ramble_is_cut_and_marked(
    server: ChatServer, index: FormularyIndex
) -> None:
    whole = told(DOLO, {"name": UNSAID})
    server.replies = [
        Reply(body=said(whole[: whole.index(UNSAID) + 4], why="length")),
        Reply(body=said(whole[:20], why="length")),
    ]
    first, second = read(engine_at(server, concurrency="1"), index, [written_on(1), written_on(2)])
    (medication,) = first.medications
    assert medication.drug == "Dolo"
    assert "the model's answer was cut" in medication.review_reasons
    assert first.status is Status.REVIEW
    assert (second.status, second.error) == (
        Status.ERROR,
        "the model's answer was cut before its first medicine",
    )


def test_a_slow_server_is_an_error_row_in_time(server: ChatServer, index: FormularyIndex) -> None:
    engine = engine_at(server, timeout_s="0.2", retries="1")
    server.delay_s = 0.7
    started = time.monotonic()
    records = read(engine, index, [written_on(1), written_on(2)])
    assert time.monotonic() - started < 3
    assert {record.error for record in records} == {"the server did not answer within 0.2 s, tried 2 times"}


def test_without_a_server_the_start_fails_at_once_and_says_what_to_do() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.monotonic()
    with pytest.raises(EngineUnavailable, match=r"no server answers at .* start one there, or name another"):
        make_engine("openai", {"base_url": f"http://127.0.0.1:{port}/v1"})
    assert time.monotonic() - started < 5


def test_a_server_that_dies_costs_the_pages_it_had(index: FormularyIndex) -> None:
    with chat_server() as short_lived:
        short_lived.answer = lambda _: Reply(body=answer(DOLO))
        engine = engine_at(short_lived, retries="1", timeout_s="2")
        assert read(engine, index, [written_on()])[0].status is Status.OK
    records = read(engine, index, [written_on(1), np.full((300, 400, 3), 255, np.uint8), written_on(2)])
    assert [record.status for record in records] == [Status.ERROR, Status.OK, Status.ERROR]
    assert records[0].error == "the connection to the server failed (ConnectError), tried 2 times"
