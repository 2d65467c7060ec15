"""What a trained model reads on examples kept from training: how many names it tells exactly."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ocr.engines.base import Unread
from ocr.engines.options import VlmOptions
from ocr.train.loop import compared
from ocr.train.vision_language.examples import Shown
from ocr.vision_language.asking import Answering, Said
from ocr.vision_language.medication_answer import Medicine, line_schema, page_schema, parse
from ocr.vision_language.prompts import load_prompt
from ocr.vision_language.schemas import longest_tokens


@dataclass(slots=True)
class Read:
    """Counts over examples; names count as equal where their letters and digits are, whatever their case."""

    examples: int = 0
    names: int = 0
    """Names that stand there."""
    names_exact: int = 0
    """Those of them that were told."""
    names_invented: int = 0
    """Names that were told and stand nowhere in their example."""
    examples_exact: int = 0
    """Examples of which all was told to the letter, or nothing where there is no medicine."""
    unread: int = 0
    """Answers that were none."""
    wrong: list[int] = field(default_factory=list)
    """Places of the examples whose names were not told exactly."""

    def figures(self) -> Mapping[str, float]:
        """As a file tells it."""
        return {
            "n": self.examples,
            "names": self.names,
            "names_exact": round(self.names_exact / max(1, self.names), 4),
            "names_invented": self.names_invented,
            "examples_exact": round(self.examples_exact / max(1, self.examples), 4),
            "unread": self.unread,
        }


def measure(model: Answering, examples: Sequence[Shown], batch: int = 64) -> Read:
    """Ask for each example, the answer constrained to the JSON of a page or a line."""
    line = load_prompt("line").text
    read = Read()
    for start in range(0, len(examples), batch):
        part = examples[start : start + batch]
        schema = line_schema(boxes=False) if all(e.prompt == line for e in part) else page_schema(boxes=False)
        said = model.answer([example.question for example in part], schema, longest_tokens(schema))
        for place, (example, answer) in enumerate(zip(part, said, strict=True), start=start):
            if not _count(read, _medicines(example.answer), answer):
                read.wrong.append(place)
    return read


def options_for(made: Path, model: str, settings: Mapping[str, object]) -> VlmOptions:
    """Options of the engine that read with what was `made`: a model's folder, or an adapter of `model`."""
    pixels = int(str(settings["pixels"]))
    if made.name != "adapter":
        return VlmOptions(model=str(made), pixels=pixels)
    return VlmOptions(
        model=model, adapter=str(made), pixels=pixels, quantised=bool(settings.get("quantised", False))
    )


def _medicines(answer: str) -> list[Medicine]:
    return [told.medicine for told in parse(Said(answer)).medicines]


def _count(read: Read, wanted: Sequence[Medicine], answer: Said) -> bool:
    read.examples += 1
    read.names += len(wanted)
    try:
        told = [each.medicine for each in parse(answer).medicines]
    except Unread:
        read.unread += 1
        return False
    there, said = (Counter(compared(each.name) for each in medicines) for medicines in (wanted, told))
    read.names_exact += (there & said).total()
    read.names_invented += (said - there).total()
    read.examples_exact += told == list(wanted)
    return there == said
