"""`nuskha finetune vlm ocr|summarize`: pictures and answers -> a vision-language model, on Ray Train.

OUTPUT/lines/           lines in simulated hands, where the recipe asks for some
OUTPUT/checkpoint/      where a run that was stopped goes on
OUTPUT/log.jsonl        the losses, a line every ten steps
OUTPUT/loss.png         the same as a picture
OUTPUT/adapter/         at the end: a LoRA adapter of a model that is elsewhere, with training.json
OUTPUT/model/           or the whole model, where it was put together here or learned itself
OUTPUT/validation.json  what it reads of the examples that were kept from it

OUTPUT may be an address such as s3://bucket/run.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jobs.cluster import cluster
from jobs.exits import CannotStart, Exit
from jobs.finetune_vlm_examples import draw_lines, parts_of
from jobs.training import check_same_run, train_on_ray
from multilingual.clinical.formulary import FormularyError
from multilingual.language_models.cache import file_digest
from multilingual.language_models.tuning.run import LOG
from multilingual.language_models.tuning.storage import Storage
from multilingual.unavailable import EngineUnavailable
from ocr.train.vision_language.material import Materials, gather
from ocr.train.vision_language.recipe import RECIPES, Preset, Recipe, Task, presets, read_recipe

_DEFAULT_PRESET = {"ocr": "test"}
_RECORDS = {
    "ocr": RECIPES / "records.toml",
    "summarize": Path(__file__).parent.parent / "summarize" / "train" / "recipe_pairs.toml",
}
"""Recipes of data that the user has, for whoever names a model."""
_RUN = "run.json"
_WEIGHTS = "adapter_model.safetensors"


@dataclass(frozen=True, slots=True, kw_only=True)
class FinetuneVlm:
    """A training run as asked for on the command line; the fields are its options."""

    task: Task
    output: str
    data: Path | None = None
    recipe: Path | None = None
    preset: str | None = None
    model: str | None = None
    start: Path | None = None
    workers: int = 1
    gpus_per_worker: float = 0.0
    address: str | None = None
    most_steps: int | None = None


def finetune_vlm(request: FinetuneVlm) -> Exit:
    """Train, or go on where an earlier run of the same recipe stopped. Raises CannotStart, Stopped."""
    preset = _preset(request)
    file = _recipe_file(request, preset)
    try:
        recipe = read_recipe(file, request.task, preset.settings if preset else None)
        materials = _materials(recipe, request.data)
        parts = parts_of(recipe, request.data, None)
        if not recipe.sources.keys() & {"simulated", "words"} and not any(part.examples for part in parts):
            raise CannotStart(f"the data of {file} hold no example")
    except OSError as error:
        raise CannotStart(f"{error.filename} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, FormularyError, EngineUnavailable) as error:
        raise CannotStart(str(error)) from None
    model = _model(request, preset, recipe)
    _check_start(request.start, recipe, model)
    storage = _opened(request, recipe, model)
    plan: dict[str, Any] = {
        "task": request.task,
        "recipe": str(file.absolute()),
        "preset": dict(preset.settings) if preset else {},
        "data": str(request.data.absolute()) if request.data else None,
        "model": model,
        "start": str(request.start.absolute()) if request.start else None,
        "output": storage.address,
        "most_steps": request.most_steps,
    }
    with cluster(request.address, request.workers):
        draw_lines(recipe, materials, request.data, storage)
        train_on_ray(
            _train_worker,
            plan,
            storage.folder,
            request.workers,
            request.gpus_per_worker,
            storage.folder / LOG,
        )
    _tell(storage, request.output)
    return Exit.OK


def _preset(request: FinetuneVlm) -> Preset | None:
    name = request.preset
    if name is None and request.recipe is None:
        name = _DEFAULT_PRESET.get(request.task)
    if name is None:
        return None
    known = {each: preset for each, preset in presets().items() if preset.task == request.task}
    if name not in known:
        raise CannotStart(f"there is no preset {name} of {request.task}; known: {', '.join(known)}")
    return known[name]


def _recipe_file(request: FinetuneVlm, preset: Preset | None) -> Path:
    if request.recipe is not None:
        return request.recipe
    return RECIPES / preset.recipe if preset and preset.recipe else _RECORDS[request.task]


def _materials(recipe: Recipe, data: Path | None) -> Materials | None:
    for simulated in recipe.sources.get("simulated", ()):
        return gather(simulated, data, recipe.settings["seed"])
    return None


def _model(request: FinetuneVlm, preset: Preset | None, recipe: Recipe) -> str:
    """The model's name, or its folder's path. Raises CannotStart where there is none such."""
    from multilingual.language_models.files import folder_of
    from multilingual.language_models.gemma import model_folder
    from ocr.engines.options import OWN_VLM
    from ocr.train.vision_language.base import GEMMA, NEW
    from ocr.vision_language.loading import EXTRA

    name = request.model or (preset.model if preset else None) or (NEW if request.task == "ocr" else None)
    if name is None:
        raise CannotStart("name a model that sees with --model, a folder or a name on the model hub")
    if recipe.settings.get("quantised") and find_spec("bitsandbytes") is None:
        raise CannotStart(f"quantised weights need bitsandbytes, not installed: {EXTRA}")
    try:
        if name == GEMMA:
            model_folder()
        if name in (NEW, GEMMA, OWN_VLM):
            return name
        folder = folder_of(name, None, "--model", f"--model {NEW}")
    except EngineUnavailable as error:
        raise CannotStart(str(error)) from None
    if not (folder / "config.json").is_file():
        raise CannotStart(f"--model {name} is no folder of a transformers model: it has no config.json")
    return str(folder.absolute()) if Path(name).expanduser().is_dir() else name


def _check_start(adapter: Path | None, recipe: Recipe, model: str) -> None:
    """Raises CannotStart where the adapter to start from is none, or of another size or another model."""
    if adapter is None:
        return
    from ocr.train.vision_language.fitting import misfit

    if wrong := misfit(adapter, model, recipe.settings):
        raise CannotStart(f"--start {adapter} {wrong}")


def _opened(request: FinetuneVlm, recipe: Recipe, model: str) -> Storage:
    """The output, which is of this run. Raises CannotStart."""
    from ocr.train.vision_language.base import weights_of

    record = {
        "recipe_sha256": recipe.digest,
        "model": model,
        "weights_sha256": [file_digest(file) for file in weights_of(model)],
        "start_sha256": file_digest(request.start / _WEIGHTS) if request.start else None,
    }
    try:
        storage = Storage(request.output)
        storage.begin(_RUN)
        check_same_run(storage.folder, record)
        storage.push(_RUN)
    except ValueError as error:
        raise CannotStart(str(error)) from None
    except OSError as error:
        reason = error.strerror or str(error).splitlines()[0]
        raise CannotStart(f"{request.output} cannot be written to: {reason}") from None
    return storage


def _train_worker(plan: dict[str, Any]) -> None:
    """What each process of Ray Train runs; the first of them writes."""
    from jobs.finetune_vlm_worker import run_worker

    run_worker(plan)


def _tell(storage: Storage, output: str) -> None:
    storage.fetch("validation.json")
    measured = storage.folder / "validation.json"
    made: Sequence[str] = [name for name in ("adapter", "model") if storage.names(name)]
    if not made or not measured.is_file():
        print(f"stopped at a checkpoint; the same command goes on from {output}")
        return
    figures = json.loads(measured.read_text(encoding="utf-8"))
    print(f"{output}/{made[0]}: {', '.join(f'{name} {figure}' for name, figure in figures.items())}")
