"""What the sources of a summary tell, and how amounts, durations and ages are held against it."""

import re
import tomllib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any, Final

from multilingual.alike import alike
from multilingual.clinical.facts import find_facts
from multilingual.clinical.facts.concepts import broader
from multilingual.clinical.facts.records import Fact, Kind
from multilingual.normalise import ascii_digits, fold
from summarize.sentences import sentence_spans

TABLE: Final[dict[str, Any]] = tomllib.loads(
    files("summarize").joinpath("data", "faithful.toml").read_text("utf-8")
)
_TOLERANCE: Final[dict[str, float]] = TABLE["tolerance"]
_UNITS: Final[dict[str, list[Any]]] = TABLE["units"]
_PERIODS: Final[tuple[float, ...]] = tuple(TABLE["periods"]["days"])
_CONCEPTS: Final = (Kind.SYMPTOM, Kind.SITE)
_OPEN: Final = frozenset(TABLE["sites"]["anywhere"] + TABLE["symptoms"]["unchecked"])  # where, or what it is
_YEAR: Final = 365
_GROWN: Final = 13  # years
_HAN = re.compile(r"[\u3400-\u9fff]+")
_WORD = re.compile(rf"{_HAN.pattern}|(?:(?![\u3400-\u9fff])[^\W\d_]|[\u0900-\u0963])+|\d+")
_FIGURE = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Told:
    """The facts of all sources, by kind, and the folded texts that they stand in."""

    facts: dict[Kind, list[Fact]]
    texts: tuple[str, ...]
    asserted: tuple[frozenset[str], ...]  # symptoms and sites that each sentence tells and does not deny
    together: tuple[frozenset[str], ...]  # those that may be told of one another, and what they are cases of

    def values(self, kind: Kind) -> set[str]:
        """The values told of a kind, negated ones too."""
        return {fact.value for fact in self.facts[kind]}

    def sides_of(self, site: str | None) -> set[str]:
        """The sides told of a site, of what it is a case of or a case of it, or of none that is known."""
        return {side.value for side in self.facts[Kind.SIDE] if _same_site(site, side.of)}

    def says(self, words: str) -> bool:
        """Whether the sources hold each of these words."""
        return self._each(words, self._has)

    def nearly_says(self, words: str) -> bool:
        """Whether they hold words of the same stems, or misspelt: "draining" by "drain", "chlameydia"."""
        return self._each(
            words, lambda word: self._has(word) or any(alike(word, other) for other in self.words)
        )

    def _each(self, words: str, has: Callable[[str], bool]) -> bool:
        wanted = _WORD.findall(fold(words).text)
        return bool(wanted) and all(map(has, wanted))

    def _has(self, word: str) -> bool:
        return any(word in text for text in self.texts) if _HAN.match(word) else word in self.words

    @cached_property
    def words(self) -> frozenset[str]:
        """The folded words and figures of the sources."""
        return frozenset(word for text in self.texts for word in _WORD.findall(text))

    @cached_property
    def figures(self) -> frozenset[float]:
        """Every figure of the sources, whatever it counts: "3 hafte" tells 3 as well as 21 days."""
        kinds = (Kind.NUMBER, Kind.DURATION, Kind.AGE, Kind.DRUG)
        return frozenset(figure for kind in kinds for fact in self.facts[kind] for figure in figures_of(fact))

    @cached_property
    def bare(self) -> frozenset[float]:
        """The figures of the sources that stand without a unit."""
        amounts = [amounts_of(fact.value) for fact in self.facts[Kind.NUMBER]]
        return frozenset(end for amount in amounts if not amount.unit for end in amount.ends)


@dataclass(frozen=True, slots=True)
class Amounts:
    """Amounts in a base unit, each from its lowest to its highest value; two of a blood pressure."""

    ranges: tuple[tuple[float, float], ...]
    unit: str

    @property
    def ends(self) -> set[float]:
        """The lowest and highest value of each amount."""
        return {end for ends in self.ranges for end in ends}


def told_by(sources: Iterable[str]) -> Told:
    """Find the facts of all sources."""
    return _told_by(tuple(sources))


