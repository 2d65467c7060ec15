"""A real HTTP server on loopback that speaks /models and /chat/completions, and misbehaves as told."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]


def said(
    text: str, read: int = 11, written: int = 3, why: str = "stop", logprobs: Sequence[Body] | None = None
) -> Body:
    """A good answer; `why` it ended, and its tokens where the server tells them."""
    choice: Body = {"message": {"role": "assistant", "content": text}, "finish_reason": why}
    if logprobs is not None:
        choice["logprobs"] = {"content": logprobs}
    return {"choices": [choice], "usage": {"prompt_tokens": read, "completion_tokens": written}}


def asked(body: Body) -> str:
    """The text of what was asked, whether a picture came with it or not."""
    content = body["messages"][0]["content"]
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return str(next(part["text"] for part in parts if part["type"] == "text"))


@dataclass(frozen=True)
class Reply:
    """What is sent: `body` as JSON, or as it is when it is bytes, after `delay_s`; `drip_s` between bytes."""

    status: int = 200
    body: Body | bytes = field(default_factory=lambda: said("fine"))
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    drip_s: float = 0.0


@dataclass
class ChatServer:
    """Sends `replies` in turn, then what `answer` makes of a request; keeps what it was sent.

    A request with a key that it `refuses` is answered with 400. `answer` echoes the prompt in capitals.
    """

    address: str
    replies: list[Reply] = field(default_factory=list)
    models: Reply = Reply(body={"data": [{"id": "tiny", "max_model_len": 900}]})
    answer: Callable[[Body], Reply] = lambda body: Reply(body=said(asked(body).upper()))
    refuses: frozenset[str] = frozenset()
    requests: list[Body] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    most_at_once: int = 0
    delay_s: float = 0.0


@contextmanager
def chat_server() -> Iterator[ChatServer]:
    """A server on a free port, for as long as the block lasts."""
    lock = threading.Lock()
    under_way = 0

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            state.keys.append(self.headers.get("Authorization"))
            self._send(state.models if self.path.endswith("/models") else Reply(404, {}))

        def do_POST(self) -> None:
            nonlocal under_way
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                under_way += 1
                state.most_at_once = max(state.most_at_once, under_way)
                state.requests.append(body)
                state.times.append(time.monotonic())
                if state.refuses & body.keys():
                    reply = Reply(400, {"error": {"message": "what is this?"}})
                else:
                    reply = state.replies.pop(0) if state.replies else state.answer(body)
            time.sleep(state.delay_s)
            try:
                self._send(reply)
            finally:
                with lock:
                    under_way -= 1

        def _send(self, reply: Reply) -> None:
            time.sleep(reply.delay_s)
            content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            try:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                pieces = [content[i : i + 1] for i in range(len(content))] if reply.drip_s else [content]
                for piece in pieces:
                    self.wfile.write(piece)
                    self.wfile.flush()
                    time.sleep(reply.drip_s)
            except OSError:
                self.close_connection = True  # the client gave up, as some tests want

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state = ChatServer(f"http://127.0.0.1:{server.server_port}/v1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
