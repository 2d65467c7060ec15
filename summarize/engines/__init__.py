"""The engines that summarise, by name.

`make_engine("causal-lm", {"threads": "1"})` is the way in. Nothing heavy is imported before an engine is
made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from summarize.engines.options import (
    CausalLmOptions,
    FakeOptions,
    LeadOptions,
    OpenaiOptions,
    Options,
    VlmOptions,
)

if TYPE_CHECKING:
    from summarize.engines.base import Engine


def _causal_lm(options: Any) -> Engine:
    from summarize.engines.causal_lm import CausalLm

    return CausalLm(options)


def _vlm(options: Any) -> Engine:
    from summarize.engines.vlm import VlmEngine

    return VlmEngine(options)


def _openai(options: Any) -> Engine:
    from summarize.engines.openai import openai_engine

    return openai_engine(options)


def _lead(_: Any) -> Engine:
    from summarize.engines.lead import LeadEngine

    return LeadEngine()


def _fake(options: Any) -> Engine:
    from summarize.engines.fake import FakeEngine

    return FakeEngine(options)


DEFAULT_ENGINE = "causal-lm"
ENGINES: dict[str, Callable[[Any], Engine]] = {
    "causal-lm": _causal_lm,
    "vlm": _vlm,
    "openai": _openai,
    "lead": _lead,
    "fake": _fake,
}
OPTIONS: dict[str, type[Options]] = {
    "causal-lm": CausalLmOptions,
    "vlm": VlmOptions,
    "openai": OpenaiOptions,
    "lead": LeadOptions,
    "fake": FakeOptions,
}


def make_engine(name: str = DEFAULT_ENGINE, options: Mapping[str, str] | None = None) -> Engine:
    """Build the engine called `name`; option values may be strings, as a command line gives them.

    Raises ValueError for an unknown name, an unknown option or a value that does not fit, listing what is
    known, and `EngineUnavailable` (multilingual.unavailable) where a model or a server is missing.
    """
    checked = read_options(name, options)
    return ENGINES[name](checked)


def read_options(name: str, options: Mapping[str, str] | None = None) -> Options:
    """The checked options of the engine called `name`. Raises ValueError as `make_engine` does."""
    if name not in OPTIONS:
        raise ValueError(f"there is no engine {name!r}; known: {', '.join(ENGINES)}")
    known = [option for option in OPTIONS[name].model_fields if option != "kind"]
    for option in options or {}:
        if option not in known:
            has = f"it has: {', '.join(known)}" if known else "it has none"
            raise ValueError(f"engine {name!r} has no option {option!r}; {has}")
    try:
        return OPTIONS[name].model_validate(dict(options or {}))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"engine {name!r}, option {first['loc'][0]}: {first['msg']}") from None
