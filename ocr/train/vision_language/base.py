"""The model that training begins with: one put together here, or a folder's or the model hub's."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from multilingual.language_models.gemma import model_folder
from multilingual.language_models.number_format import best_dtype
from ocr.engines.options import OWN_VLM, VlmOptions
from ocr.vision_language.loading import load
from ocr.vision_language.small import assemble
from ocr.vision_language.small import model_folder as small_folder

NEW, GEMMA = "new", "gemma3-270m"
"""Models put together here, of the recogniser's eyes and a new language model or the packaged Gemma."""


@dataclass(frozen=True, slots=True)
class Base:
    """A model and its processor. One `assembled` here is nowhere else: what is made of it is kept whole."""

    model: Any
    processor: Any
    assembled: bool


def base_model(name: str, settings: Mapping[str, Any]) -> Base:
    """The model of this name, the same weights each time, where it shall be trained.

    A language model that learns itself is in float32. Raises EngineUnavailable.
    """
    if name in (NEW, GEMMA):
        with torch.random.fork_rng():
            torch.manual_seed(settings["seed"])
            model, processor = assemble(None if name == NEW else model_folder())
        return Base(model.to("cuda" if torch.cuda.is_available() else "cpu"), processor, assembled=True)
    is_short = settings["rank"] and best_dtype("auto") is torch.bfloat16
    loaded = load(
        VlmOptions(
            model=name,
            adapter="none",
            dtype="bfloat16" if is_short else "float32",
            quantised=bool(settings.get("quantised")),
        )
    )
    return Base(loaded.model, loaded.processor, assembled=False)


def weights_of(name: str) -> list[Path]:
    """Files that tell whether the model of this name is another than before; none for one of the hub."""
    folder = small_folder() if name == OWN_VLM else Path(name).expanduser()
    return sorted(folder.glob("*.safetensors")) if folder.is_dir() else []
