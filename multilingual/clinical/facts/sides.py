"""Left, right and both, with the part of the body they belong to: "left arm", "pet ke dayi taraf", "右腿".

The words are `data/sides.toml`. A word such as "right" is a side where a part of the body stands beside it or
a word like "side" behind it; "right now" and the 左右 of "三天左右" are none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from multilingual.clinical.facts.clauses import Vocabulary
from multilingual.clinical.facts.records import Fact, Kind
from multilingual.clinical.vocabulary import table

__all__ = ["find_sides"]

_SIDES: Final = ("left", "right", "both")
_CONCEPTS: Final = (Kind.SYMPTOM, Kind.SITE)
_REACH: Final = 7  # items before a side in which its part of the body is looked for
_WORD: Final = "(left | right | both)"
# SITE, or PAIN where a complaint may name its own place ("left earache").
_PART: Final = "((?P<SITE> site) | (?P<PAIN> symptom))"
_FILLED: Final = "(side | fill){0,5} other? (side | fill){0,3}"
_RULES: Final = {
    "word": _WORD,
    "sure": f"sure | {_WORD} side",
    "beside": "beside $",
    "behind": "behind",
    # From behind the side on, and up to the side.
    "after": f"((and | comma) {_WORD})* {_FILLED} ((symptom fill*)? (?P<SITE> site) | (?P<PAIN> symptom))",
    "tight": f"{_PART} other? $",
    "before": f"{_PART} symptom? (link | fill | side | beside){{0,4}} $",
}


@cache
def _vocabulary() -> Vocabulary:
    return Vocabulary(table("sides"))


@cache
def _rule(name: str) -> re.Pattern[str]:
    return _vocabulary().rule(_RULES[name])


@cache
def _value(code: str) -> str:
    """The side that an item's character means."""
    return next(side for side in _SIDES if _vocabulary().rule(side).match(code))


def find_sides(text: str, concepts: Sequence[Fact]) -> list[Fact]:
    """Sides told in `text`, in order of start; `of` is the site among `concepts` that each belongs to.

    "left and right" before a part of the body is one side, `both`. A side that a site's own words hold
    ("双手") is found as well.
    """
    facts = [bare for fact in concepts if fact.kind in _CONCEPTS if (bare := _without_side(fact)) is not None]
    phrases = _vocabulary().read(text, facts)
    found: list[Fact] = []
    for match in _rule("word").finditer(phrases.codes):
        parts = [facts[phrases.items[index].facts[0]] for index in _parts(phrases.codes, match.start())]
        side = _value(match.group())
        of = next(filter(None, map(_site, parts)), None)
        # "both symptoms" are no side, "right hernia" is one.
        if of or _is_sure(phrases.codes, match.start()) or (parts and side != "both"):
            item = phrases.items[match.start()]
            found.append(Fact(Kind.SIDE, item.start, item.end, text[item.start : item.end], side, of=of))
    return found


def _is_sure(codes: str, place: int) -> bool:
    """Whether the word at `place` is a side with no part of the body beside it."""
    return bool(_rule("sure").match(codes, place) or _rule("beside").search(codes[:place][-1:]))


def _parts(codes: str, place: int) -> Iterator[int]:
    """Places of the parts of the body, or complaints, beside the side at `place`, the likeliest first."""
    first = max(0, place - _REACH)
    before = codes[first:place]
    found = [
        (_rule("after").match(codes, place + 1), 0),
        (_rule("before").search(before), first),
    ]
    if _rule("behind").match(codes, place):
        found.insert(0, (_rule("tight").search(before), first))
    for match, offset in found:
        if match is not None:
            yield match.start("SITE" if match["SITE"] else "PAIN") + offset


@cache
def _sites() -> frozenset[str]:
    return frozenset(table("sites"))


def _site(fact: Fact) -> str | None:
    """The site that a part of the body is, or that a complaint is at, as its concept says."""
    if fact.kind is Kind.SITE:
        return fact.value
    parents = table("symptoms").get(fact.value, {}).get("is", ())
    return next((parent for parent in parents if parent in _sites()), None)


def _without_side(fact: Fact) -> Fact | None:
    """The fact without the word of a side at its start; None where nothing is left."""
    phrases = _vocabulary().read(fact.text, ())
    if not _rule("word").match(phrases.codes):
        return fact
    length = phrases.items[0].end
    return replace(fact, start=fact.start + length) if length < len(fact.text) else None
