"""What a chat server is asked for beyond a text, against a real HTTP server on loopback."""

import json
import math
from collections.abc import Iterator

import pytest
from chat_server import Body, Reply, chat_server, said
from chat_server import ChatServer as Loopback

from multilingual.language_models.chat_replies import Reply as Answer
from multilingual.language_models.chat_replies import along
from multilingual.language_models.chat_server import ChatServer
from multilingual.language_models.server_options import ServerOptions

SCHEMA = '{"type": "object", "properties": {"name": {"type": "string"}}}'
QUESTION = [{"role": "user", "content": "which?"}]
TEXT = '{"name":"Dolo"}'


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    with chat_server() as running:
        yield running


def options(loopback: Loopback, concurrency: int = 4) -> ServerOptions:
    return ServerOptions(
        base_url=loopback.address, concurrency=concurrency, timeout_s=2, retries=1, backoff_s=0
    )


def told(token: str, logprob: float = -0.5, spelling: list[int] | None = None) -> Body:
    return {"token": token, "logprob": logprob, "bytes": spelling}


def ask(server: ChatServer, times: int = 1) -> list[Answer]:
    return server.ask_all([QUESTION] * times, 50, SCHEMA, chances=True)


def test_schema_and_chances_are_asked_for_and_understood(loopback: Loopback) -> None:
    server = ChatServer(options(loopback))
    assert (server.model, server.window) == ("tiny", 900)
    pieces = ['{"', 'name":"', "Dolo", '"}']
    loopback.replies = [
        Reply(body=said(TEXT, logprobs=[*map(told, pieces), told("<|end|>")], why="length")),
        Reply(body=said(TEXT, logprobs=[told("something"), told(" else")])),
        Reply(body=said(TEXT, logprobs=[{"token": TEXT}])),
    ]
    chance = math.exp(-0.5)
    assert ask(server) == [Answer(TEXT, 11, 3, True, tuple((piece, chance) for piece in pieces))]
    assert [answer.chances for answer in (*ask(server), *ask(server))] == [(), ()]
    assert loopback.requests[0] == {
        "model": "tiny",
        "messages": QUESTION,
        "temperature": 0,
        "max_tokens": 50,
        "logprobs": True,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": json.loads(SCHEMA)},
        },
    }


@pytest.mark.parametrize(
    ("refused", "sent"),
    [({"response_format"}, {"logprobs"}), ({"logprobs"}, {"response_format"}), (None, set())],
)
def test_what_a_server_refuses_is_left_out_from_then_on(
    loopback: Loopback, refused: set[str] | None, sent: set[str]
) -> None:
    server = ChatServer(options(loopback, concurrency=1))
    loopback.refuses = frozenset(refused or {"response_format", "logprobs"})
    assert {answer.text for answer in ask(server, 3)} == {"WHICH?"}
    extras = [body.keys() & {"response_format", "logprobs"} for body in loopback.requests]
    assert extras[-3:] == [sent] * 3
    assert sent not in extras[:-3]
    assert server.ask(QUESTION, 50).text == "WHICH?"


def test_a_question_refused_for_itself_is_not_the_schemas_fault(loopback: Loopback) -> None:
    server = ChatServer(options(loopback))
    bad = Reply(400, {"error": {"code": "invalid_image"}})
    loopback.replies = [bad] * 4
    assert [answer.error for answer in ask(server)] == ["the server answered HTTP 400 (invalid_image)"]
    assert ask(server)[0].text == "WHICH?"
    assert loopback.requests[-1].keys() >= {"response_format", "logprobs"}
    loopback.replies = [bad]
    assert ask(server)[0].error
    assert len(loopback.requests) == 6


@pytest.mark.parametrize(
    ("tokens", "text", "laid"),
    [
        ([], "Dolo", ()),
        (["Do", "lo"], "", ()),
        (["", "Do", "lo", "<eos>"], "Dolo", ("", "Do", "lo")),
        (["Do"], "Dolo", ()),
        (["Do", "la"], "Dolo", ()),
        (["1 ", "\ufffd", "\ufffd", "ोली", "!"], "1 गोली!", ("1 ", "", "ग", "ोली", "!")),
        (["द", "\ufffd", "\ufffd\ufffd", '"}'], 'दवा"}', ("द", "", "वा", '"}')),
        (["द", "\ufffd", "\ufffd"], "दव", ("द", "", "व")),
        (["\ufffd", "\ufffd", "x"], "दव", ()),
        (["a", "\ufffd", "b"], "a\ufffdb", ("a", "\ufffd", "b")),
    ],
)
def test_tokens_are_laid_along_the_text(tokens: list[str], text: str, laid: tuple[str, ...]) -> None:
    assert tuple(piece for piece, _ in along([(token, 0.5) for token in tokens], text)) == laid


def test_halves_of_characters_are_known_by_their_bytes(loopback: Loopback) -> None:
    server = ChatServer(options(loopback))
    first, second = list("क".encode())[:2], list("क".encode())[2:]
    tokens = [told("bytes:\\xe0\\xa4", spelling=first), told("bytes:\\x95", spelling=second), told("!")]
    loopback.replies = [Reply(body=said("क!", logprobs=tokens))]
    assert [piece for piece, _ in ask(server)[0].chances] == ["", "क", "!"]
