"""Whether what was raised means that the memory of the device, or of the machine, does not suffice."""

import torch

_SAID_BY = ("out of memory", "can't allocate memory", "not enough memory", "ALLOC_FAILED")
"""What libraries say that raise a plain RuntimeError: torch's CPU allocator, cuBLAS, cuDNN."""


def is_exhaustion(error: Exception) -> bool:
    """True of an error that less at a time would have avoided."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _SAID_BY)
