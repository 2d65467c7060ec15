"""Prompts are data: a file a task (page, line), and one for each way of telling boxes, which is added to it.

What is put to a model is versioned by its hash. No file holds a patient's text.
"""

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import Literal

from ocr.vision_language.families import Boxes


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is put to a model; `digest` is its SHA-256 in hexadecimal."""

    text: str

    @property
    def digest(self) -> str:
        """See above."""
        return sha256(self.text.encode()).hexdigest()


def load_prompt(task: Literal["page", "line"], boxes: Boxes = "none") -> Prompt:
    """The prompt of a task for a model that tells boxes in this way."""
    names = [task] if boxes == "none" else [task, f"box-{boxes}"]
    return Prompt(
        "\n".join(files(__name__).joinpath(f"{name}.txt").read_text("utf-8").strip() for name in names)
    )
