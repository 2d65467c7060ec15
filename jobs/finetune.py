"""`nuskha finetune summarize`: a recipe and a folder of data -> a LoRA adapter, on Ray Train.

OUTPUT/checkpoint/   where a run that was stopped goes on
OUTPUT/log.jsonl     the losses, a line every ten steps
OUTPUT/loss.png      the same as a picture
OUTPUT/adapter/      at the end: the adapter, and training.json, which says what it was trained on
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.cluster import cluster
from jobs.exits import CannotStart, Exit
from jobs.training import check_same_run, train_on_ray
from multilingual.language_models.cache import file_digest
from summarize.train.examples import Recipe, load_examples, read_recipe
from summarize.train.record import ADAPTER_WEIGHTS

SHIPPED_RECIPE = Path(__file__).parent.parent / "summarize" / "train" / "recipe.toml"
_PACKAGED = "google/gemma-3-270m"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finetune:
    """A training run as asked for on the command line; the fields are its options."""

    output: Path
    data: Path
    recipe: Path = SHIPPED_RECIPE
    start: Path | None = None
    model: Path | None = None
    workers: int = 1
    gpus_per_worker: float = 0.0
    address: str | None = None
    most_steps: int | None = None


def finetune(request: Finetune) -> Exit:
    """Train, or go on where an earlier run of the same recipe stopped. Raises CannotStart, Stopped."""
    recipe = _recipe(request)
    model = _model(request.model)
    _check_start(request.start, recipe)
    check_same_run(
        request.output,
        {
            "recipe_sha256": recipe.digest,
            "model": model.name,
            "start_sha256": file_digest(request.start / ADAPTER_WEIGHTS) if request.start else None,
        },
    )
    plan = {
        "model": str(model),
        "model_name": None if request.model else _PACKAGED,
        "recipe": str(request.recipe.absolute()),
        "start": str(request.start.absolute()) if request.start else None,
        "data": str(request.data.absolute()),
        "output": str(request.output.absolute()),
        "most_steps": request.most_steps,
    }
    with cluster(request.address, request.workers):
        train_on_ray(
            _train_worker,
            plan,
            request.output,
            request.workers,
            request.gpus_per_worker,
            request.output / "log.jsonl",
        )
    adapter = request.output / "adapter"
    print(
        f"{adapter}: the adapter"
        if adapter.exists()
        else f"stopped at a checkpoint; the same command goes on from {request.output / 'checkpoint'}"
    )
    return Exit.OK


def _recipe(request: Finetune) -> Recipe:
    """The recipe, once its data are found to be there and readable."""
    try:
        recipe = read_recipe(request.recipe)
        if not load_examples(recipe, request.data):
            raise CannotStart(f"{request.data} holds no example that the rules of {request.recipe} keep")
    except OSError as error:
        raise CannotStart(f"{error.filename} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise CannotStart(str(error)) from None
    return recipe


def _model(folder: Path | None) -> Path:
    if folder is not None:
        if not (folder / "config.json").is_file():
            raise CannotStart(f"--model {folder} is no folder of a transformers model: it has no config.json")
        return folder.absolute()
    from multilingual.language_models.gemma import model_folder
    from multilingual.unavailable import EngineUnavailable

    try:
        return model_folder()
    except EngineUnavailable as error:
        raise CannotStart(str(error)) from None


def _check_start(adapter: Path | None, recipe: Recipe) -> None:
    """Raises CannotStart where the adapter to start from is none, or of another size than the recipe's."""
    if adapter is None:
        return
    try:
        config = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
        size = {"rank": config["r"], "alpha": config["lora_alpha"]}
        file_digest(adapter / ADAPTER_WEIGHTS)
    except (OSError, ValueError, KeyError, TypeError):
        raise CannotStart(
            f"--start {adapter} is no LoRA adapter: it needs adapter_config.json and {ADAPTER_WEIGHTS}"
        ) from None
    for name, value in size.items():
        if value != recipe.settings[name]:
            raise CannotStart(
                f"--start {adapter} has {name} {value}, the recipe {recipe.settings[name]}; make them equal"
            )


def _train_worker(plan: dict[str, Any]) -> None:
    """What each process of Ray Train runs; the first of them writes."""
    from ray.train import get_context

    from multilingual.language_models.tuning.curve import draw_curve
    from multilingual.language_models.tuning.run import LOG
    from summarize.train.loop import train
    from summarize.train.record import write_record

    recipe, output = read_recipe(Path(plan["recipe"])), Path(plan["output"])
    start = Path(plan["start"]) if plan["start"] else None
    model, examples = Path(plan["model"]), load_examples(recipe, Path(plan["data"]))
    adapter = train(
        model,
        examples,
        recipe.settings,
        output,
        model_name=plan["model_name"],
        start=start,
        most_steps=plan["most_steps"],
    )
    if get_context().get_world_rank() == 0:
        draw_curve(output / LOG, output / "loss.png")
        if adapter is not None:
            write_record(adapter, recipe, examples, model, start, output / LOG)
