"""Fitting a conditional logit: which of several choices is taken, one of them always being none.

McFadden (1974), Conditional logit analysis of qualitative choice behavior. The likelihood is concave, so that
Newton's method finds its one maximum. With a single choice beside none it is logistic regression.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NONE = -1
_STEPS, _ENOUGH = 60, 1e-7

Features = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Choice:
    """The features of what could be chosen, shape (choices, features), and the row chosen, or NONE."""

    features: Features
    chosen: int
    weight: float = 1.0


def fit(choices: Sequence[Choice], ridge: float = 1.0) -> NDArray[np.float64]:
    """Weights of the features, shape (features,), of the greatest likelihood.

    `ridge` holds them back, in units of each feature's standard deviation: what is never told apart gets 0.
    """
    scale = np.concatenate([choice.features for choice in choices]).std(axis=0)
    scale[scale == 0] = 1.0
    table, allowed, chosen, counts = _padded(choices, scale)
    weights = np.zeros(table.shape[2])
    loss, chances = _loss(weights, table, allowed, chosen, counts, ridge)
    for _ in range(_STEPS):
        expected = np.einsum("nk,nkf->nf", chances, table)
        slope = counts @ (expected - table[np.arange(len(table)), chosen]) + ridge * weights
        shares = counts[:, np.newaxis] * chances
        bend = np.einsum("nk,nkf,nkg->fg", shares, table, table, optimize=True)
        bend -= np.einsum("n,nf,ng->fg", counts, expected, expected) - ridge * np.eye(len(weights))
        step, before = np.linalg.solve(bend, slope), loss
        while True:
            loss, chances = _loss(weights - step, table, allowed, chosen, counts, ridge)
            if loss <= before or np.abs(step).max() < _ENOUGH:
                break
            step /= 2
        weights = weights - step
        if before - loss <= _ENOUGH * abs(before):
            break
    fitted: NDArray[np.float64] = weights / scale
    return fitted


def _padded(
    choices: Sequence[Choice], scale: NDArray[np.float64]
) -> tuple[Features, Features, NDArray[np.intp], NDArray[np.float64]]:
    """Features [sets, choices + 1, features] with none first, 0 or -inf for padding, rows chosen, weights."""
    most = max(len(choice.features) for choice in choices) + 1
    table = np.zeros((len(choices), most, len(scale)))
    allowed = np.full((len(choices), most), -np.inf)
    for row, choice in enumerate(choices):
        held = len(choice.features) + 1
        table[row, 1:held] = choice.features / scale
        allowed[row, :held] = 0.0
    chosen = np.array([choice.chosen + 1 for choice in choices], np.intp)
    return table, allowed, chosen, np.array([choice.weight for choice in choices])


def _loss(
    weights: NDArray[np.float64],
    table: Features,
    allowed: Features,
    chosen: NDArray[np.intp],
    counts: NDArray[np.float64],
    ridge: float,
) -> tuple[float, Features]:
    """Minus the log-likelihood with its ridge, and the chances of all choices."""
    told = table @ weights + allowed
    told -= told.max(axis=1, keepdims=True)
    chances = np.exp(told)
    total = chances.sum(axis=1, keepdims=True)
    surprise = np.log(total[:, 0]) - told[np.arange(len(table)), chosen]
    return float(counts @ surprise + ridge * (weights @ weights) / 2), chances / total
