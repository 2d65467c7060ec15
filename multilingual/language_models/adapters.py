"""A LoRA adapter put on a model, or refused where it was made for another."""

import warnings
from pathlib import Path
from typing import Any

from peft import PeftModel, get_peft_model_state_dict
from safetensors import safe_open

from multilingual.language_models.files import first_line
from multilingual.language_models.memory import is_exhaustion
from multilingual.unavailable import EngineUnavailable

_FILES = ("adapter_config.json", "adapter_model.safetensors")


def adapter_folder(name: str) -> Path | None:
    """The folder of an adapter; None for "none"."""
    if name == "none":
        return None
    folder = Path(name).expanduser()
    for file in _FILES:
        if not (folder / file).is_file():
            raise EngineUnavailable(
                f"{folder} is no LoRA adapter: it has no {file}; adapter=none does without"
            )
    return folder


def with_adapter(model: Any, adapter: Path, base: Path, merged: bool) -> Any:
    """`model`, of the folder `base`, with the adapter's weights added to its own or computed beside them."""
    try:
        with warnings.catch_warnings():
            # A layer for which the adapter holds nothing is only warned of, and would stay as it was.
            warnings.filterwarnings("error", message=".*missing adapter keys")
            adapted = PeftModel.from_pretrained(model, adapter)
        _all_used(adapted, adapter)
        return adapted.merge_and_unload() if merged else adapted.get_base_model()
    except Exception as error:
        if is_exhaustion(error):
            raise
        why = "its layers are others" if isinstance(error, UserWarning) else first_line(error)
        raise EngineUnavailable(f"the adapter {adapter} does not fit the model {base} ({why})") from error


def _all_used(adapted: Any, adapter: Path) -> None:
    """Raise ValueError where the file holds weights that the model had no layer for: peft drops them."""
    with safe_open(adapter / _FILES[1], framework="pt") as file:
        held = sum("lora_" in name for name in file.keys())  # noqa: SIM118 - no mapping
    taken = get_peft_model_state_dict(adapted, save_embedding_layers=False)
    if held != (used := sum("lora_" in name for name in taken)):
        raise ValueError(f"it holds {held} arrays of which the model has a place for {used}")
