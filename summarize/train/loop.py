"""The training loop: examples -> a LoRA adapter, in one process or in several that share each step.

Plain torch. Where torch.distributed is up (Ray Train brings it up), each process takes its share of every
step's examples and the gradients are added up, so that any number of workers takes the same steps.
"""

import json
import math
import random
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
import torch.distributed as dist
from peft import LoraConfig, PeftModel, get_peft_model
from peft.helpers import disable_input_dtype_casting
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from summarize.train.checkpoint import Checkpoint
from summarize.train.examples import Example
from summarize.train.loss import target_loss
from summarize.train.record import ADAPTER_WEIGHTS
from summarize.train.steps import Tokens, passes, plan_steps, tokenize

Line = Mapping[str, float]
"""A line of the log: `step` of `steps`, then `loss` (nats a token), `learning_rate` and `tokens_per_second`,
or `held_out_loss`."""

LOG = "log.jsonl"
_LOG_EVERY = 10
_LOWEST_RATE = 0.05  # of the learning rate, at the last step


def train(
    model_folder: Path,
    examples: Sequence[Example],
    settings: Mapping[str, Any],
    output: Path,
    *,
    model_name: str | None = None,
    start: Path | None = None,
    checkpoint_every: int = 100,
    most_steps: int | None = None,
    report: Callable[[Line], None] = lambda line: None,
) -> Path | None:
    """Train an adapter of the model in `model_folder`; the folder it was written to, None when stopped early.

    `output` holds `checkpoint/` (a run that was killed goes on from there), `log.jsonl` (a `Line` each) and
    at the end `adapter/`, which names its base model as `model_name` (the folder, if None). Training begins
    with the weights of the adapter in `start`, if given. With `most_steps` it stops at the first checkpoint
    at or after that step. Raises ValueError where `start` is of another rank or model.
    """
    torch.manual_seed(settings["seed"])
    tokenizer = AutoTokenizer.from_pretrained(model_folder)
    tokens = tokenize(examples, tokenizer, settings["longest"])
    chance = random.Random(settings["seed"])
    # In an order drawn by weight (Efraimidis and Spirakis, 2006): those held out are mixed as a run is.
    tokens.sort(key=lambda each: chance.random() ** (1 / each[1]), reverse=True)
    held_out = [each for each, _ in tokens[: settings["held_out"]]]
    plan = plan_steps(tokens[settings["held_out"] :], settings["batch"], settings["seed"])
    steps = plan[: settings["steps"]]
    model = _adapted(model_folder, settings, start)
    model.peft_config["default"].base_model_name_or_path = model_name or str(model_folder)
    run = _Run(model, len(steps), settings, output)
    started, seen = perf_counter(), 0
    while run.step < len(steps):
        seen += run.take(steps[run.step])
        if run.step % _LOG_EVERY == 0:
            speed = seen / (perf_counter() - started)
            report(run.log(loss=run.mean_loss(), learning_rate=run.rate(), tokens_per_second=round(speed, 1)))
            started, seen = perf_counter(), 0
        if run.step % checkpoint_every == 0 or run.step == len(steps):
            report(run.log(held_out_loss=run.loss_of(held_out)))
            run.save()
            if most_steps and most_steps <= run.step < len(steps):
                return None
            started, seen = perf_counter(), 0
    adapter = output / "adapter"
    if start is not None:
        run.blend(start, settings["start_share"])
    if _rank() == 0:
        model.to(torch.bfloat16).save_pretrained(str(adapter), save_embedding_layers=False)
    return adapter


def _adapted(folder: Path, settings: Mapping[str, Any], start: Path | None) -> PeftModel:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    base = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16, attn_implementation="eager")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft 0.21 asks transformers 5.23 by an older name
        if start is None:
            lora = LoraConfig(
                r=settings["rank"],
                lora_alpha=settings["alpha"],
                target_modules="all-linear",
                task_type="CAUSAL_LM",
            )
            model: PeftModel = get_peft_model(base, lora)
        else:
            model = PeftModel.from_pretrained(base, start, is_trainable=True)
    made: Any = model.peft_config["default"]
    if (made.r, made.lora_alpha) != (settings["rank"], settings["alpha"]):
        raise ValueError(f"{start} has rank {made.r} and alpha {made.lora_alpha}; the recipe asks for others")
    return model.to(device)


def _rank() -> int:
    return dist.get_rank() if dist.is_initialized() else 0


