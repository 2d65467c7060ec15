"""Which medicine a name as read is: the formulary's answer, for the whole name or for a part of it.

A misread form word or a stray mark often sticks to a name, so parts of it are tried as well; a part must
match the better the less of the name it is. A suffix makes another medicine: "Pan-D" is not "Pan", so a
candidate whose suffix is not the one read is only an alternative.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from multilingual.clinical.formulary_index import ACCEPT, Candidate, FormularyIndex
from multilingual.clinical.grammar import Order
from multilingual.clinical.name_keys import name_key

_NEARNESS = 0.85
"""The surer the reading, the nearer a name must be to it: at least this times the reading's score. What was
read clearly and is not in the formulary is another medicine, not a misreading of one that is."""
_REREAD, _NEARER = 0.85, 0.05
"""How near to a name another reading must be, and by how much nearer than the reading itself."""
_PART_COST = 0.04
"""What a part of a name must match better by, for each word of the name that it leaves out."""
_PART_LETTERS = 5
_FIRST_WORD_LETTERS = 3
"""The first word of a name is tried from this length, if it is a name of the formulary to the letter."""
_PART_WORDS = 3
_SCRAP = 3
_COMBINING = frozenset({"+", "&", "/", "and", "com", "e"})
_AS_LETTERS = str.maketrans("012568", "olzsbb")
"""Digits that letters of a name were taken for."""
_SITES = frozenset({"ear", "ears", "eye", "eyes", "nasal", "nose", "oral", "vaginal"})
"""Words that say where a medicine goes; they are no part of its name when they end it."""


@dataclass(frozen=True, slots=True)
class Naming:
    """What the formulary says of a name: `best`, if one is alike enough, and the others, best first.

    `read` is the text that was matched: the whole name or a part of it. `akin` tells that a name like it is
    in the formulary with another suffix. `generic` is the entry that a generic written beside the name
    matched; `lookalikes` are names that `best` is known to be taken for.
    """

    read: str
    best: Candidate | None
    others: tuple[Candidate, ...]
    akin: bool = False
    generic: Candidate | None = None
    lookalikes: tuple[str, ...] = ()


UNNAMED = Naming("", None, ())
"""What is said of a line that no name could make a medicine."""


def name_order(order: Order, index: FormularyIndex, reading_score: float) -> Naming:
    """The formulary's answer to the name of an order that was read with `reading_score`, 0 to 1."""
    least = max(ACCEPT, _NEARNESS * reading_score)
    read, candidates = order.drug_text, _candidates(order, [order.drug_text], index)[0]
    if not _accepted(read, candidates, least):
        read, candidates = (
            _best_part(order, index, least) or _as_letters(order, index, least) or (read, candidates)
        )
    if _accepted(read, candidates, least):
        best, *others = candidates
        return Naming(read, best, tuple(others), lookalikes=index.lookalikes(best.entry))
    stem, *beside = _candidates(order, [_stem(read), *order.other_names], index)
    generic = next(
        (
            found[0]
            for found, name in zip(beside, order.other_names, strict=True)
            if _accepted(name, found, least)
        ),
        None,
    )
    return Naming(read, None, tuple(candidates), _alike(candidates) or _alike(stem), generic)


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
        if candidates and candidates[0].similarity >= least and _accepted(order.drug_text, candidates, least)
    ]
    if not near:
        return naming
    candidates, read = max(near, key=lambda pair: pair[0][0].similarity)
    best, *rest = candidates
    return Naming(read, best, tuple(rest), lookalikes=index.lookalikes(best.entry))


def _candidates(order: Order, names: Sequence[str], index: FormularyIndex) -> list[list[Candidate]]:
    """Candidates for each of the names, beside the form and strength of the order."""
    count = len(names)
    return index.match_many(
        [_without_site(name) for name in names],
        forms=[order.form] * count,
        strengths=[order.strength] * count,
    )


def _without_site(name: str) -> str:
    words = name.split()
    return " ".join(words[:-1]) if len(words) > 1 and words[-1].casefold() in _SITES else name


def _accepted(name: str, candidates: Sequence[Candidate], least: float) -> bool:
    if not candidates:
        return False
    best = candidates[0]
    same_letters = (
        name_key(name).casefold() == name_key(best.entry.name).casefold()
    )  # "TelmaAM" is "Telma AM"
    return same_letters or (best.score >= least and _suffix(name) == _suffix(best.entry.name))


def _alike(candidates: Sequence[Candidate]) -> bool:
    return bool(candidates) and candidates[0].score >= ACCEPT


def _suffix(name: str) -> str:
    name = " ".join(word for word in name.split() if word.casefold() not in _SITES)
    return "".join(c for c in name_key(name) if c.isupper())


def _stem(name: str) -> str:
    return "".join(c for c in name_key(name) if not c.isupper())


def _best_part(order: Order, index: FormularyIndex, least: float) -> tuple[str, list[Candidate]] | None:
    parts = list(_parts(order.drug_text))
    best: tuple[float, str, list[Candidate]] | None = None
    for (part, left_out, first), found in zip(
        parts, _candidates(order, [part for part, _, _ in parts], index), strict=True
    ):
        if not _accepted(part, found, least):
            continue
        exact_first = first and found[0].similarity == 1
        if sum(c.isalpha() for c in part) < _PART_LETTERS and not exact_first:
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


def _parts(name: str) -> Iterator[tuple[str, int, bool]]:
    """Runs of one to three words that no suffix follows: the run, the words left out, whether it is first."""
    words = name.split()
    if any(word in _COMBINING for word in words):  # one substance of a combination is another medicine
        return
    for length in range(min(_PART_WORDS, len(words) - 1), 0, -1):
        for start in range(len(words) - length + 1):
            part, rest = " ".join(words[start : start + length]), words[start + length :]
            if sum(c.isalpha() for c in part) >= _FIRST_WORD_LETTERS and not (rest and _is_suffix(rest[0])):
                yield part, len(words) - length, start == 0


def _is_suffix(word: str) -> bool:
    """Whether a word makes another product of the name before it; scraps in small letters do not."""
    return name_key(f"x {word}")[1:].isupper() and (not word.islower() or len(word) > _SCRAP)
