"""Which weights of a vision-language model learn: LoRA weights beside its language model, or that itself.

The projector between language model and vision tower learns in either case, the tower never.
"""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from peft import LoraConfig, PeftModel, get_peft_model, prepare_model_for_kbit_training
from torch import nn

_PROJECTORS = ("multi_modal_projector", "connector", "merger", "mlp_AR")
"""What the families call it."""


def prepared(model: Any, settings: Mapping[str, Any], start: Path | None = None, name: str = "") -> Any:
    """The model, its weights frozen but for those that shall learn; within an adapter where there is a rank.

    `start` is the folder of an adapter to begin with, `name` what the adapter calls its base.
    """
    if settings.get("quantised"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            model = prepare_model_for_kbit_training(model)  # type: ignore[no-untyped-call]
    for weight in model.parameters():
        weight.requires_grad_(False)
    if not settings["rank"]:
        learning = [model.get_submodule(name) for name in (_decoder(model), *projectors_of(model))]
        for module in (*learning, model.get_output_embeddings()):
            module.requires_grad_(True)
        return model
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft 0.21 asks transformers 5.23 by an older name
        if start is not None:
            # A layer for which the adapter holds nothing is only warned of, and would begin anew.
            warnings.filterwarnings("error", message=".*missing adapter keys")
            adapted: Any = PeftModel.from_pretrained(model, start, is_trainable=True)
        else:
            adapted = get_peft_model(model, _lora(model, settings))
    adapted.peft_config["default"].base_model_name_or_path = name
    return adapted


def projectors_of(model: Any) -> list[str]:
    """The names of the modules between vision tower and language model."""
    return [name for name, _ in model.named_modules() if name.rpartition(".")[2] in _PROJECTORS]


def _lora(model: Any, settings: Mapping[str, Any]) -> LoraConfig:
    """Beside all linear layers of the language model, or those whose last names `modules` tells."""
    decoder, wanted = _decoder(model), settings.get("modules")
    linear = [
        name
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear)
        and name.startswith(f"{decoder}.")
        and (wanted is None or name.rpartition(".")[2] in wanted)
    ]
    return LoraConfig(
        r=settings["rank"],
        lora_alpha=settings["alpha"],
        lora_dropout=settings.get("dropout", 0.0),
        target_modules=linear,
        modules_to_save=projectors_of(model) or None,
    )


def _decoder(model: Any) -> str:
    """The name of the language model within `model`."""
    decoder = model.get_decoder()
    return next(str(name) for name, module in model.named_modules() if module is decoder)
