"""A server on loopback that passes requests on to an object store, except those that it fails."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_OVERLOADED = b"<Error><Code>ServiceUnavailable</Code><Message>Please try again.</Message></Error>"
_FRAME = {"connection", "transfer-encoding", "content-length", "server", "date"}


class Fault(Enum):
    """What becomes of a request."""

    NONE = "passed on"
    OVERLOADED = "answered by 503"
    CUT = "the connection is closed after half of what was sent"
    UNANSWERED = "passed on, and the connection closed without the answer"


Faults = Callable[[str, str], Fault]
"""Of a method and a path."""


@contextmanager
def faulty_store(store: str, faults: Faults) -> Iterator[str]:
    """The address of the server in front of the one at `store`."""
    host = urlsplit(store).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline()
            if self.raw_requestline and self.parse_request():
                self._answer(faults(self.command, self.path))
            self.close_connection = True

        def _answer(self, fault: Fault) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length // 2 if fault is Fault.CUT else length)
            if fault is Fault.CUT:
                return
            if fault is Fault.OVERLOADED:
                self._send(503, {"Content-Type": "application/xml"}, _OVERLOADED)
                return
            connection = http.client.HTTPConnection(host)
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            content, headers = answer.read(), dict(answer.getheaders())
            connection.close()
            if fault is Fault.NONE:
                self._send(answer.status, headers, content)

        def _send(self, status: int, headers: dict[str, str], content: bytes) -> None:
            length = headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(content))
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in _FRAME:
                    self.send_header(name, value)
            self.send_header("Content-Length", length)
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()
