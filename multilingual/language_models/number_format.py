"""The number format that a model is fast in here."""

from typing import Any

import torch


def best_dtype(asked: str) -> torch.dtype:
    """The torch type that `asked` names; of "auto" bfloat16 where this machine computes in it, else float32.

    A processor without instructions for bfloat16 (x86 below AVX-512) calculates in it tens of times slower
    than in float32.
    """
    if asked != "auto":
        dtype: torch.dtype = getattr(torch, asked)
        return dtype
    return torch.bfloat16 if computes_in_bfloat16() else torch.float32


def computes_in_bfloat16() -> bool:
    """Whether the GPU, where there is one, or else the processor has instructions for it."""
    if torch.cuda.is_available():
        supported: bool = torch.cuda.is_bf16_supported()
        return supported
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def cast(model: Any, dtype: torch.dtype) -> None:
    """Change the number format of a model's weights alone.

    What is computed at the start, such as the frequencies that tell positions, stays in float32.
    """
    for weight in model.state_dict(keep_vars=True).values():
        if weight.is_floating_point():
            weight.data = weight.data.to(dtype)


def fast_arithmetic(device: torch.device) -> torch.autocast:
    """A context that multiplies in bfloat16 where that is faster; elsewhere nothing changes."""
    return torch.autocast(device.type, torch.bfloat16, enabled=computes_in_bfloat16())
