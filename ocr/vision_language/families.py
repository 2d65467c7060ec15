"""What families of vision-language models do each in its own way, by the `model_type` of their config."""

from dataclasses import dataclass
from typing import Any, Literal

Boxes = Literal["none", "pixels", "thousandths"]
"""How a family tells boxes: in pixels of the picture as the model saw it, or in thousandths of its sides."""


@dataclass(frozen=True, slots=True)
class Family:
    """One family. A `model_type` that is not in the table is taken for the plainest kind."""

    boxes: Boxes = "none"
    needs: tuple[str, ...] = ()
    """Packages that its processor cannot do without."""
    lines_only: bool = False
    """Whether it was made for pictures of one line, so that a whole page is nothing to it."""
    ragged: bool = False
    """Whether pictures of different sizes give arrays of different shapes, which zeros fill up in a batch."""


_QWEN_NEEDS = ("torchvision",)  # its processor wants a processor of videos, which has no other backend
FAMILIES = {
    "llava": Family(),
    "llava of nuskha_line_tower": Family(lines_only=True, ragged=True),
    "llava_next": Family(ragged=True),
    "idefics2": Family(ragged=True),
    "idefics3": Family(ragged=True),
    "smolvlm": Family(ragged=True, needs=("torchvision", "num2words")),
    "gemma3": Family(),
    "qwen2_vl": Family(boxes="thousandths", needs=_QWEN_NEEDS),
    "qwen2_5_vl": Family(boxes="pixels", needs=_QWEN_NEEDS),
    "qwen3_vl": Family(boxes="thousandths", needs=_QWEN_NEEDS),
    "qwen3_vl_moe": Family(boxes="thousandths", needs=_QWEN_NEEDS),
    "paddleocr_vl": Family(),
}


def family_of(config: Any) -> Family:
    """The family of the model with this configuration; a vision tower of its own can make it another."""
    tower = getattr(getattr(config, "vision_config", None), "model_type", "")
    plain = FAMILIES.get(config.model_type, Family())
    return FAMILIES.get(f"{config.model_type} of {tower}", plain)
