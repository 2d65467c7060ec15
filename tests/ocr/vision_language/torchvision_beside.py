"""Makes a torchvision usable that was built for another torch than the one here: a plugin of pytest.

Its import registers kernels of operators that the CPU build of torch does not have; declared first, they are
found, and its transforms run. num2words, which one processor asks for and uses for videos only, is stood in
for where it isn't installed.
"""

import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

import torch

_LIBRARY = torch.library.Library("torchvision", "DEF")
_LIBRARY.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
_LIBRARY.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

if find_spec("num2words") is None:
    standing_in = ModuleType("num2words")
    standing_in.__spec__ = ModuleSpec("num2words", None)
    standing_in.num2words = str  # type: ignore[attr-defined]
    sys.modules["num2words"] = standing_in
