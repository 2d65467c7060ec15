"""Cross-entropy over a wide vocabulary, of the summary's tokens alone."""

from typing import Any

import torch
from torch.autograd.function import FunctionCtx

_ROWS = 48  # positions whose logits are held at once: 48 x 262,144 floats are 50 MB


class _TargetLoss(torch.autograd.Function):
    """The gradient of softmax cross-entropy is (softmax - onehot): taken as the loss is, nothing is kept."""

    @staticmethod
    def forward(
        ctx: FunctionCtx, hidden: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor
    ) -> torch.Tensor:
        gradient = torch.empty_like(hidden)
        total = hidden.new_zeros((), dtype=torch.float32)
        for start in range(0, len(targets), _ROWS):
            part = slice(start, start + _ROWS)
            logits = (hidden[part] @ weight.T).float()
            highest = logits.amax(dim=1, keepdim=True)
            wanted = logits.gather(1, targets[part, None]) - highest
            powers = logits.sub_(
                highest
            ).exp_()  # in place: the logits are by far the largest thing in memory
            norm = powers.sum(dim=1, keepdim=True)
            total += (norm.log() - wanted).sum()
            expected = (powers.to(hidden.dtype) @ weight) / norm.to(hidden.dtype)
            gradient[part] = expected - weight[targets[part]]
        ctx.save_for_backward(gradient)
        return total

    @staticmethod
    def backward(ctx: Any, *grad_outputs: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (gradient,) = ctx.saved_tensors
        return gradient * grad_outputs[0].to(gradient.dtype), None, None


def target_loss(hidden: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Summed cross-entropy in nats, of hidden states [n, width] under an output matrix [vocabulary, width].

    `targets` [n] are token ids. The output matrix is taken as frozen.
    """
    loss: torch.Tensor = _TargetLoss.apply(hidden, weight, targets)  # type: ignore[no-untyped-call]
    return loss
