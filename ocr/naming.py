"""Which medicine a name as read is: the formulary's answer, for the whole name or for a part of it.

A misread form word or a stray mark often sticks to a name ("Stamlo smy"), so parts of it are tried as well; a part
must match the better the less of the name it is. A suffix makes another medicine: "Cepodem XP" is not "Cepodem",
so a candidate whose suffix is not the one read is only an alternative.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from multilingual.clinical.formulary_index import ACCEPT, Candidate, FormularyIndex
from multilingual.clinical.grammar import Order
from multilingual.clinical.name_keys import name_key

_PART_COST = 0.04
"""What a part of a name must match better by, for each word of the name that it leaves out."""
_PART_LETTERS = 5
_FIRST_WORD_LETTERS = 3
"""The first word of a name is tried from this length, if it is a name of the formulary to the letter."""
_PART_WORDS = 3


@dataclass(frozen=True, slots=True)
class Naming:
    """What the formulary says of a name: `best`, if one is alike enough to be it, and the others, best first.

    `read` is the text that was matched: the whole name or a part of it. `akin` tells that a name like it is in the
    formulary with another suffix. `generic` is the entry that a generic written
    beside the name matched; `lookalikes` are names that `best` is known to be taken for.
    """

    read: str
    best: Candidate | None
    others: tuple[Candidate, ...]
    akin: bool = False
    generic: Candidate | None = None
    lookalikes: tuple[str, ...] = ()


def name_order(order: Order, index: FormularyIndex) -> Naming:
    """The formulary's answer to the name of an order."""
    read, candidates = order.drug_text, _candidates(order.drug_text, order, index)
    if not _accepted(read, candidates):
        read, candidates = _best_part(order, index) or (read, candidates)
    if not _accepted(read, candidates):
        beside = [_candidates(name, order, index) for name in order.other_names]
        generic = next((found[0] for found, name in zip(beside, order.other_names, strict=True) if _accepted(name, found)), None)
        akin = any(_alike(found) for found in (candidates, _candidates(_stem(read), order, index)))
        return Naming(read, None, tuple(candidates), akin, generic)
    best, *others = candidates
    return Naming(read, best, tuple(others), lookalikes=index.lookalikes(best.entry))


def _candidates(name: str, order: Order, index: FormularyIndex) -> list[Candidate]:
    return index.match(name, form=order.form, strength=order.strength)


def _accepted(name: str, candidates: Sequence[Candidate]) -> bool:
    return _alike(candidates) and _suffix(name) == _suffix(candidates[0].entry.name)


def _alike(candidates: Sequence[Candidate]) -> bool:
    return bool(candidates) and candidates[0].score >= ACCEPT


def _suffix(name: str) -> str:
    return "".join(c for c in name_key(name) if c.isupper())


def _stem(name: str) -> str:
    return "".join(c for c in name_key(name) if not c.isupper())


def _best_part(order: Order, index: FormularyIndex) -> tuple[str, list[Candidate]] | None:
    best: tuple[float, str, list[Candidate]] | None = None
    for part, left_out, first in _parts(order.drug_text):
        found = _candidates(part, order, index)
        if not _accepted(part, found):
            continue
        exact_first = first and found[0].similarity == 1
        if sum(c.isalpha() for c in part) < _PART_LETTERS and not exact_first:
            continue
        score = found[0].score - (0 if exact_first else _PART_COST * left_out)
        if score >= ACCEPT and (best is None or score > best[0]):
            best = score, part, found
    return best[1:] if best else None


def _parts(name: str) -> Iterator[tuple[str, int, bool]]:
    """Runs of one to three words of a name that no suffix follows: the run, the words left out, whether it is first."""
    words = name.split()
    for length in range(min(_PART_WORDS, len(words) - 1), 0, -1):
        for start in range(len(words) - length + 1):
            part, rest = " ".join(words[start : start + length]), words[start + length :]
            followed_by_suffix = bool(rest) and name_key(f"x {rest[0]}")[1:].isupper()
            if sum(c.isalpha() for c in part) >= _FIRST_WORD_LETTERS and not followed_by_suffix:
                yield part, len(words) - length, start == 0
