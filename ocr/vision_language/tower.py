"""The eyes of the small model: the recogniser of handwriting that ships, without its last layer.

A line is brought to a height of 48 pixels as in the recogniser's training, and seen as one vector for each 16
pixels from left to right: two columns of the recogniser make one. The classes are registered with
transformers, so that a folder with such a tower loads like any other, once this module is imported.
"""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn
from transformers import (
    AutoConfig,
    AutoImageProcessor,
    AutoModel,
    AutoProcessor,
    LlavaProcessor,
    PreTrainedConfig,
    PreTrainedModel,
)
from transformers.feature_extraction_utils import BatchFeature
from transformers.image_processing_utils import BaseImageProcessor
from transformers.modeling_outputs import BaseModelOutput

from ocr.engines.crops import HEIGHT, Crop, to_height
from ocr.engines.runtime import open_session
from ocr.graph import GraphModule
from ocr.onnx_weights import widen

RECOGNISER = Path(__file__).parents[1] / "models" / "recogniser.onnx"
WIDEST = 960
"""Pixels across; longer lines are narrowed to it."""
NARROWEST = 160
"""Pixels that a line is widened to at least, as in the recogniser's training."""
_JOINED = 2  # columns of the recogniser, of 8 pixels each, that make one vector
STEP = 8 * _JOINED
"""Pixels across for each vector."""
_AT_ONCE = 16  # pictures: more of them are no faster, and take memory
_ROUNDED = 160  # widths are rounded up to a multiple of it: few different shapes, each a batch of its own


class LineTowerConfig(PreTrainedConfig):  # type: ignore[no-untyped-call]
    """Configuration of `LineTower`; `features` are the recogniser's a column."""

    model_type = "nuskha_line_tower"

    def __init__(self, features: int = 120, **others: Any) -> None:
        super().__init__(**others)
        self.features = features
        self.hidden_size = features * _JOINED


class LineTower(PreTrainedModel):  # type: ignore[no-untyped-call]
    """Pictures (N, 3, 48, W) to vectors (N, W / STEP, hidden_size), as its one hidden state.

    With `image_sizes` (N, 2), LLaVA's way of telling that pictures are filled up to the widest, each is seen
    as if alone, and their vectors come end to end: (1, vectors, hidden_size).

    Where nothing is to be learned, a CPU sees through ONNX Runtime, in float32: one and a half times as fast.
    """

    config_class = LineTowerConfig
    main_input_name = "pixel_values"
    # It attends to nothing, so it does with any way of attending.
    _supports_sdpa = True
    _supports_flash_attn = True
    patch_size = STEP

    def __init__(self, config: LineTowerConfig) -> None:
        super().__init__(config)
        self.graph = GraphModule(widen(onnx.load(RECOGNISER)), logits=True)
        self.graph.drop_last(2)  # the product and the sum that tell the characters
        self._session: onnxruntime.InferenceSession | None = None  # of the weights since the last training
        self.post_init()  # type: ignore[no-untyped-call]

    def forward(self, pixel_values: Tensor, image_sizes: Tensor | None = None, **_: Any) -> BaseModelOutput:
        """See the class."""
        if image_sizes is None:
            seen = self._seen(pixel_values)
        else:
            seen = torch.cat(self._each_seen(pixel_values, image_sizes[:, 1].tolist()))[None]
        return BaseModelOutput(last_hidden_state=seen, hidden_states=(seen,))

    def _each_seen(self, pixel_values: Tensor, widths: Sequence[int]) -> list[Tensor]:
        """The vectors of each picture: those of one width are seen together, a few at a time."""
        seen: dict[int, Tensor] = {}
        places = sorted(range(len(widths)), key=lambda place: widths[place])
        for width, group in groupby(places, lambda place: widths[place]):
            alike = list(group)
            for start in range(0, len(alike), _AT_ONCE):
                part = alike[start : start + _AT_ONCE]
                seen |= zip(part, self._seen(pixel_values[part, ..., :width]), strict=True)
        return [seen[place] for place in range(len(widths))]

    def _seen(self, pixel_values: Tensor) -> Tensor:
        if pixel_values.device.type == "cpu" and not torch.is_grad_enabled():
            pixels = pixel_values.contiguous().float().numpy()
            columns = torch.from_numpy(self._runtime().run(None, {"x": pixels})[0]).to(pixel_values.dtype)
        else:
            columns = self.graph(pixel_values)
        return columns.reshape(len(columns), -1, self.config.hidden_size)

    def _runtime(self) -> onnxruntime.InferenceSession:
        if self._session is None:
            model = widen(onnx.load(RECOGNISER))
            self.graph.write_to(model)
            self._session = open_session(model.SerializeToString(), torch.get_num_threads())
        return self._session

    def train(self, mode: bool = True) -> "LineTower":
        """As any module's."""
        if mode:
            self._session = None
        return cast(LineTower, super().train(mode))

    def _init_weights(self, module: nn.Module) -> None:
        """Nothing: the weights are the recogniser's until others are loaded."""


class LineImageProcessor(BaseImageProcessor):
    """Pictures of lines to `pixel_values` (N, 3, 48, W), grey, -1 to 1; mid-grey where a line has ended.

    `image_sizes` (N, 2) are those that LLaVA reckons a picture's vectors by: one row of them, W across.
    """

    model_input_names = ["pixel_values", "image_sizes"]  # noqa: RUF012 - transformers declares it so

    def preprocess(self, images: Any, **_: Any) -> BatchFeature:
        """`images` are one or many, PIL or arrays (height, width, 3) in RGB."""
        many = images if isinstance(images, list | tuple) else [images]
        lines = [to_height(as_grey(np.asarray(image)), NARROWEST) for image in many]
        pixels = padded(lines)
        sizes = torch.tensor([[STEP, pixels.shape[-1]]] * len(lines))
        return BatchFeature({"pixel_values": pixels, "image_sizes": sizes})


class LineProcessor(LlavaProcessor):
    """LLaVA's processor; a picture has as many tokens as its tower makes vectors of it."""

    def replace_image_token(self, image_inputs: dict[str, Any], image_idx: int, **_: Any) -> str:
        """The tokens that stand for the picture in the prompt."""
        count: int = image_inputs["pixel_values"][image_idx].shape[-1] // STEP
        return str(self.image_token) * count


def as_grey(picture: Crop) -> Crop:
    """RGB (height, width, 3) as grey (height, width)."""
    return cast(Crop, cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)) if picture.ndim == 3 else picture


def padded(lines: Sequence[Crop]) -> Tensor:
    """Grey lines 48 pixels high as one tensor (N, 3, 48, W), each narrowed to WIDEST."""
    fitted = [cv2.resize(e, (WIDEST, HEIGHT)) if e.shape[1] > WIDEST else e for e in lines]
    width = -(-max(line.shape[1] for line in fitted) // _ROUNDED) * _ROUNDED
    pixels = np.zeros((len(fitted), HEIGHT, width), np.float32)
    for row, line in zip(pixels, fitted, strict=True):
        row[:, : line.shape[1]] = line.astype(np.float32) / 127.5 - 1
    return torch.from_numpy(pixels)[:, None].repeat(1, 3, 1, 1)


AutoConfig.register(LineTowerConfig.model_type, LineTowerConfig, exist_ok=True)
AutoModel.register(LineTowerConfig, LineTower, exist_ok=True)
AutoImageProcessor.register(
    LineTowerConfig, image_processor_classes={"pil": LineImageProcessor}, exist_ok=True
)
AutoProcessor.register(LineTowerConfig, LineProcessor, exist_ok=True)  # type: ignore[no-untyped-call]
