"""A recipe for training a vision-language model, a TOML file, and the published settings that it may take.

[settings] are those of `ocr.train.vision_language.loop.train`, and held_out, the share of the examples kept
from training. What is learned from stands in [simulated], [words], [[records]] and [[pairs]]: the files in
recipes/ tell what each may hold.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

Task = Literal["ocr", "summarize"]

RECIPES = Path(__file__).parent / "recipes"
_SETTINGS = (
    *("seed", "batch", "learning_rate", "warmup", "rank", "pass_tokens", "pixels", "checkpoint_every"),
    "held_out",
)
_OPTIONAL = ("steps", "epochs", "alpha", "dropout", "modules", "quantised")
_SOURCES: Mapping[Task, tuple[str, ...]] = {"ocr": ("simulated", "words", "records"), "summarize": ("pairs",)}
_NEEDED = {
    "simulated": ("lines",),
    "words": ("folder",),
    "records": ("file",),
    "pairs": ("file", "target"),
}


@dataclass(frozen=True, slots=True)
class Preset:
    """Settings that are named: those of a published run, or of a recipe that ships.

    `source` tells where they are from, `model` which model they are for, if one; `recipe` is the file that
    goes with them, where the data are ours to name.
    """

    task: Task
    source: str
    model: str | None
    recipe: str | None
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a recipe file and a preset say, and a SHA-256 that changes with either.

    `sources` are tables of the file by their heading, always as a list.
    """

    settings: Mapping[str, Any]
    sources: Mapping[str, tuple[Mapping[str, Any], ...]]
    digest: str


@cache
def presets() -> Mapping[str, Preset]:
    """The presets by name: `presets.toml`."""
    table = tomllib.loads((Path(__file__).parent / "presets.toml").read_text(encoding="utf-8"))
    return {
        name: Preset(
            task=told["task"],
            source=told["source"],
            model=told.get("model"),
            recipe=told.get("recipe"),
            settings=told.get("settings", {}),
        )
        for name, told in table.items()
    }


def read_recipe(file: Path, task: Task, preset: Mapping[str, Any] | None = None) -> Recipe:
    """The recipe in `file`, its settings replaced by those of `preset`.

    Raises OSError where the file can't be read, ValueError where it is no recipe of the task.
    """
    data = file.read_bytes()
    try:
        table = tomllib.loads(data.decode())
    except ValueError as error:
        raise ValueError(f"{file} is no TOML: {error}") from None
    told = dict(table.pop("settings", {}))
    if preset and preset.keys() & {"steps", "epochs"}:  # of the two, one counts
        told = {name: value for name, value in told.items() if name not in ("steps", "epochs")}
    settings = told | dict(preset or {})
    sources = {
        name: tuple(each) if isinstance(each, list) else (each,)
        for name, each in table.items()
        if name in _SOURCES[task]
    }
    wrong = [*_wrong_settings(settings), *_wrong_sources(table, sources, task)]
    if wrong:
        raise ValueError(f"{file}: {'; '.join(wrong)}")
    digest = hashlib.sha256(data + json.dumps(dict(preset or {}), sort_keys=True).encode()).hexdigest()
    return Recipe(settings, sources, digest)


def _wrong_settings(settings: Mapping[str, Any]) -> list[str]:
    missing = [name for name in _SETTINGS if name not in settings]
    missing += ["alpha"] * bool(settings.get("rank") and "alpha" not in settings)
    unknown = sorted(settings.keys() - {*_SETTINGS, *_OPTIONAL})
    wrong = [f"[settings] lacks {', '.join(missing)}"] * bool(missing)
    wrong += [f"[settings] has {', '.join(unknown)}, which mean nothing here"] * bool(unknown)
    wrong += ["[settings] needs steps or epochs, one of the two"] * (
        len(settings.keys() & {"steps", "epochs"}) != 1
    )
    wrong += ["quantised weights can't learn: rank must be above 0"] * bool(
        settings.get("quantised") and not settings.get("rank")
    )
    wrong += ["held_out is a share, from 0 to below 1"] * (not 0 <= settings.get("held_out", 0) < 1)
    return wrong


def _wrong_sources(
    table: Mapping[str, Any], sources: Mapping[str, tuple[Mapping[str, Any], ...]], task: Task
) -> list[str]:
    known = ", ".join(f"[{name}]" for name in _SOURCES[task])
    unknown = sorted(table.keys() - set(_SOURCES[task]))
    wrong = [f"[{name}] is no source of {task}; known: {known}" for name in unknown]
    wrong += [f"it has nothing to learn from: {known}"] * (not sources)
    wrong += [
        f"[{name}] lacks {needed}"
        for name, each in sources.items()
        for source in each
        for needed in _NEEDED[name]
        if needed not in source
    ]
    return wrong
