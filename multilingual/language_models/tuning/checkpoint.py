"""A training run's state on disk: trainable weights, the optimizer's moments and the step, in safetensors."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

_STEP, _WEIGHTS, _MOMENTS = "step.json", "weights.safetensors", "moments.safetensors"


class Checkpoint:
    """The checkpoint in `folder`, of the trainable `weights` (by name) under an AdamW `optimizer`."""

    def __init__(
        self, folder: Path, weights: Mapping[str, torch.Tensor], optimizer: torch.optim.Optimizer
    ) -> None:
        self.folder = folder
        self._weights = weights
        self._optimizer = optimizer

    def save(self, step: int) -> None:
        """Write beside the last checkpoint, then take its place: one of the two is whole at any moment."""
        fresh, old = self.folder.with_name("checkpoint.new"), self.folder.with_name("checkpoint.old")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        save_file(
            {name: weight.detach().contiguous() for name, weight in self._weights.items()}, fresh / _WEIGHTS
        )
        moments = {
            f"{name}/{moment}": value.contiguous()
            for name, weight in self._weights.items()
            for moment, value in self._optimizer.state[weight].items()
            if moment != "step"
        }
        save_file(moments, fresh / _MOMENTS)
        (fresh / _STEP).write_text(json.dumps({"step": step}))
        shutil.rmtree(old, ignore_errors=True)
        if self.folder.exists():
            self.folder.rename(old)
        fresh.rename(self.folder)
        shutil.rmtree(old, ignore_errors=True)

    def load(self) -> int:
        """Restore the state; its step, 0 where there is none. Raises ValueError where it is another run's."""
        old = self.folder.with_name("checkpoint.old")
        if old.exists() and not self.folder.exists():  # stopped between the two renames
            old.rename(self.folder)
        if not (self.folder / _STEP).exists():
            return 0
        step = int(json.loads((self.folder / _STEP).read_text())["step"])
        weights, moments = load_file(self.folder / _WEIGHTS), load_file(self.folder / _MOMENTS)
        if weights.keys() != self._weights.keys():
            raise ValueError(f"{self.folder} is of another model or rank; choose another output folder")
        with torch.no_grad():
            for name, weight in self._weights.items():
                weight.copy_(weights[name])
                self._optimizer.state[weight] = {"step": torch.tensor(float(step))} | {
                    moment: moments[f"{name}/{moment}"].to(weight.device)
                    for moment in ("exp_avg", "exp_avg_sq")
                }
        return step
