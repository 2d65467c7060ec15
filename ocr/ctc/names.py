"""Which name of the formulary stands in a few columns, or none: what was read against what may be meant.

Each name of a shortlist is weighed against the reading itself, as in a noisy channel (Jurafsky and Martin,
Speech and Language Processing, appendix B): how likely the columns are if the name was written, and how
likely the letters read are as a name that is in no list. The weights are those of a conditional logit, fitted
by `ocr.calibrate`; the reading as it stands has weight 0 and is one of the choices, so that the chances of
all names and of an unknown one sum to 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from multilingual.clinical.agreement import form_agrees, strength_agrees
from multilingual.clinical.confusions import OTHER
from multilingual.clinical.formulary_index import FormularyIndex
from multilingual.clinical.name_distance import Names, names_of
from multilingual.clinical.name_keys import name_key
from ocr.ctc.alphabet import Chances, letter_chances
from ocr.ctc.character_model import shipped_characters
from ocr.ctc.forward import Scores, forward_scores
from ocr.ctc.readings import other_readings
from ocr.engines.base import Columns

FLOOR = 1e-6
"""What a recogniser that is sure of another letter still leaves to each."""
SHORTLIST, READINGS = 60, 8
"""Names taken for each reading of a stretch, and readings beside the likeliest one."""

FEATURES = (
    "bias",
    "columns",  # log of how much likelier the columns are with the name than with the reading
    "letters",  # minus the log of how likely the letters read follow one another in a word
    "similarity",  # of the name to the reading
    "exact",  # 1 if the name was read to the letter
    "length",  # letters of the name
    "length read",  # letters of the reading
    "common",  # log of the forms and strengths that it comes in: what is much used comes in many
    "form agrees",
    "form contradicts",
    "strength agrees",
    "strength contradicts",
    "words left out",  # of the name as it stands in the line
)
"""What tells for a name, beside the reading as it stands, of which all this is 0."""


class Stretch(NamedTuple):
    """A name as read or a part of one, the columns that it stands in, and how many words it leaves out."""

    text: str
    columns: Columns
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Weighed:
    """What may be written in a stretch: places in the index, and their features [names, FEATURES]."""

    places: NDArray[np.intp]
    similarities: NDArray[np.float32]
    features: NDArray[np.float64]


def weigh_names(
    stretch: Stretch, index: FormularyIndex, form: str | None = None, strength: str | None = None
) -> Weighed:
    """The names that come into question for a stretch, beside the form and strength that stand by it."""
    keys = _keys(stretch)
    places = _spelled(index.near(keys, SHORTLIST), index.names)
    if not keys or not len(places):
        return Weighed(places[:0], np.zeros(0, np.float32), np.zeros((0, len(FEATURES))))
    reading = names_of(keys[:1])
    scores = _scores(letter_chances(stretch.columns), reading, places, index.names)
    similarities = index.similarities(keys[0], places)
    count = len(places)
    entries = [index.entries[place] for place in places]
    forms = [form_agrees(form, entry.forms) if form else None for entry in entries]
    strengths = [strength_agrees(strength, entry.strengths) if strength else None for entry in entries]
    columns = {
        "bias": np.ones(count),
        "columns": np.maximum(scores[1:] - scores[0], np.log(FLOOR) * len(stretch.columns.chances)),
        "letters": np.full(count, -shipped_characters().log_chance(keys[0])),
        "similarity": similarities,
        "exact": similarities == 1,
        "length": index.names.lengths[places],
        "length read": np.full(count, reading.lengths[0]),
        "common": [np.log(max(1, len(entry.forms)) * max(1, len(entry.strengths))) for entry in entries],
        "form agrees": [told is True for told in forms],
        "form contradicts": [told is False for told in forms],
        "strength agrees": [told is True for told in strengths],
        "strength contradicts": [told is False for told in strengths],
        "words left out": np.full(count, stretch.left_out),
    }
    features = np.stack([np.asarray(columns[name], np.float64) for name in FEATURES], axis=1)
    return Weighed(places, similarities, features)


def _keys(stretch: Stretch) -> list[str]:
    """Keys of the reading and of its alternatives, likeliest first."""
    chances = stretch.columns.chances
    others = (
        other_readings(chances, chances.argmax(axis=1), stretch.columns.characters, READINGS)
        if len(chances)
        else ()
    )
    keys = [name_key(text) for text in (stretch.text, *others)]
    return list(dict.fromkeys(key for key in keys if key)) if keys[0] else []


def _spelled(places: NDArray[np.intp], names: Names) -> NDArray[np.intp]:
    """Those of the names that are spelled in letters which the columns are compared on."""
    spelled: NDArray[np.bool_] = (names.codes[places] != OTHER).all(axis=1) & (names.lengths[places] > 0)
    kept: NDArray[np.intp] = places[spelled]
    return kept


def _scores(chances: Chances, reading: Names, places: NDArray[np.intp], names: Names) -> Scores:
    """Scores of the reading, then forward scores of each name.

    The reading's best path counts where it is likelier than all that is left of the reading without case: of
    two letters alike, one in upper case and one in lower, nothing but their case may have kept them apart.
    """
    lengths = np.concatenate([reading.lengths, names.lengths[places]])
    codes = np.zeros((len(lengths), int(lengths.max())), np.intp)
    codes[0, : reading.codes.shape[1]] = reading.codes[0]
    width = min(names.codes.shape[1], codes.shape[1])
    codes[1:, :width] = names.codes[places, :width]
    floored = np.maximum(chances, FLOOR)
    scores = forward_scores(floored, codes, lengths)
    scores[0] = max(scores[0], np.log(floored.max(axis=1)).sum())
    return scores


def chances_of(features: NDArray[np.float64], weights: Sequence[float]) -> NDArray[np.float64]:
    """Probabilities of an unknown name and then of each name, shape (names + 1,), summing to 1."""
    told = np.concatenate([[0.0], features @ np.asarray(weights)])
    raised = np.exp(told - told.max())
    chances: NDArray[np.float64] = raised / raised.sum()
    return chances
