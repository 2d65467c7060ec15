"""Facts of a summary: kept and lost of its reference's, added to them, invented where no source tells them.

Facts are `multilingual.clinical.facts`, whose values are the same in every language; each counts once a text,
however often it is told. A fact of one text is told by the other when that has it, or has what tells it: a
case of it (a headache tells pain, amoxicillin an antibiotic), all its parts (pain and head tell a headache),
what patients use for it (`alike` in the tables of concepts), both sides, the same amount rounded or in
another unit. So what was generalised is lost, but not wrong. Of symptoms "no fever" and "fever" are two
facts; what is denied of a drug is mostly that it helps, so there the negation is left aside. Concepts that
say how a question is put ("worry", "side effect") are left out.

What a summary invents, turns into its opposite or says of another part of the body is what
`summarize.faithful.check` flags against the message and its context.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from eval.measures import Better, Measure, mean
from eval.statistics import Counts, share
from multilingual.clinical.facts import Fact, Kind
from multilingual.clinical.facts.concepts import broader, tells
from summarize.drug_classes import in_class
from summarize.faithful import check
from summarize.told import TABLE, Told, tells_amount, tells_side, told_by

_UNCHECKED: Final = frozenset(TABLE["symptoms"]["unchecked"])
_INVENTED: Final = {f"invented_{kind}": kind.value for kind in Kind}
_TURNED: Final = {"flipped_negation": "negation", "flipped_side": "side", "misplaced_symptom": "place"}
_REMEMBERED: Final = 1024  # texts whose facts are at hand: one reference is held against several systems


@dataclass(frozen=True, slots=True)
class Compared:
    """A summary's facts beside its reference's.

    `counts` are, of each kind and of all, (facts of the summary that the reference tells, facts of the
    summary, facts of the reference that the summary tells, facts of the reference). `lost` and `added` are
    those that the other text does not tell, as "kind: value".
    """

    counts: Mapping[str, tuple[float, ...]]
    lost: tuple[str, ...]
    added: tuple[str, ...]


def compare(summary: str, reference: str) -> Compared:
    """Hold the facts of a summary against those of its reference; an empty summary has lost them all."""
    said, wanted = _told(summary), _told(reference)
    found, there = _held(said, wanted), _held(wanted, said)
    counts = {
        f"facts_{name}": (*_tally(found, is_one), *_tally(there, is_one)) for name, is_one in _KINDS.items()
    }
    counts["facts"] = (*_tally(found), *_tally(there))
    lost, added = ([_label(fact) for fact, told in held.items() if not told] for held in (there, found))
    return Compared(counts, tuple(lost), tuple(added))


@dataclass(frozen=True, slots=True)
class Checked:
    """What a summary tells that no source does: `counts` of whether, by kind, and "kind: words" of each.

    `flags` are all that the check says, a wrong language as well.
    """

    counts: Mapping[str, tuple[float, ...]]
    invented: tuple[str, ...]
    flags: tuple[str, ...]


def check_sources(summary: str, sources: Sequence[str], target: str) -> Checked:
    """Hold a summary in the language `target` against its sources: the message, and what was told besides."""
    kinds = _INVENTED | _TURNED
    flags = check(summary, sources, target)
    parted = [flag.partition(": ") for flag in flags]
    codes = {code for code, _, _ in parted}
    counts = {f"{code}_rate": (float(code in codes), 1.0) for code in kinds}
    counts["invented_rate"] = (float(bool(codes & _INVENTED.keys())), 1.0)
    invented = tuple(f"{kinds[code]}: {words}" for code, _, words in parted if code in kinds)
    return Checked(counts, invented, flags)


_Key = tuple[Kind, str, bool, str | None]


def _label(key: _Key) -> str:
    kind, value, negated, of = key
    return f"{kind}: {'no ' if negated else ''}{value}{f' ({of})' if of else ''}"


def _held(one: Told, other: Told) -> dict[_Key, bool]:
    """Each fact of one text, and whether the other tells it."""
    return {
        (kind, fact.value, kind is Kind.SYMPTOM and fact.negated, fact.of): tells_it(fact, other)
        for kind, tells_it in _RULES.items()
        for fact in one.facts.get(kind, ())
        if fact.value not in _UNCHECKED
    }


def _tally(held: Mapping[_Key, bool], is_one: Callable[[_Key], bool] = lambda _: True) -> tuple[float, float]:
    told = [is_told for key, is_told in held.items() if is_one(key)]
    return float(sum(told)), float(len(told))


@lru_cache(maxsize=_REMEMBERED)
def _told(text: str) -> Told:
    return told_by([text])


def _drug(fact: Fact, told: Told) -> bool:
    parts = {part for drug in told.facts[Kind.DRUG] for part in drug.value.split(" + ")}
    return set(fact.value.split(" + ")) <= parts or in_class(parts, fact.value)


def _amount(fact: Fact, told: Told) -> bool:
    return tells_amount(told, fact)


def _sex(fact: Fact, told: Told) -> bool:
    return fact.value in told.values(Kind.SEX)


def _symptom(fact: Fact, told: Told) -> bool:
    symptoms = told.facts[Kind.SYMPTOM]
    if fact.negated:  # denied by denying what it is a case of: no rash by "no skin problem"
        return any(other.negated and other.value in broader(fact.value) for other in symptoms)
    asserted = {other.value for other in (*symptoms, *told.facts[Kind.SITE]) if not other.negated}
    return tells(asserted, fact.value)


def _site(fact: Fact, told: Told) -> bool:
    known = (other.value for kind in (Kind.SITE, Kind.SYMPTOM) for other in told.facts[kind])
    return tells(known, fact.value)


def _side(fact: Fact, told: Told) -> bool:
    return tells_side(fact.value, told.sides_of(fact.of))


_RULES: Final[Mapping[Kind, Callable[[Fact, Told], bool]]] = {
    Kind.DRUG: _drug,
    Kind.NUMBER: _amount,
    Kind.DURATION: _amount,
    Kind.AGE: _amount,
    Kind.SEX: _sex,
    Kind.SYMPTOM: _symptom,
    Kind.SITE: _site,
    Kind.SIDE: _side,
}
"""Whether a text tells a fact of another one."""


def _of_kind(kind: Kind) -> Callable[[_Key], bool]:
    return lambda key: key[0] is kind


_KINDS: Final[Mapping[str, Callable[[_Key], bool]]] = {
    **{kind.value: _of_kind(kind) for kind in _RULES},
    "negation": lambda key: key[2],
}


def precision(sums: Counts) -> Counts:
    """Of columns (right, found, kept, there)."""
    return share(sums[..., :2])


def recall(sums: Counts) -> Counts:
    """Of columns (right, found, kept, there)."""
    return share(sums[..., 2:])


def f1(sums: Counts) -> Counts:
    """Harmonic mean of the two: 0 where one text has facts and the other tells none of them."""
    right, found, kept, there = np.moveaxis(sums, -1, 0)
    products = right * there + kept * found
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(products > 0, 2 * right * kept / products, 0.0)
    return np.where(found + there > 0, value, np.nan)


def _against_reference(name: str, what: str) -> tuple[Measure, Measure, Measure]:
    def there(sums: Counts) -> float:
        return float(sums[3])

    return (
        Measure(f"{name}_f1", name, f1, f"{what}: harmonic mean of precision and recall", size=there),
        Measure(
            f"{name}_precision", name, precision, f"{what}: share of the summary's that the reference tells"
        ),
        Measure(
            f"{name}_recall",
            name,
            recall,
            f"{what}: share of the reference's that the summary kept",
            size=there,
        ),
    )


_NAMES: Final[Mapping[str, str]] = {
    "drug": "drugs",
    "number": "numbers",
    "duration": "durations",
    "age": "ages",
    "sex": "sexes",
    "symptom": "symptoms",
    "site": "sites",
    "side": "sides",
    "negation": "negated symptoms",
}

MEASURES: Final[tuple[Measure, ...]] = (
    *_against_reference("facts", "facts of all kinds"),
    *(measure for kind in _KINDS for measure in _against_reference(f"facts_{kind}", _NAMES[kind])),
    mean("invented_rate", "share of summaries with a fact that no source tells", Better.LOWER),
    *(
        mean(f"{code}_rate", f"share of summaries with {_NAMES[kind]} that no source tells", Better.LOWER)
        for code, kind in _INVENTED.items()
    ),
    mean(
        "flipped_negation_rate",
        "share of summaries that deny what the sources assert, or the reverse",
        Better.LOWER,
    ),
    mean("flipped_side_rate", "share of summaries with the other side than the sources'", Better.LOWER),
    mean(
        "misplaced_symptom_rate",
        "share of summaries with a symptom of another part of the body",
        Better.LOWER,
    ),
)