class _Run:
    """The state of a training run."""

    def __init__(self, model: PeftModel, steps: int, settings: Mapping[str, Any], output: Path) -> None:
        self._model = model
        base: Any = model.get_base_model()
        self._body, self._head = base.model, base.lm_head.weight
        self._device: torch.device = self._head.device
        self._weights = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
        self._optimizer = torch.optim.AdamW(self._weights.values(), weight_decay=0.0)
        self._checkpoint = Checkpoint(output / "checkpoint", self._weights, self._optimizer)
        self._log = output / LOG
        self._highest_rate, self._pass_tokens = settings["learning_rate"], settings["pass_tokens"]
        self._steps, self._warm = steps, max(1, int(steps * settings["warmup"]))
        self._losses: list[float] = []
        self.step = self._checkpoint.load()
        if _rank() == 0:
            self._rewind_log()

    def rate(self) -> float:
        """The learning rate of the next step: a linear warm-up, then a cosine."""
        if self.step < self._warm:
            return float(self._highest_rate * (self.step + 1) / self._warm)
        done = (self.step - self._warm) / max(1, self._steps - self._warm)
        share = _LOWEST_RATE + (1 - _LOWEST_RATE) * (1 + math.cos(math.pi * done)) / 2
        return float(self._highest_rate * share)

    def take(self, examples: Sequence[Tokens]) -> int:
        """One step of the optimizer; how many tokens this process saw."""
        for group in self._optimizer.param_groups:
            group["lr"] = self.rate()
        wanted = sum(len(example.summary) for example in examples)
        mine = examples[_rank() :: dist.get_world_size() if dist.is_initialized() else 1]
        loss = torch.zeros((), device=self._device)
        for batch in self._passes(mine):
            part = self._loss(batch) / wanted
            part.backward()  # type: ignore[no-untyped-call]
            loss += part.detach()
        self._add_up(loss)
        torch.nn.utils.clip_grad_norm_(self._weights.values(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self._losses.append(float(loss))
        self.step += 1
        return sum(map(len, mine))

    def _passes(self, examples: Sequence[Tokens]) -> Iterator[list[Tokens]]:
        return passes(examples, self._pass_tokens)

    def _loss(self, batch: Sequence[Tokens]) -> torch.Tensor:
        """Summed loss of the summaries' tokens, each predicted from the position before it."""
        width = max(map(len, batch))
        ids = torch.zeros(len(batch), width, dtype=torch.long)
        mask = torch.zeros_like(ids)
        before = torch.zeros_like(ids, dtype=torch.bool)
        for row, example in enumerate(batch):
            ids[row, : len(example)] = torch.tensor(example.prompt + example.summary)
            mask[row, : len(example)] = 1
            before[row, len(example.prompt) - 1 : len(example) - 1] = True
        targets = torch.tensor([token for example in batch for token in example.summary], device=self._device)
        # The adapter's weights are float32 and multiply in bfloat16; its inputs need no cast of their own.
        with torch.autocast(self._device.type, torch.bfloat16), disable_input_dtype_casting(self._model):
            states = self._body(
                input_ids=ids.to(self._device), attention_mask=mask.to(self._device)
            ).last_hidden_state
        return target_loss(states[before.to(self._device)], self._head, targets)

    def _add_up(self, loss: torch.Tensor) -> None:
        """Sum loss and gradients over the processes: each saw other examples of the same step."""
        if not dist.is_initialized():
            return
        dist.all_reduce(loss)
        for weight in self._weights.values():
            if weight.grad is None:  # this process had no example in this step
                weight.grad = torch.zeros_like(weight)
            dist.all_reduce(weight.grad)

    @torch.no_grad()
    def loss_of(self, examples: Sequence[Tokens]) -> float:
        """Mean loss in nats a token."""
        total = sum(float(self._loss(batch)) for batch in self._passes(examples))
        return round(total / max(1, sum(len(example.summary) for example in examples)), 4)

    def mean_loss(self) -> float:
        """Mean loss of the steps since this was last asked, in nats a token."""
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

    def _rewind_log(self) -> None:
        """Forget the lines after the checkpoint: their steps are taken again."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        lines = self._log.read_text(encoding="utf-8").splitlines() if self._log.exists() else []
        kept = [line for line in lines if json.loads(line)["step"] <= self.step and self.step]
        self._log.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")

    @torch.no_grad()
    def blend(self, start: Path, share: float) -> None:
        """Take the mean with the weights that training started from, `share` of it theirs.

        Such a mean keeps more of what was known before, and often does better than either (Wortsman et al.,
        2022, Robust fine-tuning of zero-shot models).
        """
        before = load_file(start / ADAPTER_WEIGHTS)
        for name, weight in self._weights.items():
            weight.lerp_(before[name.replace(".default", "")].to(weight), share)

    def save(self) -> None:
        """Write the checkpoint, once for all processes."""
        if _rank() == 0:
            self._checkpoint.save(self.step)
