"""What can be set on each engine: one frozen model an engine, whose `kind` is the engine's name."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Threads = Annotated[
    int, Field(ge=0, description="threads to compute with; 0 is all cores this process may use")
]


class NuskhaOptions(_Options):
    """Options of `nuskha`."""

    kind: Literal["nuskha"] = "nuskha"
    weights: Annotated[
        str, Field(description="file of a recogniser that `nuskha finetune recogniser` made; '' is ours")
    ] = ""
    threads: Threads = 0


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


class FakeOptions(_Options):
    """Options of `fake`."""

    kind: Literal["fake"] = "fake"
    delay_ms: Annotated[float, Field(ge=0, description="milliseconds spent on each page")] = 0.0
    gpu: Annotated[bool, Field(description="whether it may be given GPUs, which it leaves alone")] = False
    crash_width: Annotated[int | None, Field(ge=1, description="pictures of this width kill the process")] = (
        None
    )
    hang_width: Annotated[int | None, Field(ge=1, description="pictures of this width are never done")] = None


Options = NuskhaOptions | PaddleOptions | TesseractOptions | FakeOptions