@lru_cache(maxsize=256)  # a message is asked about once a summary of it
def _told_by(texts: tuple[str, ...]) -> Told:
    facts: defaultdict[Kind, list[Fact]] = defaultdict(list)
    asserted: list[frozenset[str]] = []
    together: list[frozenset[str]] = []
    for text in texts:
        found = find_facts(text)
        for fact in found:
            facts[fact.kind].append(fact)
        sentences = _by_sentence(text, [fact for fact in found if fact.kind in _CONCEPTS])
        asserted += [frozenset(fact.value for fact in sentence) for sentence in sentences]
        together += _together(sentences)
    return Told(facts, tuple(fold(text).text for text in texts), tuple(asserted), tuple(together))


def _by_sentence(text: str, facts: Iterable[Fact]) -> list[list[Fact]]:
    """The facts that each sentence asserts, without sentences that assert none."""
    ends = [end for _, end in sentence_spans(text)]
    found: defaultdict[int, list[Fact]] = defaultdict(list)
    for fact in facts:
        if not fact.negated:
            found[bisect_left(ends, fact.end)].append(fact)
    return list(found.values())


def _together(sentences: Sequence[Sequence[Fact]]) -> Iterator[frozenset[str]]:
    """What each sentence tells; one that names no part of the body, or only that, with its neighbours too."""
    told = [frozenset[str]().union(*(broader(fact.value) for fact in sentence)) for sentence in sentences]
    for place, sentence in enumerate(sentences):
        yield told[place]
        if {fact.kind for fact in sentence if fact.value not in _OPEN} != {*_CONCEPTS}:
            yield from (told[place] | other for other in (*told[:place][-1:], *told[place + 1 :][:1]))


def amounts_of(value: str) -> Amounts:
    """The amounts of a fact's value: "150 lb", "14-21 days", "140/90 mmhg", "every 0.25 days", a bare "3"."""
    _, every, rest = value.rpartition("every ")
    written, _, unit = rest.partition(" ")
    base, factor = _UNITS.get(unit, (unit, 1.0))
    # A time of day, "7:30", is compared as the figure 7.3.
    figures = [_FIGURE.findall(amount.replace(":", ".")) for amount in written.split("/")]
    ranges = [[float(end) * factor for end in ends] for ends in figures if ends]
    return Amounts(tuple((ends[0], ends[-1]) for ends in ranges), f"{every}{base}")


def figures_of(fact: Fact) -> set[float]:
    """The figures of a fact: its amounts, those it is written with, and a duration's in each period."""
    figures = {float(figure) for figure in _FIGURE.findall(ascii_digits(fact.text))}
    if fact.kind is Kind.DRUG:
        return figures
    amounts = amounts_of(fact.value)
    ends = amounts.ends
    if fact.kind in (Kind.DURATION, Kind.AGE):
        days = {end * (_YEAR if amounts.unit == "years" else 1) for end in ends}
        ends |= {round(end / period, 2) for end in days for period in _PERIODS}
    return figures | ends


def tells_side(side: str, told: Set[str]) -> bool:
    """Whether the sides told hold one, as such or among both."""
    return side in told or "both" in told or (side == "both" and {"left", "right"} <= told)


def _same_site(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one in broader(other) or other in broader(one)


def tells_amount(told: Told, claim: Fact) -> bool:
    """Whether a source tells the number, duration or age of a claim, rounded or in another unit."""
    claimed = amounts_of(claim.value)
    if not claimed.unit:
        return claimed.ends <= told.figures
    if any(_same(claimed, amounts_of(fact.value), claim.kind) for fact in told.facts[claim.kind]):
        return True
    # "Main 46 type 2 diabetic" tells an age; "3 tablets a day" no child's, and no days either.
    of_a_child = claim.kind is Kind.AGE and max(claimed.ends, default=0) < _GROWN
    lasts = claim.kind is Kind.DURATION
    return not (of_a_child or lasts) and bool(figures_of(claim) & told.bare)


def _same(claimed: Amounts, told: Amounts, kind: Kind) -> bool:
    """Whether the ranges meet, given how amounts of a kind are rounded."""
    share = _TOLERANCE[kind.value]
    return (
        claimed.unit == told.unit
        and len(claimed.ranges) == len(told.ranges)
        and all(
            low <= other_high * (1 + share) and other_low <= high * (1 + share)
            for (low, high), (other_low, other_high) in zip(claimed.ranges, told.ranges, strict=True)
        )
    )
