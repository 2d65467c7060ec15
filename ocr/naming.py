"""Which medicine a name as read is: the formulary's answer, for the whole name or for a part of it.

A misread form word or a stray mark often sticks to a name, so parts of it are tried as well; a part must
match the better the less of the name it is. A suffix makes another medicine: "Pan-D" is not "Pan", so a
candidate whose suffix is not the one read is only an alternative.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from multilingual.clinical.formulary_index import ACCEPT, Candidate, FormularyIndex
from multilingual.clinical.grammar import Order
from multilingual.clinical.name_keys import name_key
from ocr.name_parts import SITES, letters_of, parts_of, stem_of, suffix_of, without_site

_NEARNESS = 0.85
"""The surer the reading, the nearer a name must be to it: at least this times the reading's score. What was
read clearly and is not in the formulary is another medicine, not a misreading of one that is."""
_REREAD, _NEARER = 0.85, 0.05
"""How near to a name another reading must be, and by how much nearer than the reading itself."""
REREAD_LETTERS = 4
"""Among all readings of all lines there is one that is a shorter name."""
_PART_COST = 0.04
"""What a part of a name must match better by, for each word of the name that it leaves out."""
_PART_LETTERS = 5
_AS_LETTERS = str.maketrans("012568", "olzsbb")
"""Digits that letters of a name were taken for."""
_SCRAPS_BEFORE = re.compile(r"^(?:[a-z]{1,2}\W+)+(?=\w{5})")
"""What is left before a name of a form word that was misread: "y clexane"."""
_O_ALONE = re.compile(r"(?<=\s)0$")
"""A suffix that was taken for a digit: a name does not end in a nought by itself."""


@dataclass(frozen=True, slots=True)
class Naming:
    """What the formulary says of a name: `best`, if one is alike enough, and the others, best first.

    `read` is the text that was matched: the whole name or a part of it. `akin` tells that a name like it is
    in the formulary with another suffix. `generic` is the entry that a generic written beside the name
    matched; `lookalikes` are names that `best` is known to be taken for. `by_chance` is how similar to some
    name of the formulary a word as long as `read` is by chance.
    """

    read: str
    best: Candidate | None
    others: tuple[Candidate, ...]
    akin: bool = False
    generic: Candidate | None = None
    lookalikes: tuple[str, ...] = ()
    by_chance: float = 0.0


UNNAMED = Naming("", None, ())
"""What is said of a line that no name could make a medicine."""


def name_order(order: Order, index: FormularyIndex, reading_score: float) -> Naming:
    """The formulary's answer to the name of an order that was read with `reading_score`, 0 to 1."""
    least = max(ACCEPT, _NEARNESS * reading_score)
    read, name = order.drug_text, _O_ALONE.sub("O", order.drug_text)
    candidates = _candidates(order, [name], index)[0]
    bare = _SCRAPS_BEFORE.sub("", name)
    if bare != name and (exact := _candidates(order, [bare], index)[0]) and exact[0].similarity == 1:
        read, name, candidates = bare, bare, exact
    if not _accepted(name, candidates, least):
        read, candidates = (
            _best_part(order, index, least) or _as_letters(order, index, least) or (read, candidates)
        )
        name = read
    if _accepted(name, candidates, least):
        return _named(read, candidates, index)
    akin = _alike(candidates) or stem_is_known(read, order, index)
    return Naming(read, None, tuple(candidates), akin, generic_beside(order, index, least))


def stem_is_known(read: str, order: Order, index: FormularyIndex) -> bool:
    """Whether a name read without its suffix is like one of the formulary."""
    return _alike(_candidates(order, [stem_of(read)], index)[0])


def generic_beside(order: Order, index: FormularyIndex, least: float) -> Candidate | None:
    """The entry of the first of an order's other names that is like one by at least so much."""
    found = zip(_candidates(order, order.other_names, index), order.other_names, strict=True)
    return next((candidates[0] for candidates, name in found if _accepted(name, candidates, least)), None)


def rename(naming: Naming, others: Sequence[Order], index: FormularyIndex) -> Naming:
    """The naming that an order's other readings give, where one is nearer to a name than the reading is."""
    least = max(_REREAD, naming.best.similarity + _NEARER if naming.best else 0.0)
    found = index.match_many(
        [order.drug_text for order in others],
        forms=[order.form for order in others],
        strengths=[order.strength for order in others],
    )
    near = [
        (candidates, order.drug_text)
        for candidates, order in zip(found, others, strict=True)
        if candidates
        and letters_of(order.drug_text) >= REREAD_LETTERS
        and candidates[0].similarity >= least
        and _accepted(order.drug_text, candidates, least)
    ]
    if not near:
        return naming
    candidates, read = max(near, key=lambda pair: pair[0][0].similarity)
    return _named(read, candidates, index)


def _named(read: str, candidates: Sequence[Candidate], index: FormularyIndex) -> Naming:
    best, *others = candidates
    return Naming(
        read,
        best,
        tuple(others),
        lookalikes=index.lookalikes(best.entry),
        by_chance=index.by_chance(letters_of(read)),
    )


def _candidates(order: Order, names: Sequence[str], index: FormularyIndex) -> list[list[Candidate]]:
    """Candidates for each of the names, beside the form and strength of the order."""
    count = len(names)
    return index.match_many(
        [without_site(name) for name in names],
        forms=[order.form] * count,
        strengths=[order.strength] * count,
    )


def _accepted(name: str, candidates: Sequence[Candidate], least: float) -> bool:
    if not candidates:
        return False
    best = candidates[0]
    if best.entry.name.casefold() in SITES:  # some list holds "Nasal" as a product
        return False
    same_letters = (
        name_key(name).casefold() == name_key(best.entry.name).casefold()
    )  # "TelmaAM" is "Telma AM"
    return same_letters or (best.score >= least and suffix_of(name) == suffix_of(best.entry.name))


def _alike(candidates: Sequence[Candidate]) -> bool:
    return bool(candidates) and candidates[0].score >= ACCEPT


def _best_part(order: Order, index: FormularyIndex, least: float) -> tuple[str, list[Candidate]] | None:
    parts = list(parts_of(order.drug_text))
    best: tuple[float, str, list[Candidate]] | None = None
    for (part, left_out, first), found in zip(
        parts, _candidates(order, [part for part, _, _ in parts], index), strict=True
    ):
        if not _accepted(part, found, least):
            continue
        exact_first = first and found[0].similarity == 1
        if letters_of(part) < _PART_LETTERS and not exact_first:
            continue
        score = found[0].score - (0 if exact_first else _PART_COST * left_out)
        if score >= least and (best is None or score > best[0]):
            best = score, part, found
    return best[1:] if best else None


def _as_letters(order: Order, index: FormularyIndex, least: float) -> tuple[str, list[Candidate]] | None:
    """The name with its digits read as letters ("2INC" for "ZINC"), if that is a name."""
    name = order.drug_text.translate(_AS_LETTERS)
    if name == order.drug_text:
        return None
    found = _candidates(order, [name], index)[0]
    return (name, found) if _accepted(name, found, least) else None
