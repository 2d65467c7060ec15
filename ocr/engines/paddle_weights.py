"""The PP-OCRv6 small weights of the rapidocr wheel, as the model folders that PaddleOCR reads.

PaddleOCR wants a folder for each model, holding `inference.onnx` and `inference.yml`; the wheel carries bare
ONNX files. The folders are written once, below the user's cache folder, and keyed by the weights' hash.
"""

import hashlib
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from multilingual.unavailable import EngineUnavailable

DETECTOR = "PP-OCRv6_small_det"
RECOGNISER = "PP-OCRv6_small_rec"
WEIGHTS = "inference.onnx"
"""The file in a model's folder that holds its weights."""

_WHEEL_FILES = {DETECTOR: "PP-OCRv6_det_small.onnx", RECOGNISER: "PP-OCRv6_rec_small.onnx"}
_DECODE = {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}}
_DETECTOR_CONFIG = {
    "Global": {"model_name": DETECTOR},
    "PreProcess": {
        "transform_ops": [
            _DECODE,
            {"DetResizeForTest": {"resize_long": 960}},
            {
                "NormalizeImage": {
                    "mean": [0.485, 0.456, 0.406],
                    "std": [0.229, 0.224, 0.225],
                    "scale": 1 / 255,
                    "order": "hwc",
                }
            },
            {"ToCHWImage": None},
        ]
    },
    "PostProcess": {"name": "DBPostProcess", "thresh": 0.3, "box_thresh": 0.6, "unclip_ratio": 1.5},
}


@dataclass(frozen=True, slots=True)
class ModelFolders:
    """Where the two models lie, and `digest`: twelve hexadecimal digits of the SHA-256 of both weights.

    `models` is the SHA-256 of each alone.
    """

    detector: Path
    recogniser: Path
    digest: str
    models: Mapping[str, str]


def cache_folder() -> Path:
    """Where this program keeps what it can make again: `$XDG_CACHE_HOME/nuskha` or `~/.cache/nuskha`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nuskha"


def model_folders() -> ModelFolders:
    """The model folders, written on the first call. Many processes may call it at the same time.

    Raises EngineUnavailable where the wheel is missing or the cache folder can't be written.
    """
    weights = _wheel_weights()
    contents = {name: path.read_bytes() for name, path in weights.items()}
    digest = hashlib.sha256(b"".join(contents.values())).hexdigest()[:12]
    models = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    folders = {name: cache_folder() / f"{name}-{digest}" for name in weights}
    for name, folder in folders.items():
        if not folder.is_dir():
            try:
                _write_folder(folder, name, weights[name])
            except OSError as error:
                raise EngineUnavailable(
                    f"the weights can't be unpacked to {folder} ({error.strerror}); "
                    "set XDG_CACHE_HOME to a folder that can be written"
                ) from error
    return ModelFolders(folders[DETECTOR], folders[RECOGNISER], digest, models)


def _wheel_weights() -> dict[str, Path]:
    # The package is located, not imported: its import loads all that it could run.
    spec = importlib.util.find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise EngineUnavailable("the weights of PP-OCRv6 come with rapidocr: pip install rapidocr")
    weights = {name: Path(spec.origin).parent / "models" / file for name, file in _WHEEL_FILES.items()}
    missing = [path for path in weights.values() if not path.is_file()]
    if missing:
        raise EngineUnavailable(f"rapidocr carries no {missing[0].name}: install the version that is pinned")
    return weights


def _write_folder(folder: Path, name: str, weights: Path) -> None:
    """Write the folder beside its place and rename it there, so that no process sees half of it."""
    config = _DETECTOR_CONFIG if name == DETECTOR else _recogniser_config(weights)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unpacking-") as scratch:
        unpacked = Path(scratch) / folder.name
        unpacked.mkdir()
        shutil.copyfile(weights, unpacked / WEIGHTS)
        text = yaml.safe_dump(config, allow_unicode=True)
        (unpacked / "inference.yml").write_text(text, encoding="utf-8")
        try:
            unpacked.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another process was faster, with the same content
                raise


def _recogniser_config(weights: Path) -> dict[str, Any]:
    import onnxruntime

    session = onnxruntime.InferenceSession(weights, providers=["CPUExecutionProvider"])
    characters = session.get_modelmeta().custom_metadata_map["character"].split("\n")
    return {
        "Global": {"model_name": RECOGNISER},
        "PreProcess": {"transform_ops": [_DECODE, {"RecResizeImg": {"image_shape": [3, 48, 320]}}]},
        "PostProcess": {"name": "CTCLabelDecode", "character_dict": characters},
    }
