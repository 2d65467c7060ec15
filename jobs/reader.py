"""The engine that reads pages in a batch job: what it says of itself, before each worker makes its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from jobs.apart import loaded_apart
from jobs.preparation import models_of, open_engine, refusing
from multilingual.unavailable import EngineUnavailable
from ocr.engines import make_engine, read_options
from ocr.engines.base import Engine

_LARGE = frozenset({"vlm"})
"""Engines whose models a driver must not keep: the workers, each with one of its own, need the memory."""


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """See `ocr.engines.base.Engine`; for `models`, `jobs.preparation.models_of`."""

    name: str
    version: str
    uses_gpu: bool
    models: Mapping[str, str] = field(default_factory=dict)


def ask_engine(name: str, options: Mapping[str, str]) -> EngineFacts:
    """Make the engine and forget it. Raises CannotStart where it is unknown or can't start."""
    if name not in _LARGE:
        return facts_of(open_engine(name, options))
    with refusing(ValueError, EngineUnavailable):
        read_options(name, options)  # what is misspelt is said at once
        return _asked(name, tuple(sorted(options.items())))


def facts_of(engine: Engine) -> EngineFacts:
    """What an engine says of itself."""
    return EngineFacts(engine.name, engine.version, engine.uses_gpu, models_of(engine))


@cache
def _asked(name: str, options: tuple[tuple[str, str], ...]) -> EngineFacts:
    return loaded_apart(name, _facts, name, options)


def _facts(name: str, options: tuple[tuple[str, str], ...]) -> EngineFacts:
    return facts_of(make_engine(name, dict(options)))
