"""Which medicine a name is by what the recogniser saw of it, not only by its likeliest reading.

The whole name and its parts are weighed against the formulary in the columns that they were read from, and
against the reading as it stands; what is likeliest of all is taken, if it is likely enough.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from multilingual.clinical.formulary_index import ACCEPT, Candidate, FormularyIndex
from multilingual.clinical.grammar import Order, annotate
from ocr.calibration import name_calibration
from ocr.ctc.names import Stretch, Weighed, chances_of, weigh_names
from ocr.ctc.spans import Alignment
from ocr.engines.base import Columns
from ocr.name_parts import letters_of, parts_of, suffix_of, without_site
from ocr.naming import Naming, generic_beside, stem_is_known

_MOST = 5
"""Candidates that are given."""
_FEW_WORDS = 3
"""An order of no more words may be a name as a whole."""
_WORD = re.compile(r"[^\W_][\w-]*")
_WORD_LETTERS = 5


def name_by_columns(order: Order, alignment: Alignment, index: FormularyIndex) -> Naming | None:
    """The formulary's answer to the name of an order; None where the name is not found in the columns."""
    stretches = stretches_of(order, alignment)
    whole = next(stretches, None)
    if whole is None:
        return None
    weighed = [_weighed(whole, order, index)]
    naming = _named(weighed, order, index)
    if naming.best is None:
        weighed += [_weighed(stretch, order, index) for stretch in stretches]
        if len(weighed) > 1:
            naming = _named(weighed, order, index)
    return naming


def stretches_of(order: Order, alignment: Alignment) -> Iterator[Stretch]:
    """The name of an order in its columns; with what is written onto it or beside it; its parts; other words.

    The grammar takes "Canaz0le" for a name and a number, "Back tone" for a name and a word, and for the name
    what a stray mark before the form was read as. There are none where the name is not in the columns.
    """
    name = without_site(order.drug_text)
    beside = order.text if len(order.text.split()) <= _FEW_WORDS else name
    texts = {name: 0, alignment.word_around(name, order.drug_start): 0, beside: 0}
    texts |= {part: left_out for part, left_out, _ in parts_of(name) if part not in texts}
    for text, left_out in texts.items():
        stretch = _stretch(text, left_out, order, alignment)
        if stretch is not None:
            yield stretch
        elif text == name:
            return
    for word in _other_words(order.text):
        if word not in name and (stretch := _stretch(word, len(name.split()), order, alignment)):
            yield stretch


def _stretch(text: str, left_out: int, order: Order, alignment: Alignment) -> Stretch | None:
    span = alignment.span_of(text, order.drug_start)
    if span is None:
        return None
    return Stretch(text, Columns(alignment.columns.chances[span], alignment.columns.characters), left_out)


def _other_words(text: str) -> Iterator[str]:
    """Words of a text that the grammar knows nothing of, long enough to be a name by themselves."""
    known = annotate(text)
    for word in _WORD.finditer(text):
        inside = any(each.start < word.end() and word.start() < each.end for each in known)
        if not inside and letters_of(word.group()) >= _WORD_LETTERS:
            yield word.group()


def _weighed(stretch: Stretch, order: Order, index: FormularyIndex) -> tuple[str, Weighed]:
    return stretch.text, weigh_names(stretch, index, order.form, order.strength)


def _named(weighed: Sequence[tuple[str, Weighed]], order: Order, index: FormularyIndex) -> Naming:
    """The likeliest name of all that the stretches may hold; the first of these is the whole name."""
    fitted = name_calibration()
    features = np.concatenate([each.features for _, each in weighed])
    _, *chances = chances_of(features, fitted.weights).tolist()
    found = _candidates(weighed, chances, order, index)
    whole, generic = weighed[0][0], partial(generic_beside, order, index, ACCEPT)
    if not found:
        return Naming(whole, None, (), generic=generic())
    (text, best), *others = found
    rest = tuple(candidate for _, candidate in others)
    likely = best.chance is not None and best.chance >= fitted.accept
    if likely and (best.similarity == 1 or suffix_of(text) == suffix_of(best.entry.name)):
        return Naming(text, best, rest, lookalikes=index.lookalikes(best.entry))
    akin = best.score >= ACCEPT or (suffix_of(whole) != "" and stem_is_known(whole, order, index))
    return Naming(whole, None, (best, *rest), akin, generic())


def _candidates(
    weighed: Sequence[tuple[str, Weighed]], chances: Sequence[float], order: Order, index: FormularyIndex
) -> list[tuple[str, Candidate]]:
    """What was read and what it may be, likeliest first, every entry once with the sum of its chances."""
    rows = [
        (text, place, similarity)
        for text, each in weighed
        for place, similarity in zip(each.places.tolist(), each.similarities.tolist(), strict=True)
    ]
    summed: dict[int, float] = {}
    likeliest: dict[int, tuple[float, str, float]] = {}
    for (text, place, similarity), chance in zip(rows, chances, strict=True):
        summed[place] = summed.get(place, 0.0) + chance
        likeliest[place] = max(likeliest.get(place, (-1.0, "", 0.0)), (chance, text, similarity))
    found = []
    for place in sorted(summed, key=lambda place: -summed[place])[:_MOST]:
        _, text, similarity = likeliest[place]
        candidate = index.candidate(place, similarity, order.form, order.strength)
        found.append((text, replace(candidate, chance=summed[place])))
    return found
