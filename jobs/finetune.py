"""`nuskha finetune summarize`: a recipe and a folder of data -> a LoRA adapter, on Ray Train.

OUTPUT/checkpoint/   where a run that was stopped goes on
OUTPUT/log.jsonl     the losses, a line every ten steps
OUTPUT/loss.png      the same as a picture
OUTPUT/adapter/      at the end: the adapter, and training.json, which says what it was trained on
"""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ray.train import RunConfig, ScalingConfig
from ray.train.torch import TorchTrainer

from jobs.cluster import cluster, share_out
from jobs.exits import CannotStart, Exit, Stopped
from summarize.engines.cache import file_digest
from summarize.train.examples import Recipe, load_examples, read_recipe
from summarize.train.record import ADAPTER_WEIGHTS

SHIPPED_RECIPE = Path(__file__).parent.parent / "summarize" / "train" / "recipe.toml"
_PACKAGED = "google/gemma-3-270m"
_SHOW_EVERY_S = 15.0


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
    request.output.mkdir(parents=True, exist_ok=True)
    _check_same(request, recipe, model)
    with cluster(request.address, request.workers):
        shares = share_out(request.workers, request.gpus_per_worker)
        trainer = TorchTrainer(
            _train_worker,
            train_loop_config={
                "model": str(model),
                "model_name": None if request.model else _PACKAGED,
                "recipe": str(request.recipe.absolute()),
                "start": str(request.start.absolute()) if request.start else None,
                "data": str(request.data.absolute()),
                "output": str(request.output.absolute()),
                "most_steps": request.most_steps,
            },
            scaling_config=ScalingConfig(
                num_workers=request.workers,
                use_gpu=bool(request.gpus_per_worker),
                resources_per_worker={"CPU": shares.threads}
                | ({"GPU": request.gpus_per_worker} if request.gpus_per_worker else {}),
            ),
            run_config=RunConfig(name="ray", storage_path=str(request.output.absolute())),
        )
        with _following(request.output / "log.jsonl"):
            try:
                trainer.fit()
            except Exception as error:  # whatever a worker raised comes wrapped by Ray
                raise Stopped(
                    f"training stopped ({type(error).__name__}); the same command goes on from "
                    f"{request.output / 'checkpoint'}"
                ) from None
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
    from summarize.engines.base import EngineUnavailable
    from summarize.engines.gemma import model_folder

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


def _check_same(request: Finetune, recipe: Recipe, model: Path) -> None:
    """Write down what this folder trains. Raises CannotStart where an earlier run trained otherwise."""
    record = {
        "recipe_sha256": recipe.digest,
        "model": model.name,
        "start_sha256": file_digest(request.start / ADAPTER_WEIGHTS) if request.start else None,
    }
    file = request.output / "run.json"
    if file.exists() and json.loads(file.read_text(encoding="utf-8")) != record:
        raise CannotStart(
            f"{request.output} holds a run of another recipe, model or start; choose another folder, "
            "or delete it"
        )
    file.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def _train_worker(plan: dict[str, Any]) -> None:
    """What each process of Ray Train runs; the first of them writes."""
    from ray.train import get_context

    from summarize.train.curve import draw_curve
    from summarize.train.loop import LOG, train
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


@contextmanager
def _following(log: Path) -> Iterator[None]:
    """Show the last line of the log now and then, on stderr."""
    over = threading.Event()

    def follow() -> None:
        shown = ""
        while not over.wait(_SHOW_EVERY_S):
            lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
            if lines and lines[-1] != shown:
                shown = lines[-1]
                print(
                    ", ".join(f"{name} {figure}" for name, figure in json.loads(shown).items()),
                    file=sys.stderr,
                )

    following = threading.Thread(target=follow, daemon=True)
    following.start()
    try:
        yield
    finally:
        over.set()
        following.join()
