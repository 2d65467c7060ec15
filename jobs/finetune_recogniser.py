"""`nuskha finetune recogniser`: real words and drawn crops -> a recogniser of handwriting, on Ray Train.

OUTPUT/crops/           what it is trained on beside the real words: crops drawn, spliced, photographed
OUTPUT/checkpoint.pt    where a run that was stopped goes on
OUTPUT/log.jsonl        loss and errors, a line every fifty steps
OUTPUT/curves.png       the same as a picture
OUTPUT/recogniser.onnx  at the end: the recogniser, as the engine reads it
OUTPUT/recogniser-int8.onnx  the same with its large products in 8 bits: faster, a little less exact
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import ray

from jobs.cluster import cluster
from jobs.exits import CannotStart, Exit
from jobs.training import check_same_run, train_on_ray
from ocr.train.drawing import DrawnFile, Materials, draw, files, gather
from ocr.train.recipe import Recipe, read_names, read_recipe

SHIPPED_RECIPE = Path(__file__).parent.parent / "ocr" / "train" / "recipe.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class FinetuneRecogniser:
    """A training run as asked for on the command line; the fields are its options."""

    output: Path
    data: Path
    recipe: Path = SHIPPED_RECIPE
    start: Path | None = None
    workers: int = 1
    gpus_per_worker: float = 0.0
    address: str | None = None
    most_steps: int | None = None


def finetune_recogniser(request: FinetuneRecogniser) -> Exit:
    """Train, or go on where an earlier run of the same recipe stopped. Raises CannotStart, Stopped."""
    recipe = _recipe(request)
    start = _start(request.start)
    check_same_run(
        request.output, {"recipe_sha256": recipe.digest, "start_sha256": start[1] if request.start else None}
    )
    plan = {
        "model": str(start[0].absolute()),
        "recipe": str(request.recipe.absolute()),
        "data": str(request.data.absolute()),
        "output": str(request.output.absolute()),
        "most_steps": request.most_steps,
    }
    with cluster(request.address, request.workers):
        _draw(recipe, request.data, start[0], request.output / "crops")
        train_on_ray(
            _train_worker,
            plan,
            request.output,
            request.workers,
            request.gpus_per_worker,
            request.output / "log.jsonl",
        )
    made = request.output / "recogniser.onnx"
    print(f"{made}: the recogniser" if made.exists() else "stopped at a checkpoint; the same command goes on")
    return Exit.OK


def _recipe(request: FinetuneRecogniser) -> Recipe:
    """The recipe, once its data are found to be there and readable."""
    from ocr.train.examples import rxhandbd

    try:
        recipe = read_recipe(request.recipe)
        rxhandbd(request.data / recipe.real["folder"])
        read_names(recipe, request.data)
    except OSError as error:
        raise CannotStart(f"{error.filename} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError) as error:
        raise CannotStart(str(error)) from None
    return recipe


def _start(file: Path | None) -> tuple[Path, str]:
    """The model to start from and its digest: PP-OCRv6's own recogniser, if none is named."""
    from multilingual.unavailable import EngineUnavailable
    from ocr.engines.paddle_weights import model_folders

    if file is not None and not file.is_file():
        raise CannotStart(f"--start {file} is no file; name a recogniser such as ocr/models/recogniser.onnx")
    try:
        found = file or model_folders().recogniser / "inference.onnx"
    except EngineUnavailable as error:
        raise CannotStart(str(error)) from None
    import hashlib

    return found, hashlib.sha256(found.read_bytes()).hexdigest()


def _draw(recipe: Recipe, data: Path, start: Path, folder: Path) -> None:
    """Draw the crops that are not there yet, on all cores of the cluster."""
    folder.mkdir(parents=True, exist_ok=True)
    waiting = [file for file in files(recipe.settings) if not (folder / file.name).exists()]
    if waiting:
        materials = ray.put(gather(recipe, data, start))
        draw = ray.remote(_draw_file)
        ray.get([draw.remote(materials, file, str(folder)) for file in waiting])


def _draw_file(materials: Materials, file: DrawnFile, folder: str) -> None:
    import cv2

    cv2.setNumThreads(1)  # the other cores draw other files
    fresh = (Path(folder) / file.name).with_suffix(".new")
    pq.write_table(draw(file, materials), fresh)
    fresh.replace(fresh.with_suffix(".parquet"))


def _train_worker(plan: dict[str, Any]) -> None:
    """What each process of Ray Train runs; the first of them writes."""
    from ray.train import get_context

    from ocr.train.run import run_training

    run_training(
        model=Path(plan["model"]),
        recipe=read_recipe(Path(plan["recipe"])),
        data=Path(plan["data"]),
        output=Path(plan["output"]),
        writes=get_context().get_world_rank() == 0,
        most_steps=plan["most_steps"],
    )
