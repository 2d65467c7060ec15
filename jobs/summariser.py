"""The engine that summarises: made here, or asked in a process of its own what it says of itself.

A language model holds memory, on a GPU too, that a process gives back only when it ends; the workers, each
with a model of its own, need it all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from jobs.apart import loaded_apart
from jobs.preparation import models_of, refusing
from multilingual.unavailable import EngineUnavailable
from summarize.engines import make_engine, read_options
from summarize.engines.base import Engine


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """See `summarize.engines.base.Engine`; for `models`, `jobs.preparation.models_of`."""

    name: str
    version: str
    uses_gpu: bool
    prompt: str
    models: Mapping[str, str] = field(default_factory=dict)


def open_engine(name: str, options: Mapping[str, str]) -> Engine:
    """The engine; raises CannotStart where it is unknown or can't start."""
    with refusing(ValueError, EngineUnavailable):
        return make_engine(name, options)


def ask_engine(name: str, options: Mapping[str, str]) -> EngineFacts:
    """Make the engine and forget it. Raises CannotStart where it is unknown or can't start."""
    with refusing(ValueError, EngineUnavailable):
        read_options(name, options)  # what is misspelt is said at once
        return _asked(name, tuple(sorted(options.items())))


@cache
def _asked(name: str, options: tuple[tuple[str, str], ...]) -> EngineFacts:
    return loaded_apart(name, _facts, name, options)


def _facts(name: str, options: tuple[tuple[str, str], ...]) -> EngineFacts:
    engine = make_engine(name, dict(options))
    return EngineFacts(engine.name, engine.version, engine.uses_gpu, engine.prompt, models_of(engine))
