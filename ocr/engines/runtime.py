"""ONNX Runtime on the CPU, as the recognisers use it."""

import os
from pathlib import Path
from typing import Any

import onnxruntime

_MOST_THREADS = 8  # more gain nothing on models of this size
_ERRORS_ONLY = 3


def usable_cores() -> int:
    """The cores that this process may use, 8 at most."""
    affinity: Any = getattr(os, "sched_getaffinity", None)
    return min(_MOST_THREADS, len(affinity(0)) if affinity else os.cpu_count() or 1)


def open_session(weights: Path | bytes, threads: int) -> onnxruntime.InferenceSession:
    """The model in the file `weights`, or of these bytes, calculating on `threads` threads."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = _ERRORS_ONLY
    model = weights if isinstance(weights, bytes) else str(weights)
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
