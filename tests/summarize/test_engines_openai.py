"""The openai engine against a real HTTP server on loopback, one that answers and one that does not."""

import json
import socket
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import numpy as np
import pytest
from chat_server import ChatServer, Reply, asked, chat_server, said
from PIL import Image

from multilingual.unavailable import EngineUnavailable
from ocr.records import Status
from ocr.vision_language.served import pictured
from summarize.attachments import Attachments
from summarize.condense import condense
from summarize.engines import make_engine
from summarize.engines.base import Answer, Engine, Request
from summarize.engines.options import OpenaiOptions
from summarize.queries import read_queries

QUERY = "my secret rash has come back"


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with chat_server() as running:
        yield running


def engine_at(server: ChatServer, **options: str) -> Engine:
    return make_engine("openai", {"base_url": server.address, "backoff_s": "0.01", **options})


def ask(engine: Engine, prompt: str = QUERY) -> Answer:
    (answer,) = engine.summarise([Request(QUERY, prompt, "en", "en")])
    return answer


def test_a_prompt_is_answered(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    engine = engine_at(server, max_new_tokens="50")
    assert (engine.version, engine.longest) == ("tiny", 850)
    server.replies = [Reply(body=said("  A rash came back.\n", read=20, written=6))]
    assert ask(engine, "Condense: rash") == Answer("A rash came back.", 20, 6)
    assert server.requests == [
        {
            "model": "tiny",
            "messages": [{"role": "user", "content": "Condense: rash"}],
            "temperature": 0,
            "max_tokens": 50,
        }
    ]
    assert server.keys == ["Bearer sk-test"]


def test_the_key_is_no_option() -> None:
    assert not [name for name in OpenaiOptions.model_fields if "key" in name]


def test_requests_go_out_together_and_come_back_in_order(server: ChatServer) -> None:
    engine = engine_at(server, concurrency="4")
    server.delay_s = 0.05
    requests = [Request(f"q{n}", f"q{n}", "en", "en") for n in range(12)]
    assert [answer.text for answer in engine.summarise(requests)] == [f"Q{n}" for n in range(12)]
    assert 2 <= server.most_at_once <= 4


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(Reply(429, {"error": {"message": QUERY}}), id="429"),
        pytest.param(Reply(500, b"<html>oops</html>"), id="500"),
        pytest.param(Reply(200, b'{"choices": [{"mess'), id="garbage"),
        pytest.param(Reply(200, {"choices": []}), id="no choice"),
        pytest.param(Reply(200, b"\xff\xfe\x00"), id="no text at all"),
        pytest.param(Reply(200, b"short", headers={"Content-Length": "9999"}), id="broken off"),
    ],
)
def test_what_passes_is_tried_again(server: ChatServer, trouble: Reply) -> None:
    engine = engine_at(server, timeout_s="1")
    server.replies = [trouble, trouble]
    assert ask(engine) == Answer(QUERY.upper(), 11, 3)
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("trouble", "message"),
    [
        (Reply(500, {"error": {"message": QUERY, "code": QUERY}}), "HTTP 500, tried 3 times"),
        (Reply(429, {"error": {"type": "rate_limit_exceeded"}}), "HTTP 429 (rate_limit_exceeded), tried 3"),
        (Reply(200, {"choices": [{"message": {"content": None}}]}), "holds no text, tried 3 times"),
        (Reply(200, QUERY.encode()), "is not that of /chat/completions, tried 3 times"),
    ],
)
def test_what_lasts_is_an_answer_with_its_error(server: ChatServer, trouble: Reply, message: str) -> None:
    engine = engine_at(server, retries="2")
    server.replies = [trouble] * 3
    answer = ask(engine)
    assert answer.text == ""
    assert answer.error and message in answer.error
    assert "rash" not in answer.error
    assert ask(engine).text == QUERY.upper()


def test_what_can_not_pass_is_not_tried_again(server: ChatServer) -> None:
    engine = engine_at(server)
    server.replies = [Reply(400, {"error": {"message": QUERY, "code": "context_length_exceeded"}})]
    assert ask(engine).error == "the server answered HTTP 400 (context_length_exceeded)"
    assert len(server.requests) == 1


def test_a_hanging_server_costs_its_time_and_no_more(server: ChatServer) -> None:
    engine = engine_at(server, timeout_s="0.2", retries="1")
    for slow in (Reply(delay_s=0.6), Reply(drip_s=0.05)):
        server.replies = [slow, slow]
        started = time.monotonic()
        assert ask(engine).error == "the server did not answer within 0.2 s, tried 2 times"
        assert time.monotonic() - started < 2


def test_one_failure_does_not_touch_the_others(server: ChatServer) -> None:
    engine = engine_at(server, concurrency="1")
    server.replies = [Reply(body=said("one")), Reply(400, {}), Reply(body=said("three"))]
    answers = engine.summarise([Request("q", "q", "en", "en")] * 3)
    assert [(answer.text, answer.error is None) for answer in answers] == [
        ("one", True),
        ("", False),
        ("three", True),
    ]


