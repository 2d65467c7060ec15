"""The probability that drug and dose of a medication are right: a logistic model over named features.

It is calibrated for engines that show the columns they read from; of others nothing is claimed.
"""

from collections.abc import Sequence

import numpy as np

from multilingual.clinical.grammar import Order
from ocr.evidence import tells_frequency
from ocr.lines import UNREADABLE_STRENGTH, Line
from ocr.naming import Naming

CONFIDENCE = (
    "bias",
    "known",  # 1 if the name was found in the formulary
    "chance",  # log odds of that name, by what was seen; 0 for an unknown one
    "margin",  # log of how much likelier it is than the next one
    "similarity",  # of the name to the reading
    "unknown read well",  # of an unknown name the log of how well its line was read
    "read well",  # of a known one
    "strength agrees",
    "strength contradicts",
    "no strength",
    "form agrees",
    "form contradicts",
    "frequency",  # 1 if one was read
    "evidence",  # what speaks for a medicine, `ocr.evidence`
    "repaired",  # 1 if form or strength were put right
    "unreadable strength",
)
"""What the model counts."""
_SUREST = 1e-4
"""Chances nearer than this to 0 or 1 tell no more."""
_MOST_EVIDENCE = 5.0


def confidence_features(order: Order, naming: Naming, lines: Sequence[Line], weight: float) -> list[float]:
    """The values of CONFIDENCE for a medication that so much speaks for, read from `lines`."""
    best = naming.best
    known = best is not None
    chance = _bounded(best.chance if best is not None and best.chance is not None else 0.5)
    second = _bounded(max((other.chance or 0.0 for other in naming.others), default=0.0))
    read_well = float(np.log(max(min(line.source.score for line in lines), _SUREST)))
    told: dict[str, float] = {
        "bias": 1.0,
        "known": known,
        "chance": np.log(chance / (1 - chance)),
        "margin": np.log(chance / second) if known else 0.0,
        "similarity": best.similarity if best is not None else 0.0,
        "unknown read well": 0.0 if known else read_well,
        "read well": read_well if known else 0.0,
        "strength agrees": best is not None and best.strength_agrees is True,
        "strength contradicts": best is not None and best.strength_agrees is False,
        "no strength": order.strength is None,
        "form agrees": best is not None and best.form_agrees is True,
        "form contradicts": best is not None and best.form_agrees is False,
        "frequency": tells_frequency(order),
        "evidence": min(weight, _MOST_EVIDENCE),
        "repaired": any(line.repaired for line in lines),
        "unreadable strength": UNREADABLE_STRENGTH.search(order.text) is not None,
    }
    return [float(told[name]) for name in CONFIDENCE]


def confidence_of(features: Sequence[float], weights: Sequence[float]) -> float:
    """The probability that they tell of, 0 to 1."""
    return float(0.5 + 0.5 * np.tanh(np.dot(features, weights) / 2))  # the logistic function


def _bounded(chance: float) -> float:
    return min(max(chance, _SUREST), 1 - _SUREST)
