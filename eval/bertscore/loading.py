"""A text encoder from the package, a folder or the model hub.

Weights are safetensors only, computed in float32, and no code that comes with a model is run. Whatever can't
be loaded raises EngineUnavailable with what to do about it.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from transformers import AutoModel, PreTrainedTokenizerBase

from eval.bertscore.packaged import NAME, model_folder
from multilingual.language_models.cache import weights_digest
from multilingual.language_models.files import first_line, folder_of, quiet, tokenizer_in, weights_in
from multilingual.unavailable import EngineUnavailable

PACKAGED: Final = "packaged"


@dataclass(frozen=True, slots=True)
class Loaded:
    """An encoder with all its layers; `digest` is of its weights."""

    name: str
    digest: str
    model: Any  # a PreTrainedModel that gives hidden states
    tokenizer: PreTrainedTokenizerBase


def load(name: str) -> Loaded:
    """The encoder `packaged`, of a folder, or of a name on the hub. Raises EngineUnavailable."""
    folder = _folder(name)
    weights = weights_in(folder)
    with quiet():
        tokenizer = tokenizer_in(folder)
        model = _model(folder)
    return Loaded(
        name=NAME if name == PACKAGED else name.rstrip(os.sep),
        digest=weights_digest(weights),
        model=model.to("cuda" if torch.cuda.is_available() else "cpu").eval(),
        tokenizer=tokenizer,
    )


def _folder(name: str) -> Path:
    return model_folder() if name == PACKAGED else folder_of(name, None, "encoder", PACKAGED)


def _model(folder: Path) -> Any:
    try:
        model: Any = AutoModel.from_pretrained(
            folder, dtype=torch.float32, trust_remote_code=False, local_files_only=True, use_safetensors=True
        )
    except Exception as error:
        raise EngineUnavailable(f"{folder} is no model that can be read ({first_line(error)})") from error
    return model.encoder if hasattr(model, "encoder") and hasattr(model, "decoder") else model
