"""The engines that read pages, by name.

`make_engine("paddle", {"threads": "1"})` is the way in. Nothing heavy is imported before an engine is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from multilingual.unavailable import EngineUnavailable
from ocr.engines.options import (
    BothOptions,
    FakeOptions,
    NuskhaOptions,
    OpenaiOptions,
    Options,
    PaddleOptions,
    TesseractOptions,
    VllmOptions,
    VlmOptions,
)
from ocr.units import BEST_ENGINE, Unit

if TYPE_CHECKING:
    from ocr.engines.base import Engine


def _both(options: Any) -> Engine:
    from ocr.engines.both import BothEngine

    return BothEngine(options)


def _nuskha(options: Any) -> Engine:
    from ocr.engines.nuskha import NuskhaEngine

    return NuskhaEngine(options)


def _paddle(options: Any) -> Engine:
    from ocr.engines.paddle import PaddleEngine

    return PaddleEngine(options)


def _tesseract(options: Any) -> Engine:
    from ocr.engines.tesseract import TesseractEngine

    return TesseractEngine(options)


def _vlm(options: Any) -> Engine:
    from ocr.engines.vlm import VlmEngine

    return VlmEngine(options)


def _openai(options: Any) -> Engine:
    from ocr.engines.openai import OpenaiEngine

    return OpenaiEngine(options)


def _fake(options: Any) -> Engine:
    from ocr.engines.fake import FakeEngine

    return FakeEngine(options)


DEFAULT_ENGINE = BEST_ENGINE[Unit.PAGE]
ENGINES: dict[str, Callable[[Any], Engine]] = {
    "both": _both,
    "nuskha": _nuskha,
    "paddle": _paddle,
    "tesseract": _tesseract,
    "vlm": _vlm,
    "openai": _openai,
    "fake": _fake,
}
OPTIONS: dict[str, type[Options]] = {
    "both": BothOptions,
    "nuskha": NuskhaOptions,
    "paddle": PaddleOptions,
    "tesseract": TesseractOptions,
    "vlm": VlmOptions,
    "openai": OpenaiOptions,
    "vllm": VllmOptions,
    "fake": FakeOptions,
}


def make_engine(name: str = DEFAULT_ENGINE, options: Mapping[str, str] | None = None) -> Engine:
    """Build the engine called `name`; option values may be strings, as a command line gives them.

    Raises ValueError for an unknown name, an unknown option or a value that does not fit, listing what is
    known, and `EngineUnavailable` (multilingual.unavailable) where a package or a program is missing.
    """
    if name == "vllm":
        raise EngineUnavailable(
            "engine 'vllm' runs in nuskha batch ocr only; --engine vlm runs the same models here, "
            "--engine openai asks a server that vLLM runs"
        )
    if name not in ENGINES:
        raise ValueError(f"there is no engine {name!r}; known: {', '.join(OPTIONS)}")
    return ENGINES[name](read_options(name, options))


def read_options(name: str, options: Mapping[str, str] | None = None) -> Options:
    """The checked options of the engine called `name`. Raises ValueError as `make_engine` does."""
    known = [option for option in OPTIONS[name].model_fields if option != "kind"]
    for option in options or {}:
        if option not in known:
            raise ValueError(f"engine {name!r} has no option {option!r}; it has: {', '.join(known)}")
    try:
        return OPTIONS[name].model_validate(dict(options or {}))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        given = "" if first["type"] == "missing" else f"={first['input']!r}"
        raise ValueError(f"engine {name!r}, option {first['loc'][0]}{given}: {first['msg']}") from None
