"""The probability of each token of an answer, kept while it is generated."""

import torch
from torch import Tensor
from transformers import LogitsProcessor


class Chances(LogitsProcessor):
    """Stands last among the processors and remembers how likely each token was among those still allowed.

    It holds the scores of one step only: a vocabulary can be 262,144 wide, and an answer hundreds of tokens.
    """

    def __init__(self) -> None:
        self._scores: Tensor | None = None
        self._logs: list[Tensor] = []

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """The scores as they are. `input_ids` end with what was chosen by those before."""
        self._settle(input_ids)
        self._scores = scores
        return scores

    def of(self, sequences: Tensor) -> list[list[float]]:
        """The probabilities of the tokens generated, shape (rows, tokens), `sequences` being all that was.

        What a row was given after its end has numbers too, which mean nothing.
        """
        self._settle(sequences)
        self._scores = None
        chances: list[list[float]] = torch.stack(self._logs, dim=1).exp().tolist() if self._logs else []
        return chances

    def _settle(self, sequences: Tensor) -> None:
        """Note the chance of each row's last token, now that it has been chosen."""
        if self._scores is not None:
            scores = self._scores.float()
            chosen = scores.gather(1, sequences[:, -1:])[:, 0]
            self._logs.append(chosen - scores.logsumexp(dim=1))
