"""Trivial summaries of the same messages, to be beaten: the lead, a constant text, one for each image class.

Where what is seen on pictures is scored, the last two say something of these as well, chosen in the same way.
The constant is the medoid of the references: the text with the highest unigram F1 against all others in the
mean. An item's own reference takes no part in its choice, or the texts of training alone do.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from eval.summaries.pairs import Pair, with_summary
from eval.summaries.references import Reference
from eval.tokens import tokens_for
from summarize.engines.base import Request
from summarize.engines.lead import LeadEngine

LEAD: Final = "lead"
CONSTANT: Final = "constant"
CLASS_TEMPLATE: Final = "class template"
_MOST: Final = 400  # texts among which a medoid is looked for

_TextOf = Callable[[Reference], str | None]


def baselines(pairs: Sequence[Pair], training: Sequence[Reference] = ()) -> dict[str, list[Pair]]:
    """The pairs with each baseline's summary in place of their own.

    `lead` is the message's own first sentences, `constant` the medoid of the references, `class template`
    that of the references of the image class. Both are chosen among the references of the same target
    language without the item's own, or among those of `training` in the message's language. An item for
    which there are none is left out, and so is a baseline without items.
    """
    made = {
        LEAD: _leads(pairs),
        CONSTANT: _constants(pairs, training, by_class=False),
        CLASS_TEMPLATE: _constants(pairs, training, by_class=True),
    }
    return {name: chosen for name, chosen in made.items() if chosen}


def _leads(pairs: Sequence[Pair]) -> list[Pair]:
    requests = [Request(pair.reference.query, "", pair.reference.language, pair.target) for pair in pairs]
    answers = LeadEngine().summarise(requests)
    return [
        replace(with_summary(pair, answer.text), findings=None)  # a message's sentences tell of no picture
        for pair, answer in zip(pairs, answers, strict=True)
    ]


def _constants(pairs: Sequence[Pair], training: Sequence[Reference], *, by_class: bool) -> list[Pair]:
    """The pairs with the medoid of a pool of references: those of their language and, `by_class`, class."""
    summaries = _medoids(pairs, training, lambda reference: reference.text, by_class=by_class)
    seen: list[str | None] = [None] * len(pairs)
    if any(pair.findings is not None for pair in pairs):
        seen = _medoids(pairs, training, lambda reference: reference.visual, by_class=by_class)
    return [
        replace(with_summary(pair, summary), findings=None if pair.findings is None else findings)
        for pair, summary, findings in zip(pairs, summaries, seen, strict=True)
        if summary is not None
    ]


def _medoids(
    pairs: Sequence[Pair], training: Sequence[Reference], text_of: _TextOf, *, by_class: bool
) -> list[str | None]:
    """What the medoid of each pair's pool says; None where the pool holds no other text than its own."""
    pools: defaultdict[tuple[str | None, ...], list[str]] = defaultdict(list)
    for reference in training:
        if (text := text_of(reference)) is not None:
            pools[_pool(reference, None, by_class)].append(text)
    for pair in () if training else pairs:
        if (text := text_of(pair.reference)) is not None:
            pools[_pool(pair.reference, pair.target, by_class)].append(text)
    medoids: dict[tuple[str | None, ...], _Medoid] = {}
    said: list[str | None] = []
    for pair in pairs:
        if by_class and pair.reference.image_class is None:
            said.append(None)
            continue
        key = _pool(pair.reference, None if training else pair.target, by_class)
        if key not in medoids:
            medoids[key] = _Medoid(pools[key], pair.target)
        said.append(medoids[key].without(None if training else text_of(pair.reference)))
    return said


def _pool(reference: Reference, target: str | None, by_class: bool) -> tuple[str | None, ...]:
    return target or reference.language, reference.image_class if by_class else None


class _Medoid:
    """Which of some texts is the most like the others; of many texts, as many as `_MOST` are looked at."""

    def __init__(self, texts: Sequence[str], language: str) -> None:
        times = Counter(texts)
        distinct = sorted(times)  # the same for any order of the texts
        self._texts = distinct[:: math.ceil(len(distinct) / _MOST)] if distinct else []
        self._times = np.array([times[text] for text in self._texts])
        tokenize = tokens_for(language).tokenize
        bags = [Counter(tokenize(text)) for text in self._texts]
        self._alike = np.array([[_f1(one, other) for other in bags] for one in bags])

    def without(self, own: str | None) -> str | None:
        """The medoid of all texts but one such as `own`; None where there is no other."""
        if not self._texts:
            return None
        likeness = self._alike @ self._times
        if own in self._texts:
            place = self._texts.index(own)
            likeness = likeness - self._alike[:, place]
            if self._times[place] == 1:
                likeness[place] = -1.0
        best = int(likeness.argmax())
        return self._texts[best] if likeness[best] >= 0 else None


def _f1(one: Counter[str], other: Counter[str]) -> float:
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0
