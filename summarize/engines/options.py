"""What can be set on each engine: one frozen model an engine, whose `kind` is the engine's name."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

PACKAGED = "gemma3-270m"
"""The model that a package brings along, with the adapter trained for it."""

_NewTokens = Annotated[int, Field(gt=0, description="tokens that a summary may have")]


class _Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CausalLmOptions(_Options):
    """Options of `causal-lm`."""

    kind: Literal["causal-lm"] = "causal-lm"
    model: Annotated[
        str,
        Field(
            min_length=1, description=f"a folder, a name on the model hub, or {PACKAGED}, the packaged one"
        ),
    ] = PACKAGED
    revision: Annotated[str | None, Field(description="branch, tag or commit of a model of the hub")] = None
    adapter: Annotated[
        str,
        Field(
            min_length=1,
            description=f"folder of a LoRA adapter; auto: that of {PACKAGED} and none for another; none",
        ),
    ] = "auto"
    dtype: Annotated[
        Literal["bfloat16", "float32"], Field(description="number format of weights and arithmetic")
    ] = "bfloat16"
    threads: Annotated[
        int, Field(ge=0, description="threads to compute with; 0 is all cores this process may use")
    ] = 0
    longest: Annotated[int, Field(gt=0, description="tokens that a prompt may have")] = 1024
    max_new_tokens: _NewTokens = 96
    batch_tokens: Annotated[
        int, Field(gt=0, description="tokens that are held at once, padding counted: what bounds the memory")
    ] = 16_384


def _without_credentials(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("expected an address such as http://127.0.0.1:8000/v1")
    if parts.username or parts.password or parts.query:
        raise ValueError("a key does not belong in the address; set the environment variable OPENAI_API_KEY")
    return address


class OpenaiOptions(_Options):
    """Options of `openai`. The key is taken from the environment variable OPENAI_API_KEY, never from here."""

    kind: Literal["openai"] = "openai"
    base_url: Annotated[
        str,
        AfterValidator(_without_credentials),
        Field(description="address of an OpenAI-compatible server, up to /v1"),
    ] = "http://127.0.0.1:8000/v1"
    model: Annotated[str, Field(description="the model's name there; empty: the only one it serves")] = ""
    concurrency: Annotated[int, Field(gt=0, description="requests under way at the same time")] = 16
    timeout_s: Annotated[float, Field(gt=0, description="seconds that one request may take")] = 120.0
    retries: Annotated[int, Field(ge=0, description="further attempts after one that failed")] = 5
    backoff_s: Annotated[
        float, Field(ge=0, description="seconds before the second attempt; twice as long before each further")
    ] = 1.0
    longest: Annotated[int, Field(gt=0, description="tokens that a prompt may have, by estimate")] = 4096
    max_new_tokens: _NewTokens = 256


class LeadOptions(_Options):
    """Options of `lead`: there are none."""

    kind: Literal["lead"] = "lead"


class FakeOptions(_Options):
    """Options of `fake`."""

    kind: Literal["fake"] = "fake"
    delay_ms: Annotated[float, Field(ge=0, description="milliseconds spent on each message")] = 0.0
    crash_on: Annotated[str, Field(description="messages that hold this text kill the process")] = ""
    hang_on: Annotated[str, Field(description="messages that hold this text are never done")] = ""


Options = CausalLmOptions | OpenaiOptions | LeadOptions | FakeOptions
