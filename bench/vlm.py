"""Vision-language models in batches. Run: python -m bench.vlm, or with --size for bench.vlm_sweep.

Without --size: drawn lines read by a model all at once, beside the same model asked one line at a time, as a
plain script does with transformers' generate. Both hold the answer to the same JSON schema, greedily and in
float32, in one process, in turns. The bar is BAR times the lines a second, and the same answers.

With --size: a model of that size with random weights, by the size of the batch (see bench.vlm_sweep).
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console

from bench.vlm_sweep import SIZES, Sweep, bandwidth_of, sweep, table
from multilingual.clinical.formulary import load_formulary
from multilingual.unavailable import EngineUnavailable
from ocr.engines.options import OWN_VLM, VlmOptions
from ocr.simulate.orders import orderable
from ocr.train.vision_language.base import GEMMA, base_model
from ocr.train.vision_language.examples import Shown
from ocr.train.vision_language.lines import draw_lines
from ocr.vision_language.asking import Question, Said
from ocr.vision_language.medication_answer import line_schema
from ocr.vision_language.model import VisionLanguageModel
from ocr.vision_language.prompts import load_prompt
from ocr.vision_language.schemas import longest_tokens

BAR = 5.0
_SEED = 20_261_129
_WARM = 4  # lines before the clock starts: the schema's tables are made with the first


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds for all lines at once and for one at a time, and what was said."""

    together_s: float
    alone_s: float
    together: tuple[Said, ...]
    alone: tuple[Said, ...]

    @property
    def ratio(self) -> float:
        """How many times as fast the batches are."""
        return self.alone_s / self.together_s

    @property
    def same(self) -> int:
        """How many answers are the same, to the letter."""
        return sum(ours.text == theirs.text for ours, theirs in zip(self.together, self.alone, strict=True))


def main(given: Sequence[str] | None = None) -> int:
    """Print the figures; exit status 1 where the bar is missed or an answer differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--model",
        default=OWN_VLM,
        help=f"a folder, a name on the hub, {OWN_VLM}, or {GEMMA}: Gemma behind our tower, untrained",
    )
    parser.add_argument("--lines", type=int, default=256, help="drawn lines to read")
    parser.add_argument("--batch-tokens", type=int, default=65_536, help="option batch_tokens of engine vlm")
    parser.add_argument("--longest", type=int, default=0, help="tokens of an answer; 0: the schema's longest")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--size", choices=SIZES, help="random weights of this size, a sweep over batches")
    parser.add_argument("--most", type=int, help="the largest batch of the sweep")
    parser.add_argument("--tokens", type=int, help="tokens of each answer of the sweep")
    parser.add_argument("--bandwidth", type=float, help="of the device's memory, TB/s (default: by its name)")
    asked = parser.parse_args(given)
    if asked.size:
        return _sweep(asked, parser)
    try:
        model = _loaded(asked)
    except EngineUnavailable as error:
        parser.error(str(error))
    figures = measure(model, drawn_questions(asked.lines), asked.longest)
    show(model.version, figures)
    return int(figures.ratio < BAR or figures.same < asked.lines)


def _loaded(asked: argparse.Namespace) -> VisionLanguageModel:
    settings = {"dtype": "float32", "batch_tokens": asked.batch_tokens, "threads": asked.threads}
    if asked.model != GEMMA:
        return VisionLanguageModel(VlmOptions(model=asked.model, **settings))
    with tempfile.TemporaryDirectory() as scratch:
        folder = str(Path(scratch, GEMMA))
        base = base_model(GEMMA, {"seed": 0})
        base.model.save_pretrained(folder)
        base.processor.save_pretrained(folder)
        return VisionLanguageModel(VlmOptions(model=folder, **settings))


def drawn_questions(count: int) -> list[Question]:
    """So many lines of orders in simulated hands, each with the prompt of a line; the same ones each time."""
    entries, prompt = orderable(load_formulary().entries), load_prompt("line").text
    rows = draw_lines(entries, _SEED, 0, count).to_pylist()
    return [Shown(row["picture"], prompt, row["answer"]).question for row in rows]


def measure(model: VisionLanguageModel, questions: Sequence[Question], longest: int = 0) -> Figures:
    """All at once, then one at a time, then all at once again: that time is the mean of the two."""
    schema = line_schema(boxes=False)
    longest = longest or longest_tokens(schema)
    model.answer(questions[:_WARM], schema, longest)
    before, together = _timed(lambda: model.answer(questions, schema, longest))
    alone_s, alone = _timed(lambda: [model.answer([one], schema, longest)[0] for one in questions])
    after, _ = _timed(lambda: model.answer(questions, schema, longest))
    return Figures((before + after) / 2, alone_s, tuple(together), tuple(alone))


def show(version: str, figures: Figures) -> None:
    """Print what was measured."""
    n = len(figures.together)
    tokens = sum(said.output_tokens for said in figures.together)
    alone = sum(said.output_tokens for said in figures.alone)
    print(f"{version}, float32, {n} drawn lines, {tokens / n:.0f} tokens an answer")
    _show_speed("one at a time", n, alone, figures.alone_s)
    _show_speed("in batches", n, tokens, figures.together_s)
    print(f"ratio            {figures.ratio:.1f} (bar {BAR:g})")
    print(f"the same answer  {figures.same} of {n}")
    failed = sum(said.error is not None for said in (*figures.together, *figures.alone))
    if failed:
        print(f"without answer   {failed} of {2 * n}")


def _show_speed(name: str, lines: int, tokens: int, seconds: float) -> None:
    print(f"{name:<16} {lines / seconds:.2f} lines/s, {tokens / seconds:.0f} tokens/s")


def _timed(work: Callable[[], list[Said]]) -> tuple[float, list[Said]]:
    started = time.perf_counter()
    said = work()
    return time.perf_counter() - started, said


def _sweep(asked: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    size = SIZES[asked.size]
    if asked.threads:
        torch.set_num_threads(asked.threads)
    if size.needs_gpu and not torch.cuda.is_available():
        parser.error(
            f"--size {asked.size} needs a GPU and torch finds none; --size tiny does the same on the CPU, "
            "for the way it goes and not for its figures"
        )
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    bandwidth = asked.bandwidth * 1e12 if asked.bandwidth else bandwidth_of(device)
    plan = Sweep(size, most=asked.most or size.most, tokens=asked.tokens or size.tokens)
    Console(width=120).print(table(sweep(plan), plan, device, bandwidth))
    return 0


if __name__ == "__main__":
    sys.exit(main())
