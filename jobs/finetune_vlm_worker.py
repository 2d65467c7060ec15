"""What each process of `nuskha finetune vlm` runs within Ray Train."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from ray.train import get_context

from jobs.finetune_vlm_examples import parts_of
from multilingual.language_models.tuning.curve import draw_curve
from multilingual.language_models.tuning.run import LOG
from multilingual.language_models.tuning.storage import Storage
from ocr.train.vision_language.base import base_model
from ocr.train.vision_language.examples import Shown
from ocr.train.vision_language.loop import train
from ocr.train.vision_language.material import LINES, Part, parted
from ocr.train.vision_language.measure import measure, options_for
from ocr.train.vision_language.recipe import Recipe, read_recipe
from ocr.vision_language.model import VisionLanguageModel

_VERSIONS = ("torch", "transformers", "peft")


def run_worker(plan: dict[str, Any]) -> None:
    """Train as `plan` says (see `jobs.finetune_vlm`); the first process writes, and reads what was kept."""
    storage = Storage(plan["output"])
    if get_context().get_local_rank() == 0:  # for all processes of this machine
        storage.fetch(LINES)
        storage.fetch_checkpoint()
    if dist.is_initialized():
        dist.barrier()
    recipe = read_recipe(Path(plan["recipe"]), plan["task"], plan["preset"])
    parts = parts_of(recipe, Path(plan["data"]) if plan["data"] else None, storage.folder / LINES)
    trained, kept = parted(parts, recipe.settings["held_out"])
    made = _trained(plan, recipe, trained, kept, storage)
    if get_context().get_world_rank() != 0:
        return
    draw_curve(storage.folder / LOG, storage.folder / "loss.png", "answer")
    storage.push(LOG, "loss.png")
    if made is None:
        return
    figures = _write_validation(plan, recipe, made, kept)
    _write_record(plan, recipe, made, parts, figures)
    storage.push(made.name, LOG, "validation.json")


def _trained(
    plan: dict[str, Any], recipe: Recipe, trained: list[Shown], kept: list[Shown], storage: Storage
) -> Path | None:
    """The folder of what was made. Only here is the model held."""
    base = base_model(plan["model"], recipe.settings)
    return train(
        base.model,
        base.processor,
        trained,
        recipe.settings,
        storage.folder,
        held_out=kept,
        start=Path(plan["start"]) if plan["start"] else None,
        name=plan["model"],
        merged=base.assembled,
        most_steps=plan["most_steps"],
        saved=storage.push_checkpoint,
    )


def _write_validation(plan: dict[str, Any], recipe: Recipe, made: Path, kept: list[Shown]) -> dict[str, Any]:
    """What the model reads, loaded as anybody loads it, beside its loss; at the log's end too."""
    log = made.parent / LOG
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    figures: dict[str, Any] = {"n": len(kept)}
    figures |= {name: last[name] for last in lines for name in ("held_out_loss",) if name in last}
    if kept and plan["task"] == "ocr":
        model = VisionLanguageModel(options_for(made, plan["model"], recipe.settings))
        figures |= measure(model, kept).figures()
    (made.parent / "validation.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    last = {"step": lines[-1]["step"], "steps": lines[-1]["steps"]} | figures
    kept_lines = [line for line in lines if "n" not in line]  # of an earlier end of the same run
    log.write_text("".join(json.dumps(line) + "\n" for line in (*kept_lines, last)), encoding="utf-8")
    return figures


def _write_record(
    plan: dict[str, Any], recipe: Recipe, made: Path, parts: list[Part], figures: dict[str, Any]
) -> None:
    """What it was trained on and how, beside its weights."""
    record = {
        "task": plan["task"],
        "model": plan["model"],
        "recipe_sha256": recipe.digest,
        "settings": dict(recipe.settings),
        "sources": {name: [dict(each) for each in sources] for name, sources in recipe.sources.items()},
        "examples": {part.source: len(part.examples) for part in parts},
        "start": plan["start"],
        "validation": figures,
        "device": "cuda" if torch.cuda.is_available() else "cpu",
        "versions": {name: version(name) for name in _VERSIONS},
    }
    (made / "training.json").write_text(
        json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