@pytest.mark.parametrize("asked", ["1", lambda: formatdate(time.time() + 2, usegmt=True)])
def test_retry_after_is_heeded(server: ChatServer, asked: object) -> None:
    engine = engine_at(server)
    wanted = asked() if callable(asked) else str(asked)
    server.replies = [Reply(429, {}, headers={"Retry-After": wanted})]
    assert ask(engine).text == QUERY.upper()
    assert 0.9 <= server.times[1] - server.times[0] < 4


def test_a_nonsensical_retry_after_is_not(server: ChatServer) -> None:
    engine = engine_at(server)
    server.replies = [Reply(503, {}, headers={"Retry-After": "soon"})]
    assert ask(engine).text == QUERY.upper()
    assert server.times[1] - server.times[0] < 0.9


def test_pauses_grow(server: ChatServer) -> None:
    engine = engine_at(server, backoff_s="0.1")
    server.replies = [Reply(500, {})] * 3
    ask(engine)
    first, second, third = (
        later - earlier for earlier, later in zip(server.times, server.times[1:], strict=False)
    )
    assert first < second < third


def test_without_a_server_the_engine_is_unavailable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.monotonic()
    with pytest.raises(EngineUnavailable, match=rf"no server answers at http://127\.0\.0\.1:{port}/v1"):
        make_engine("openai", {"base_url": f"http://127.0.0.1:{port}/v1"})
    assert time.monotonic() - started < 5


def test_a_server_that_dies_is_an_error_of_the_row(server: ChatServer) -> None:
    with chat_server() as short_lived:
        engine = make_engine(
            "openai", {"base_url": short_lived.address, "retries": "1", "backoff_s": "0", "timeout_s": "2"}
        )
    assert ask(engine).error == "the connection to the server failed (ConnectError), tried 2 times"


@pytest.mark.parametrize(
    ("models", "options", "message"),
    [
        (Reply(401, {}), {}, "wants a key .*OPENAI_API_KEY"),
        (Reply(body={"data": [{"id": "a"}, {"id": "b"}]}), {}, "a, b; set the option model"),
        (Reply(body={"data": [{"id": "a"}]}), {"model": "b"}, "has no model 'b'; it serves: a"),
        (Reply(404, {}), {}, "none; set the option model"),
        (Reply(200, b"<html>"), {}, "none; set the option model"),
    ],
)
def test_a_server_without_the_model_is_named(
    server: ChatServer, models: Reply, options: dict[str, str], message: str
) -> None:
    server.models = models
    with pytest.raises(EngineUnavailable, match=message):
        engine_at(server, **options)


def test_a_server_that_lists_nothing_is_believed(server: ChatServer) -> None:
    server.models = Reply(404, {})
    engine = engine_at(server, model="any", longest="100")
    assert (engine.version, engine.longest) == ("any", 100)
    assert ask(engine).text == QUERY.upper()


def test_a_model_that_sees_gets_the_photograph_and_tells_what_it_sees(server: ChatServer) -> None:
    engine = engine_at(server, sees="true", pixels="2400")
    assert (engine.name, engine.sees, engine.prompt) == ("openai", True, "see")
    told = '{"image_findings": "Red spots.", "summary": "Rash on the arm?"}'
    server.answer = lambda body: Reply(
        body=said(told if "picture" in asked(body) else '{"summary": "Cough."}')
    )
    photograph = np.full((80, 120, 3), (200, 90, 80), np.uint8)
    requests = [
        Request("haath", "the picture shows", "hi-en", "en", photograph),
        Request("khansi", "a message", "hi-en", "en"),
    ]
    seen, read = engine.summarise(requests)
    assert (seen.text, seen.image_findings) == ("Rash on the arm?", "Red spots.")
    assert (read.text, read.image_findings) == ("Cough.", None)

    (first,) = [body for body in server.requests if "picture" in asked(body)]
    image, text = first["messages"][0]["content"]
    sent = pictured(image["image_url"]["url"])
    assert sent.shape == (40, 60, 3)
    assert np.abs(sent.astype(int) - (200, 90, 80)).max() < 8
    assert text == {"type": "text", "text": "the picture shows"}
    schema = first["response_format"]["json_schema"]["schema"]
    assert list(schema["properties"]) == ["image_findings", "summary"]


def test_a_photograph_is_condensed_through_a_server(server: ChatServer, tmp_path: Path) -> None:
    Image.fromarray(np.full((40, 60, 3), (200, 150, 130), np.uint8)).save(tmp_path / "arm.png")
    file = tmp_path / "q.jsonl"
    file.write_text(json.dumps({"query": "Mere haath par laal daane hain, kya karu?", "image": "arm.png"}))
    server.answer = lambda _: Reply(
        body=said('{"image_findings": "Red rash.", "summary": "What helps a red rash on the hand?"}')
    )
    records = condense(list(read_queries(str(file))), engine_at(server, sees="true"), "en", Attachments())
    (record,) = records
    assert (record.summary, record.image_findings) == ("What helps a red rash on the hand?", "Red rash.")
    assert (record.image_used, record.status, record.flags) == (True, Status.OK, ())
