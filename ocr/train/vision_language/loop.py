"""The training loop: examples -> a vision-language model or a LoRA adapter of one.

See multilingual.language_models.tuning.run for how processes share a step. The loss is taken on the answer's
tokens alone. What learns is told in `adapting`.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from multilingual.language_models.files import quiet
from multilingual.language_models.number_format import fast_arithmetic
from multilingual.language_models.tuning.loss import target_loss
from multilingual.language_models.tuning.run import Line, Run, rank
from ocr.train.vision_language.adapting import prepared
from ocr.train.vision_language.examples import Shown, Taught, answer_tokens, batch_of, passes, taught
from ocr.train.vision_language.sight import Sight
from ocr.vision_language.families import family_of

_LOG_EVERY = 10


def train(
    model: Any,
    processor: Any,
    examples: Sequence[Shown],
    settings: Mapping[str, Any],
    output: Path,
    *,
    held_out: Sequence[Shown] = (),
    start: Path | None = None,
    name: str = "",
    merged: bool = False,
    most_steps: int | None = None,
    saved: Callable[[], None] = lambda: None,
    report: Callable[[Line], None] = lambda line: None,
) -> Path | None:
    """Train `model`; the folder of the adapter or the model made, None when stopped early.

    `settings`: seed, steps or epochs, batch (examples a step), learning_rate, warmup (share of the steps),
    rank and alpha of LoRA (rank 0 trains the language model itself), pass_tokens (tokens held at once),
    pixels (of a picture), checkpoint_every (steps), and if need be dropout and modules of LoRA and quantised.
    `output` holds checkpoint and log, and at the end `adapter/` or, without rank or if it shall be `merged`,
    `model/`. Training begins with the adapter in `start`, if given; `name` is what an adapter calls its base.
    `saved` is called where a checkpoint was written, by the process that writes. With `most_steps` it stops
    at the first checkpoint at or after that step.
    """
    torch.manual_seed(settings["seed"])
    adapted = prepared(model, settings, start, name)
    losses = _Losses(model, processor, [*examples, *held_out], settings)
    weights = {name: weight for name, weight in adapted.named_parameters() if weight.requires_grad}
    steps = steps_of(settings, len(examples))
    run: Run[int, Taught] = Run(weights, losses.loss, losses.passes, losses.targets, steps, settings, output)
    kept = range(len(examples), len(examples) + len(held_out))
    order = _order(len(examples), steps, settings)
    started, seen = perf_counter(), 0
    adapted.train()
    while run.step < steps:
        torch.manual_seed(settings["seed"] + run.step)  # what is dropped out is the same after a stop
        seen += len(run.take(order[run.step]))
        if run.step % _LOG_EVERY == 0:
            speed = seen / (perf_counter() - started)
            report(
                run.log(loss=run.mean_loss(), learning_rate=run.rate(), examples_per_second=round(speed, 2))
            )
            started, seen = perf_counter(), 0
        if run.step % settings["checkpoint_every"] == 0 or run.step == steps:
            adapted.eval()
            if kept:
                report(run.log(held_out_loss=run.loss_of(kept)))
            run.save()
            if rank() == 0:
                saved()
            if most_steps and most_steps <= run.step < steps:
                return None
            adapted.train()
            started, seen = perf_counter(), 0
    return _written(adapted.eval(), processor, output, merged=merged)


def steps_of(settings: Mapping[str, Any], examples: int) -> int:
    """The steps of a run: told, or so many that each example is seen `epochs` times."""
    told: int | None = settings.get("steps")
    return told or math.ceil(settings["epochs"] * examples / settings["batch"])


def _written(trained: Any, processor: Any, output: Path, *, merged: bool) -> Path:
    is_adapter = hasattr(trained, "merge_and_unload")
    made = output / ("adapter" if is_adapter and not merged else "model")
    if rank() == 0:
        if is_adapter and merged:
            trained = trained.merge_and_unload()
        with quiet():
            trained.save_pretrained(str(made))
            if made.name == "model":
                processor.save_pretrained(str(made))
    return made


def _order(count: int, steps: int, settings: Mapping[str, Any]) -> list[list[int]]:
    """The examples' places of each step, the same for the same seed: passes over all in random order."""
    random = np.random.default_rng(settings["seed"])
    wanted = steps * settings["batch"]
    places: list[int] = []
    while len(places) < wanted:
        places += random.permutation(count).tolist()
    return [places[start : start + settings["batch"]] for start in range(0, wanted, settings["batch"])]


class _Losses:
    """What the examples of a run, by their places, add to its loss."""

    def __init__(
        self, model: Any, processor: Any, examples: Sequence[Shown], settings: Mapping[str, Any]
    ) -> None:
        self._body, self._head = model.model, model.get_output_embeddings()
        self._processor, self._family = processor, family_of(model.config)
        self._examples, self._settings = examples, settings
        self._device: torch.device = model.device
        self._sight = Sight(model)
        self._kept: dict[int, Taught] = {}

    def targets(self, place: int) -> int:
        """How many tokens an answer has."""
        kept = self._kept.get(place)
        return len(kept.answer if kept else answer_tokens(self._examples[place], self._processor))

    def passes(self, places: Sequence[int]) -> Iterator[list[Taught]]:
        """The examples in parts that memory holds."""
        return passes(self._taught(places), self._family.ragged, self._settings["pass_tokens"])

    def _taught(self, places: Sequence[int]) -> list[Taught]:
        """The examples as the model takes them."""
        new = {
            place: taught(self._examples[place], self._processor, self._family, self._settings["pixels"])
            for place in places
            if place not in self._kept
        }
        if self._sight.keeps:
            self._kept |= zip(new, self._sight.seen(list(new.values())), strict=True)
        return [self._kept.get(place) or new[place] for place in places]

    def loss(self, examples: Sequence[Taught]) -> Tensor:
        """Summed loss of the answers' tokens, each predicted from the place before it."""
        inputs, before, targets = batch_of(examples, int(self._processor.tokenizer.pad_token_id or 0))
        on_device = {name: array.to(self._device) for name, array in inputs.items()}
        vectors = [example.seen for example in examples if example.seen is not None]
        with fast_arithmetic(self._device):
            if vectors:
                on_device["inputs_embeds"] = self._sight.embedded(on_device.pop("input_ids"), vectors)
            states = self._body(**on_device, use_cache=False).last_hidden_state
        wanted = targets.to(self._device)
        told = states[before.to(self._device)]
        if self._head.weight.requires_grad:
            return functional.cross_entropy(self._head(told).float(), wanted, reduction="sum")
        return target_loss(told.to(self._head.weight.dtype), self._head.weight, wanted)
