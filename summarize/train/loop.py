"""The training loop: examples -> a LoRA adapter, in one process or in several that share each step.

See multilingual.language_models.tuning.run for how processes share a step.
"""

import random
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.helpers import disable_input_dtype_casting
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from multilingual.language_models.number_format import best_dtype, fast_arithmetic
from multilingual.language_models.tuning.loss import target_loss
from multilingual.language_models.tuning.run import Line, Run, rank
from summarize.train.examples import Example
from summarize.train.record import ADAPTER_WEIGHTS
from summarize.train.steps import Tokens, passes, plan_steps, tokenize

_LOG_EVERY = 10


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
    losses = _Losses(model, settings["pass_tokens"])
    weights = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    run = Run(weights, losses.loss, losses.passes, _targets, len(steps), settings, output)
    started, seen = perf_counter(), 0
    while run.step < len(steps):
        seen += sum(map(len, run.take(steps[run.step])))
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
        _blend(weights, start, settings["start_share"])
    if rank() == 0:
        model.to(torch.bfloat16).save_pretrained(str(adapter), save_embedding_layers=False)
    return adapter


def _adapted(folder: Path, settings: Mapping[str, Any], start: Path | None) -> PeftModel:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    base = AutoModelForCausalLM.from_pretrained(folder, dtype=best_dtype("auto"), attn_implementation="eager")
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


def _targets(example: Tokens) -> int:
    return len(example.summary)


class _Losses:
    """What the steps of a run add to their adapter's loss."""

    def __init__(self, model: PeftModel, pass_tokens: int) -> None:
        self._model, self._pass_tokens = model, pass_tokens
        base: Any = model.get_base_model()
        self._body, self._head = base.model, base.lm_head.weight
        self._device: torch.device = self._head.device

    def passes(self, examples: Sequence[Tokens]) -> Iterator[list[Tokens]]:
        """The examples in parts that memory holds."""
        return passes(examples, self._pass_tokens)

    def loss(self, batch: Sequence[Tokens]) -> torch.Tensor:
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
        # The adapter's weights are float32; inputs need no cast of their own.
        with fast_arithmetic(self._device), disable_input_dtype_casting(self._model):
            states = self._body(
                input_ids=ids.to(self._device), attention_mask=mask.to(self._device)
            ).last_hidden_state
        return target_loss(states[before.to(self._device)], self._head, targets)


@torch.no_grad()
def _blend(weights: Mapping[str, torch.nn.Parameter], start: Path, share: float) -> None:
    """Take the mean with the weights that training started from, `share` of it theirs.

    Such a mean keeps more of what was known before, and often does better than either (Wortsman et al., 2022,
    Robust fine-tuning of zero-shot models).
    """
    before = load_file(start / ADAPTER_WEIGHTS)
    for name, weight in weights.items():
        weight.lerp_(before[name.replace(".default", "")].to(weight), share)
