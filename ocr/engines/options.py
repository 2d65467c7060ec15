"""What can be set on each engine: one frozen model an engine, whose `kind` is the engine's name."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from multilingual.language_models.server_options import ServerOptions

BY_COLUMNS_ALONE = "none"
"""In place of a model of characters: each letter is what its columns say."""
OWN_VLM = "nuskha-small"
"""The vision-language model of our own."""


class _Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Threads = Annotated[
    int, Field(ge=0, description="threads to compute with; 0 is all cores this process may use")
]


class HandwritingOptions(_Options):
    """What can be set on our recogniser of handwriting, alone or beside another."""

    weights: Annotated[
        str, Field(description="file of a recogniser that `nuskha finetune recogniser` made; '' is ours")
    ] = ""
    characters: Annotated[
        str,
        Field(
            description="file of a model of characters that `python -m ocr.train.characters` made, "
            "'' is ours; none reads each letter by itself"
        ),
    ] = ""
    threads: Threads = 0


class BothOptions(HandwritingOptions):
    """Options of `both`."""

    kind: Literal["both"] = "both"


class NuskhaOptions(HandwritingOptions):
    """Options of `nuskha`."""

    kind: Literal["nuskha"] = "nuskha"


class PaddleOptions(_Options):
    """Options of `paddle`."""

    kind: Literal["paddle"] = "paddle"
    threads: Threads = 0


class TesseractOptions(_Options):
    """Options of `tesseract`."""

    kind: Literal["tesseract"] = "tesseract"
    languages: Annotated[
        str,
        Field(min_length=1, description="languages joined by +; those that are not installed are left out"),
    ] = "eng+hin"
    timeout_s: Annotated[float, Field(gt=0, description="seconds that one page may take")] = 120.0


Pixels = Annotated[
    int,
    Field(
        ge=28 * 28, description="pixels that a picture may have; larger ones are reduced before they are seen"
    ),
]
NewTokens = Annotated[
    int,
    Field(ge=0, description="tokens that an answer may have; 0 is the longest that its JSON schema allows"),
]
Boxes = Annotated[
    Literal["auto", "none"],
    Field(description="auto asks models that can for the box of each medicine; none asks none of them"),
]
Constrained = Annotated[
    bool, Field(description="whether an answer can hold nothing but the JSON asked for, token by token")
]


Revision = Annotated[str | None, Field(description="branch, tag or commit of a model of the hub")]
Dtype = Annotated[
    Literal["auto", "bfloat16", "float32"],
    Field(description="number format of weights and arithmetic; auto is the one that is fast here"),
]


class _SeeingOptions(_Options):
    """What can be set on every vision-language model, wherever it runs."""

    model: str
    revision: Revision = None
    adapter: Annotated[
        str, Field(min_length=1, description="folder of a LoRA adapter; none: without one")
    ] = "none"
    dtype: Dtype = "auto"
    quantised: Annotated[bool, Field(description="weights in 4 bits, by bitsandbytes")] = False
    pixels: Pixels = 1_003_520
    constrained: Constrained = True
    max_new_tokens: NewTokens = 0


class LocalSeeingOptions(_SeeingOptions):
    """What can be set on those that transformers runs here."""

    attention: Annotated[
        Literal["sdpa", "flash_attention_2", "eager"], Field(description="how attention is computed")
    ] = "sdpa"
    batch_tokens: Annotated[
        int,
        Field(
            gt=0,
            description="tokens that are held at once, padding and up to 512 of each answer counted: what "
            "bounds the memory",
        ),
    ] = 16_384
    threads: Threads = 0


class VlmOptions(LocalSeeingOptions):
    """Options of `vlm`."""

    kind: Literal["vlm"] = "vlm"
    model: Annotated[
        str, Field(min_length=1, description=f"a folder, a name on the model hub, or {OWN_VLM}, our own")
    ] = OWN_VLM
    boxes: Boxes = "auto"


class VllmOptions(_SeeingOptions):
    """Options of `vllm`, which `nuskha batch ocr` runs on workers of its own."""

    kind: Literal["vllm"] = "vllm"
    model: Annotated[
        str,
        Field(min_length=1, description="a folder or a name on the model hub, as every worker finds it"),
    ]
    boxes: Boxes = "auto"


class OpenaiOptions(ServerOptions):
    """Options of `openai`. The key is taken from the environment variable OPENAI_API_KEY, never from here."""

    kind: Literal["openai"] = "openai"
    # All attempts together take less time than a page may have.
    timeout_s: Annotated[float, Field(gt=0, description="seconds that one request may take")] = 60.0
    retries: Annotated[int, Field(ge=0, description="further attempts after one that failed")] = 3
    pixels: Pixels = 1_003_520
    constrained: Constrained = True
    max_new_tokens: NewTokens = 0


class FakeOptions(_Options):
    """Options of `fake`."""

    kind: Literal["fake"] = "fake"
    delay_ms: Annotated[float, Field(ge=0, description="milliseconds spent on each page")] = 0.0
    gpu: Annotated[bool, Field(description="whether it may be given GPUs, which it leaves alone")] = False
    crash_width: Annotated[int | None, Field(ge=1, description="pictures of this width kill the process")] = (
        None
    )
    hang_width: Annotated[int | None, Field(ge=1, description="pictures of this width are never done")] = None


Options = (
    BothOptions
    | NuskhaOptions
    | PaddleOptions
    | TesseractOptions
    | VlmOptions
    | VllmOptions
    | OpenaiOptions
    | FakeOptions
)
