"""The training loop: a recogniser and labelled crops -> a recogniser, in one process or in several.

Plain torch. Where torch.distributed is up (Ray Train brings it up), each process takes its share of every
step's crops and the gradients are added up, so that any number of workers takes the same steps.
"""

import json
import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import onnx
import torch
import torch.distributed as dist
from rapidfuzz.distance import Levenshtein
from torch.nn import functional

from ocr.graph import GraphModule, write_back
from ocr.train.augment import augment
from ocr.train.batches import Alphabet, Batch, Batches, plan, to_batch, width_of
from ocr.train.examples import Example
from ocr.train.head import alphabet_of

Line = Mapping[str, float]
"""A line of the log: `step` of `steps`, then `loss` (nats a character), `learning_rate` and
`crops_per_second`, or for each validation set its `exact` and `cer`."""

LOG = "log.jsonl"
_CHECKPOINT = "checkpoint.pt"
_LOG_EVERY = 50
_LOWEST_RATE = 0.02  # of the learning rate, at the last step
_WARMUP = 0.03  # share of the steps
_WEIGHT_DECAY = 0.01
_READ_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Source:
    """Examples of one kind, and which share of the crops seen in training is of them."""

    examples: Sequence[Example]
    share: float


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How crops were read, case and punctuation aside: `exact` share, and character errors a character."""

    exact: float
    cer: float
    n: int


def train(
    model: onnx.ModelProto,
    sources: Sequence[Source],
    validation: Mapping[str, Sequence[Example]],
    settings: Mapping[str, Any],
    output: Path,
    *,
    most_steps: int | None = None,
    report: Callable[[Line], None] = lambda line: None,
) -> onnx.ModelProto | None:
    """Train a model whose head is cut to its alphabet; the trained model, None when stopped early.

    `output` holds `checkpoint.pt` (a run that was killed goes on from there) and `log.jsonl` (a `Line` each).
    The weights that come back are the moving average over the last steps. With `most_steps` it stops at the
    first checkpoint at or after that step.
    """
    torch.manual_seed(settings["seed"])
    alphabet = Alphabet(alphabet_of(model))
    examples = [example for source in sources for example in source.examples]
    shares = [source.share / len(source.examples) for source in sources for _ in source.examples]
    steps = list(
        plan([width_of(e) for e in examples], shares, settings["steps"], settings["pixels"], settings["seed"])
    )
    output.mkdir(parents=True, exist_ok=True)
    run = _Run(model, len(steps), settings, output)
    rank, world = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    mine = [step.share(rank, world) for step in steps[run.step :]]
    batches = Batches(examples, alphabet, mine, first=run.step, seed=settings["seed"])
    started, seen = perf_counter(), 0
    while run.step < len(steps):
        seen += run.take(next(batches), whole=len(steps[run.step].places))
        if run.step % _LOG_EVERY == 0:
            speed = seen / (perf_counter() - started)
            report(run.log(loss=run.mean_loss(), learning_rate=run.rate(), crops_per_second=round(speed, 1)))
            started, seen = perf_counter(), 0
        if run.step % settings["checkpoint_every"] == 0 or run.step == len(steps):
            with run.averaged() as averaged:
                figures = {name: accuracy(averaged, kept, alphabet) for name, kept in validation.items()}
            for name, figure in figures.items():
                report(run.log(**{f"{name}_exact": figure.exact, f"{name}_cer": figure.cer}))
            run.save()
            if most_steps and most_steps <= run.step < len(steps):
                return None
            started, seen = perf_counter(), 0
    return run.trained()


@torch.no_grad()
def accuracy(module: GraphModule, examples: Sequence[Example], alphabet: Alphabet) -> Accuracy:
    """How the module reads the examples, at least one."""
    readings = read(module, examples, alphabet)
    pairs = [(compared(e.text), compared(r)) for e, r in zip(examples, readings, strict=True)]
    errors = sum(Levenshtein.distance(text, reading) for text, reading in pairs)
    exact = sum(text == reading for text, reading in pairs)
    letters = sum(len(text) for text, _ in pairs)
    return Accuracy(round(exact / len(pairs), 4), round(errors / max(1, letters), 4), len(pairs))


def compared(text: str) -> str:
    """What is compared of a text: letters, marks and digits, case folded."""
    return "".join(c for c in text.casefold() if unicodedata.category(c)[0] in "LMN")


@torch.no_grad()
def read(module: GraphModule, examples: Sequence[Example], alphabet: Alphabet) -> list[str]:
    """The likeliest alignment of each example, as text."""
    texts = [""] * len(examples)
    random = np.random.default_rng(0)
    crops = [augment(example.pixels(), 0.0, random) for example in examples]
    order = sorted(range(len(crops)), key=lambda place: crops[place].shape[1])
    for start in range(0, len(order), _READ_AT_ONCE):
        places = order[start : start + _READ_AT_ONCE]
        batch = to_batch([crops[place] for place in places], [""] * len(places), alphabet)
        best = module(batch.pixels.contiguous(memory_format=torch.channels_last)).argmax(dim=2)
        for place, row, columns in zip(places, best.tolist(), batch.columns.tolist(), strict=True):
            texts[place] = alphabet.text(row[:columns])
    return texts


class _Run:
    """The state of a training run."""

    def __init__(self, model: onnx.ModelProto, steps: int, settings: Mapping[str, Any], output: Path) -> None:
        self._model = model
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._module = GraphModule(model, logits=True).to(self._device)
        self._module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks it
        self._weights = self._module.weights()
        self._mean = {name: weight.detach().clone() for name, weight in self._weights.items()}
        self._optimizer = torch.optim.AdamW(self._weights.values(), weight_decay=_WEIGHT_DECAY)
        self._checkpoint, self._log = output / _CHECKPOINT, output / LOG
        self._highest_rate, self._keep = settings["learning_rate"], settings["average"]
        self._steps, self._warm = steps, max(1, int(steps * _WARMUP))
        self._losses: list[float] = []
        self.step = self._load()
        if _rank() == 0:
            self._rewind_log()

    def rate(self) -> float:
        """The learning rate of the next step: a linear warm-up, then a cosine."""
        if self.step < self._warm:
            return float(self._highest_rate * (self.step + 1) / self._warm)
        done = (self.step - self._warm) / max(1, self._steps - self._warm)
        share = _LOWEST_RATE + (1 - _LOWEST_RATE) * (1 + math.cos(math.pi * done)) / 2
        return float(self._highest_rate * share)

    def take(self, batch: Batch, whole: int) -> int:
        """One step of the optimizer on this process's share of `whole` crops; how many they were."""
        for group in self._optimizer.param_groups:
            group["lr"] = self.rate()
        pixels = batch.pixels.to(self._device).contiguous(memory_format=torch.channels_last)
        with torch.autocast(self._device.type, torch.bfloat16):
            logits = self._module(pixels)
        chances = logits.float().log_softmax(dim=2).transpose(0, 1)
        losses = functional.ctc_loss(
            chances,
            batch.labels.to(self._device),
            batch.columns.clamp(max=chances.shape[0]),
            batch.lengths,
            reduction="none",
            zero_infinity=True,
        )
        loss = (losses / batch.lengths.clamp(min=1).to(self._device)).sum() / whole
        loss.backward()  # type: ignore[no-untyped-call]
        total = loss.detach()
        if dist.is_initialized():
            dist.all_reduce(total)
            for weight in self._weights.values():
                dist.all_reduce(weight.grad)
        torch.nn.utils.clip_grad_norm_(self._weights.values(), 5.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self.step += 1
        self._average()
        self._losses.append(float(total))
        return len(batch.pixels)

    @torch.no_grad()
    def _average(self) -> None:
        """Move the mean of the weights towards them, fast at first (Polyak and Juditsky, 1992)."""
        keep = min(self._keep, (1 + self.step) / (10 + self.step))
        for name, weight in self._weights.items():
            self._mean[name].lerp_(weight, 1 - keep)

    def averaged(self) -> "_Averaged":
        """A context in which the module holds the mean of its weights."""
        return _Averaged(self._module, self._weights, self._mean)

    def trained(self) -> onnx.ModelProto:
        """The model with the mean of the weights."""
        trained = onnx.ModelProto()
        trained.CopyFrom(self._model)
        write_back(trained, self._mean)
        return trained

    def mean_loss(self) -> float:
        """Mean loss of the steps since this was last asked."""
        mean = sum(self._losses) / len(self._losses)
        self._losses.clear()
        return round(mean, 4)

    def log(self, **figures: float) -> Line:
        """Add a line to the log."""
        line = {"step": self.step, "steps": self._steps} | figures
        if _rank() == 0:
            with self._log.open("a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")
        return line

    def save(self) -> None:
        """Write the checkpoint beside the last one, then take its place; once for all processes."""
        if _rank() == 0:
            fresh = self._checkpoint.with_suffix(".new")
            torch.save(
                {
                    "step": self.step,
                    "weights": self._weights,
                    "mean": self._mean,
                    "optimizer": self._optimizer.state_dict(),
                },
                fresh,
            )
            fresh.replace(self._checkpoint)

    @torch.no_grad()
    def _load(self) -> int:
        if not self._checkpoint.exists():
            return 0
        state = torch.load(self._checkpoint, map_location=self._device, weights_only=True)
        if state["weights"].keys() != self._weights.keys():
            raise ValueError(f"{self._checkpoint} is of another model; choose another output folder")
        for name, weight in self._weights.items():
            weight.copy_(state["weights"][name])
            self._mean[name].copy_(state["mean"][name])
        self._optimizer.load_state_dict(state["optimizer"])
        return int(state["step"])

    def _rewind_log(self) -> None:
        """Forget the lines after the checkpoint: their steps are taken again."""
        lines = self._log.read_text(encoding="utf-8").splitlines() if self._log.exists() else []
        kept = [line for line in lines if json.loads(line)["step"] <= self.step and self.step]
        self._log.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")


class _Averaged:
    """The module with the mean of its weights, for as long as the context lasts."""

    def __init__(
        self, module: GraphModule, weights: Mapping[str, torch.Tensor], mean: Mapping[str, torch.Tensor]
    ) -> None:
        self._module, self._weights, self._mean = module, weights, mean

    def __enter__(self) -> GraphModule:
        self._swap()
        return self._module

    def __exit__(self, *_: object) -> None:
        self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        for name, weight in self._weights.items():
            held = weight.detach().clone()
            weight.copy_(self._mean[name])
            self._mean[name].copy_(held)


def _rank() -> int:
    return dist.get_rank() if dist.is_initialized() else 0
