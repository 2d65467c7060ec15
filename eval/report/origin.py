"""Where the figures of an evaluation come from, as lines for people."""

import json
from collections.abc import Mapping
from typing import Any, Final

_TITLES: Final = {
    "engine": "Engine",
    "engine_version": "Engine's version",
    "prompt_hashes": "Prompts",
    "run": "Run",
    "predictions": "Predictions",
    "references": "References",
    "dataset_sha256": "References' SHA-256",
    "commit": "Commit",
    "created": "Made",
}
_APART: Final = ("arguments", "defaults", "versions", "dirty")  # which have places of their own


def engine(provenance: Mapping[str, Any]) -> str | None:
    """The engine as the evaluation names it, else as the run does whose output was evaluated."""
    run = provenance.get("run") or {}
    found = provenance.get("engine") or (run.get("reading") or {}).get("engine")
    return None if found is None else str(found)


def lines(provenance: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Titles and what stands under them, a line each; what has no title is told under its own name."""
    order = sorted(
        provenance, key=lambda name: list(_TITLES).index(name) if name in _TITLES else len(_TITLES)
    )
    return [(_TITLES.get(name, name), _lines(provenance[name])) for name in order if name not in _APART]


def arguments(provenance: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """Every argument in effect with its value, and whether it was given."""
    given, defaults = provenance.get("arguments") or {}, provenance.get("defaults") or {}
    return [(name, written(value), name in given) for name, value in {**defaults, **given}.items()]


def written(value: Any) -> str:
    """A value as JSON writes it, text without its quotes."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _lines(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [f"{name}: {line}" for name, part in value.items() for line in _lines(part)]
    if isinstance(value, list | tuple):
        return [line for part in value for line in _lines(part)]
    return [] if value is None or value == "" else [written(value)]
