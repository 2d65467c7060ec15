"""What an adapter was trained on and how, beside its weights: training.json."""

import json
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from multilingual.language_models.cache import file_digest
from summarize.train.examples import Example, Recipe

ADAPTER_WEIGHTS = "adapter_model.safetensors"
_VERSIONS = ("torch", "transformers", "peft")


def write_record(
    adapter: Path,
    recipe: Recipe,
    examples: Sequence[Example],
    model: Path,
    start: Path | None,
    log: Path,
) -> None:
    """Write `adapter`/training.json; the engine that loads the adapter takes its prompt task from there.

    What the adapter in `start` was trained on, if training began with it, is told within.
    """
    kept = Counter(example.file for example in examples)
    last = json.loads(log.read_text(encoding="utf-8").splitlines()[-1])
    record = {
        "prompt": recipe.settings["prompt"],
        "recipe_sha256": recipe.digest,
        "settings": dict(recipe.settings),
        "sources": [dict(source) | {"examples_of_file": kept[source["file"]]} for source in recipe.sources],
        "model_sha256": {file.name: file_digest(file) for file in sorted(model.glob("*.safetensors"))},
        "start": _told_of(start) if start else None,
        "steps": last["steps"],
        "held_out_loss": last.get("held_out_loss"),
        "device": "cuda" if torch.cuda.is_available() else "cpu",
        "versions": {name: version(name) for name in _VERSIONS},
    }
    (adapter / "training.json").write_text(
        json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def _told_of(start: Path) -> dict[str, Any]:
    """The hash of the adapter that training began with, and its own record where it has one."""
    record = start / "training.json"
    told = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else None
    return {"sha256": file_digest(start / ADAPTER_WEIGHTS), "training": told}
