"""Whether an adapter to start from was made for a model, told from its files before anything is loaded."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import nn
from transformers import AutoConfig, AutoModelForImageTextToText

from multilingual.language_models.files import folder_of, quiet
from ocr.train.vision_language.base import GEMMA, NEW
from ocr.vision_language import tower  # noqa: F401 - makes its classes known to transformers

_CONFIG, _WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_BEFORE, _DOWN = "base_model.model.", ".lora_A.weight"


def misfit(adapter: Path, model: str, settings: Mapping[str, Any]) -> str:
    """What is wrong with starting to train `model` from `adapter` with these settings; "" if nothing is."""
    try:
        config = json.loads((adapter / _CONFIG).read_text(encoding="utf-8"))
        with safe_open(adapter / _WEIGHTS, framework="pt") as file:
            shapes = {name: file.get_slice(name).get_shape() for name in file.keys()}  # noqa: SIM118
        size = {"rank": config["r"], "alpha": config["lora_alpha"]}
    except Exception:  # whatever a broken file makes the libraries raise
        return f"is no LoRA adapter: it needs {_CONFIG} and {_WEIGHTS}"
    for name, value in size.items():
        if value != settings.get(name):
            return f"has {name} {value}, the recipe {settings.get(name)}; make them equal"
    if model in (NEW, GEMMA):
        return f"cannot be put on {model}, which is put together anew; name a model with --model"
    inward = _linear(model)
    for name, shape in shapes.items():
        if name.endswith(_DOWN) and inward.get(name.removeprefix(_BEFORE).removesuffix(_DOWN)) != shape[1]:
            return f"was made for another model than {model}: its layers are others"
    return ""


def _linear(model: str) -> dict[str, int]:
    """How many values each linear layer takes, by its name; no weights are read."""
    folder = folder_of(model, None, "--model", f"--model {NEW}")
    auto: Any = AutoModelForImageTextToText
    with quiet(), torch.device("meta"):
        made = auto.from_config(AutoConfig.from_pretrained(folder, local_files_only=True))
    return {name: part.in_features for name, part in made.named_modules() if isinstance(part, nn.Linear)}
