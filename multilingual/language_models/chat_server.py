"""A model behind an OpenAI-compatible server (vLLM's, llama.cpp's, a company's gateway): /chat/completions.

What fails for a while (no connection, 429, 500 and the like, half a response) is tried again, each time after
a longer pause, or after the pause that the server asks for. What not every server knows (a schema of the
answer, the chances of its tokens) is left out for one that refuses it. Error messages are this module's own:
a server's may quote the patient.
"""

import json
import os
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx2

from multilingual.language_models.chat_replies import Reply, Response, asked_pause, read_reply, whole
from multilingual.language_models.server_options import KEY, ServerOptions
from multilingual.unavailable import EngineUnavailable

_PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_NOT_UNDERSTOOD = frozenset({400, 422})
_CHANCES = "logprobs"
_LONGEST_PAUSE_S = 60.0
_START_TIMEOUT_S = 5.0
_LARGEST_RESPONSE = (
    16_000_000  # bytes; an answer has a few hundred, and as many again for each token's chance
)

Message = Mapping[str, Any]
"""A turn as the protocol has it: role and content, the content a text or a list of parts."""


class ChatServer:
    """A server and the model that is asked there, at temperature 0.

    `model` is its name there; `window` its context in tokens, None where the server doesn't tell (vLLM does).
    Raises EngineUnavailable where no server answers, or one without the model asked for.
    """

    def __init__(self, options: ServerOptions) -> None:
        self._options = options
        served = self._served()
        self.model = _chosen(options, list(served))
        self.window = served.get(self.model)
        self._understood: frozenset[str] = frozenset()  # extras that came with a question that was answered
        self._refused: frozenset[str] = frozenset()

    def ask(self, messages: Sequence[Message], max_tokens: int, response_schema: str | None = None) -> Reply:
        """One reply of at most `max_tokens`; see `ask_all`."""
        return self.ask_all([messages], max_tokens, response_schema)[0]

    def ask_all(
        self,
        asked: Sequence[Sequence[Message]],
        max_tokens: int,
        response_schema: str | None = None,
        *,
        chances: bool = False,
    ) -> list[Reply]:
        """A reply to each of these conversations, in order; one that fails is a reply with its `error`.

        `response_schema` is a JSON schema that replies are asked to obey, `chances` asks for those of their
        tokens. A server that refuses either is asked without it from then on.
        """
        if not asked:
            return []
        extras = _extras(response_schema, chances=chances)
        with (
            self._client() as client,
            ThreadPoolExecutor(min(len(asked), self._options.concurrency)) as pool,
        ):
            return list(pool.map(partial(self._ask, client, max_tokens, extras), asked))

    def _ask(
        self, client: httpx2.Client, max_tokens: int, extras: Mapping[str, Any], messages: Sequence[Message]
    ) -> Reply:
        body = {"model": self.model, "messages": messages, "temperature": 0, "max_tokens": max_tokens}
        refusals = []
        for offered in self._offers(frozenset(extras) - self._refused):
            status, reply = self._ask_again(client, body | {name: extras[name] for name in offered})
            if not reply.error:
                self._understood |= offered
                self._refused |= extras.keys() - offered
                return reply
            refusals.append(reply)
            if status not in _NOT_UNDERSTOOD:
                break
        return refusals[0]

    def _offers(self, wanted: frozenset[str]) -> Iterable[frozenset[str]]:
        """Which extras to send along, in the order to try; who has understood them refuses something else."""
        if wanted <= self._understood:
            return [wanted]
        return dict.fromkeys([wanted, wanted - {_CHANCES}, wanted & {_CHANCES}, frozenset[str]()])

    def _ask_again(self, client: httpx2.Client, body: Mapping[str, Any]) -> tuple[int, Reply]:
        """The last response's status, 0 where there was none, and the reply, after all attempts allowed."""
        options = self._options
        problem, status = "", 0
        for attempt in range(options.retries + 1):
            pause = None
            try:
                response = _send(client, "POST", "chat/completions", options.timeout_s, body)
            except httpx2.TimeoutException:
                problem, status = f"the server did not answer within {options.timeout_s:g} s", 0
            except (httpx2.TransportError, httpx2.DecodingError) as error:
                problem, status = f"the connection to the server failed ({type(error).__name__})", 0
            else:
                reply, status = read_reply(response), response.status
                if not reply.error or (status not in _PASSING and status != httpx2.codes.OK):
                    return status, reply
                problem, pause = reply.error, asked_pause(response.headers, _LONGEST_PAUSE_S)
            if attempt < options.retries:
                time.sleep(pause if pause is not None else self._pause(attempt))
        return status, Reply(error=f"{problem}, tried {options.retries + 1} times")

    def _pause(self, attempt: int) -> float:
        """Seconds; spread, so that requests refused together do not come back together."""
        pause: float = self._options.backoff_s * 2**attempt * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
        return min(pause, _LONGEST_PAUSE_S)

    def _client(self) -> httpx2.Client:
        """Connections, kept for the requests of one batch."""
        key, options = os.environ.get(KEY), self._options
        return httpx2.Client(
            base_url=options.base_url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx2.Timeout(options.timeout_s, connect=min(options.timeout_s, _START_TIMEOUT_S)),
            limits=httpx2.Limits(max_connections=options.concurrency),
        )

    def _served(self) -> dict[str, int | None]:
        """The models that the server lists, with their context in tokens where it tells."""
        where = self._options.base_url
        try:
            with self._client() as client:
                response = _send(client, "GET", "models", _START_TIMEOUT_S)
        except httpx2.HTTPError as error:
            raise EngineUnavailable(
                f"engine 'openai': no server answers at {where} ({type(error).__name__}); "
                "start one there, or name another with the option base_url"
            ) from None
        if response.status in {httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN}:
            raise EngineUnavailable(
                f"engine 'openai': {where} wants a key (HTTP {response.status}); "
                f"set it in the environment variable {KEY}"
            )
        listed = response.body.get("data") if isinstance(response.body, dict) else None
        models = [model for model in listed if isinstance(model, dict)] if isinstance(listed, list) else []
        return {str(model.get("id")): whole(model.get("max_model_len")) for model in models}


def _extras(schema: str | None, *, chances: bool) -> dict[str, Any]:
    extras: dict[str, Any] = {}
    if schema is not None:
        described = {"name": "answer", "strict": True, "schema": json.loads(schema)}
        extras["response_format"] = {"type": "json_schema", "json_schema": described}
    if chances:
        extras[_CHANCES] = True
    return extras


def _chosen(options: ServerOptions, served: Sequence[str]) -> str:
    names = ", ".join(served[:10]) or "none"
    if options.model:
        if served and options.model not in served:
            raise EngineUnavailable(f"{options.base_url} has no model {options.model!r}; it serves: {names}")
        return options.model
    if len(served) != 1:
        raise EngineUnavailable(f"{options.base_url} lists these models: {names}; set the option model")
    return served[0]


def _send(client: httpx2.Client, method: str, path: str, timeout_s: float, body: Any = None) -> Response:
    """One request, within `timeout_s` as a whole: a server that drips does not hold a worker for ever."""
    until = time.monotonic() + timeout_s
    with client.stream(method, path, json=body) as response:
        content = bytearray()
        for part in response.iter_bytes():
            content += part
            if time.monotonic() > until:
                raise httpx2.ReadTimeout("the response did not end")
            if len(content) > _LARGEST_RESPONSE:
                raise httpx2.DecodingError("the response is too large")
    try:
        read = json.loads(content)
    except ValueError:
        read = None
    return Response(response.status_code, response.headers, read)
