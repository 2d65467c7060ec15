"""A training run: the weights that learn, their optimizer and learning rate, its checkpoint and its log.

Where torch.distributed is up (Ray Train brings it up), each process takes its share of every step's examples
and the gradients are added up, so that any number of workers takes the same steps.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
import torch.distributed as dist

from multilingual.language_models.tuning.checkpoint import Checkpoint

Line = Mapping[str, float]
"""A line of the log: `step` of `steps`, then figures by their names."""

LOG, CHECKPOINT = "log.jsonl", "checkpoint"
"""Names within the output folder of a run."""
_LOWEST_RATE = 0.05  # of the learning rate, at the last step

E = TypeVar("E")
P = TypeVar("P")


def rank() -> int:
    """The number of this process among those that train together; 0 writes."""
    return dist.get_rank() if dist.is_initialized() else 0


class Run(Generic[E, P]):
    """The state of a run over examples of type `E`; `step` says how far it is.

    `passes` parts the examples of a step into those that are seen together, made ready, `loss` is the summed
    loss in nats of such a part, and `targets` how many tokens of an example it is over. `settings` has
    learning_rate and warmup (a share of the steps). `output` holds `checkpoint/`, where a run that was killed
    goes on, and LOG. Raises ValueError where the checkpoint is of other weights.
    """

    def __init__(
        self,
        weights: Mapping[str, torch.nn.Parameter],
        loss: Callable[[Sequence[P]], torch.Tensor],
        passes: Callable[[Sequence[E]], Iterable[Sequence[P]]],
        targets: Callable[[E], int],
        steps: int,
        settings: Mapping[str, Any],
        output: Path,
    ) -> None:
        self.weights = weights
        self._loss, self._passes, self._targets = loss, passes, targets
        self._device = next(iter(weights.values())).device
        self._optimizer = torch.optim.AdamW(weights.values(), weight_decay=0.0)
        self._checkpoint = Checkpoint(output / CHECKPOINT, weights, self._optimizer)
        self._log = output / LOG
        self._highest_rate = settings["learning_rate"]
        self._steps, self._warm = steps, max(1, int(steps * settings["warmup"]))
        self._losses: list[float] = []
        self.step = self._checkpoint.load()
        if rank() == 0:
            self._rewind_log()

    def rate(self) -> float:
        """The learning rate of the next step: a linear warm-up, then a cosine."""
        if self.step < self._warm:
            return float(self._highest_rate * (self.step + 1) / self._warm)
        done = (self.step - self._warm) / max(1, self._steps - self._warm)
        share = _LOWEST_RATE + (1 - _LOWEST_RATE) * (1 + math.cos(math.pi * done)) / 2
        return float(self._highest_rate * share)

    def take(self, examples: Sequence[E]) -> Sequence[E]:
        """One step of the optimizer; the examples that this process saw."""
        for group in self._optimizer.param_groups:
            group["lr"] = self.rate()
        wanted = sum(map(self._targets, examples))
        mine = examples[rank() :: dist.get_world_size() if dist.is_initialized() else 1]
        loss = torch.zeros((), device=self._device)
        for batch in self._passes(mine):
            part = self._loss(batch) / wanted
            part.backward()  # type: ignore[no-untyped-call]
            loss += part.detach()
        self._add_up(loss)
        torch.nn.utils.clip_grad_norm_(self.weights.values(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self._losses.append(float(loss))
        self.step += 1
        return mine

    def _add_up(self, loss: torch.Tensor) -> None:
        """Sum loss and gradients over the processes: each saw other examples of the same step."""
        if not dist.is_initialized():
            return
        dist.all_reduce(loss)
        for weight in self.weights.values():
            if weight.grad is None:  # this process had no example in this step
                weight.grad = torch.zeros_like(weight)
            dist.all_reduce(weight.grad)

    @torch.no_grad()
    def loss_of(self, examples: Sequence[E]) -> float:
        """Mean loss in nats a token."""
        total = sum(float(self._loss(batch)) for batch in self._passes(examples))
        return round(total / max(1, sum(map(self._targets, examples))), 4)

    def mean_loss(self) -> float:
        """Mean loss of the steps since this was last asked, in nats a token."""
        mean = sum(self._losses) / len(self._losses)
        self._losses.clear()
        return round(mean, 4)

    def log(self, **figures: float) -> Line:
        """Add a line to the log."""
        line = {"step": self.step, "steps": self._steps} | figures
        if rank() == 0:
            with self._log.open("a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")
        return line

    def _rewind_log(self) -> None:
        """Forget the lines after the checkpoint: their steps are taken again."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        lines = self._log.read_text(encoding="utf-8").splitlines() if self._log.exists() else []
        kept = [line for line in lines if json.loads(line)["step"] <= self.step and self.step]
        self._log.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")

    def save(self) -> None:
        """Write the checkpoint, once for all processes."""
        if rank() == 0:
            self._checkpoint.save(self.step)
