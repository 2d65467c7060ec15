"""What can be set on each engine: one frozen model an engine, whose `kind` is the engine's name."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from multilingual.language_models.server_options import ServerOptions
from ocr.engines.options import Dtype, LocalSeeingOptions, Pixels, Revision, Threads

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
    revision: Revision = None
    adapter: Annotated[
        str,
        Field(
            min_length=1,
            description=f"folder of a LoRA adapter; auto: that of {PACKAGED} and none for another; none",
        ),
    ] = "auto"
    dtype: Dtype = "auto"
    threads: Threads = 0
    longest: Annotated[int, Field(gt=0, description="tokens that a prompt may have")] = 1024
    max_new_tokens: _NewTokens = 96
    batch_tokens: Annotated[
        int, Field(gt=0, description="tokens that are held at once, padding counted: what bounds the memory")
    ] = 16_384


class VlmOptions(LocalSeeingOptions):
    """Options of `vlm`. No package brings such a model along: `model` has to be named."""

    kind: Literal["vlm"] = "vlm"
    model: Annotated[str, Field(description="a folder, or a name on the model hub")] = ""
    longest: Annotated[
        int, Field(gt=0, description="tokens that a prompt may have, by estimate, its picture not counted")
    ] = 4096


class OpenaiOptions(ServerOptions):
    """Options of `openai`. The key is taken from the environment variable OPENAI_API_KEY, never from here."""

    kind: Literal["openai"] = "openai"
    sees: Annotated[bool, Field(description="whether the model sees: photographs then go along")] = False
    pixels: Pixels = 1_003_520
    longest: Annotated[int, Field(gt=0, description="tokens that a prompt may have, by estimate")] = 4096
    max_new_tokens: Annotated[
        int,
        Field(
            ge=0, description="tokens that a summary may have; 0: 256, or its longest where the model sees"
        ),
    ] = 0


class LeadOptions(_Options):
    """Options of `lead`: there are none."""

    kind: Literal["lead"] = "lead"


class FakeOptions(_Options):
    """Options of `fake`."""

    kind: Literal["fake"] = "fake"
    delay_ms: Annotated[float, Field(ge=0, description="milliseconds spent on each message")] = 0.0
    crash_on: Annotated[str, Field(description="messages that hold this text kill the process")] = ""
    hang_on: Annotated[str, Field(description="messages that hold this text are never done")] = ""


Options = CausalLmOptions | VlmOptions | OpenaiOptions | LeadOptions | FakeOptions
