"""What a text denies: "no fever", "bukhar nahi hai", "बिना दर्द के", "没有发烧", "sem febre".

After NegEx (Chapman et al. 2001, doi 10.1006/jbin.2001.1029): words that deny, phrases that only look so, and
words that end their reach, all in `data/negation.toml`. English, Portuguese and Chinese deny what follows;
Hindi denies what stands before, unless the verb behind "nahi" is its end ("dard nahi ruka": it is there).
A question denies nothing, nor does what is over ("theek ho gaya"); not much of something is some of it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from multilingual.clinical.facts.clauses import Vocabulary
from multilingual.clinical.facts.records import Fact, Kind
from multilingual.clinical.vocabulary import alternation, folded, table
from multilingual.normalise import fold

_DENIED: Final = frozenset((Kind.SYMPTOM, Kind.DRUG))

_FACT: Final = "(symptom | drug)"
_AMOUNT: Final = "(number | duration | age | sex)"
_PLACE: Final = "(site | side)"
_NOUN: Final = f"(other | {_PLACE})"
_LAST: Final = "(?= comma | or | and | end | question | $)"
_BARE_LAST: Final = "(?= comma | end | question | $)"
# English and Portuguese: what is denied, with its place, and the items of a list. After a comma alone an item
# must be bare, or it is a statement of its own: "no fever, headache since Monday".
_MANY: Final = f"({_FACT} (?! much) (at* {_PLACE})*)+"
_NEAR: Final = f"(other | det){{0,2}} {_PLACE}*"
_LIST: Final = (
    f"(comma? or (det | lead)* {_NEAR} {_MANY} | comma? and {_PLACE}* {_MANY} (?! be)"
    f"| comma det* {_NEAR} {_MANY} {_LAST})*"
)
_LIST_ZH: Final = f"((or | and) lead* {_PLACE}* {_FACT}+ (?! about))*"
# Hindi: what is denied, then what may stand between it and "nahi".
_JOIN: Final = f"(comma? (or | and) | comma) (det | degree)* (other genitive*)? ({_PLACE} genitive*)*"
_OWN: Final = f"{_FACT}+ (genitive+ (some | particle)* absence+ | of_any {_FACT} | like)*"
_ITEM: Final = f"{_NOUN}{{0,3}} ({_OWN} {_NOUN}{{0,2}})?"
_BETWEEN: Final = f"(particle | absence | {_PLACE} | {_AMOUNT})*"
_NAHI: Final = f"{_BETWEEN} nahi (?! particle* undone)"
_EITHER: Final = f"na (particle | lead | det | other)? {_FACT}+"
_SAME_CLAUSE: Final = "((?! end | question) .)"

# The facts within what these match are denied.
_RULES: Final = (
    f"no (lead | no | {_PLACE} | {_AMOUNT})* (other lead*){{0,2}} {_PLACE}* {_MANY} {_LIST}",
    f"no (lead | {_NOUN}){{1,3}} (comma {_NOUN}{{1,2}})* comma? or (lead | other){{0,2}} {_MANY} {_LIST}",
    f"not ((lead | no | {_PLACE} | {_AMOUNT})+ (other lead*)?)? {_PLACE}* {_MANY} {_LIST}",
    f"non {_FACT}",
    f"not lead* any (lead | {_NOUN}){{0,3}} {_MANY} {_LIST}",
    f"not_zh (lead | {_PLACE} | {_AMOUNT})* {_FACT}+ (?! other? ask | about) {_LIST_ZH}",
    f"no_zh (lead | {_PLACE} | other)* {_FACT}+ {_LIST_ZH} (comma {_PLACE}* {_FACT}+ {_BARE_LAST})*",
    f"bina (particle | some | lead | {_PLACE})* {_FACT}+ ({_JOIN} {_FACT}+)*",
    f"{_EITHER} {_SAME_CLAUSE}{{0,6}}? {_EITHER}",
    f"na_sure (particle | lead | det | some)* other? {_FACT}+",
    f"{_OWN} (genitive* {_JOIN} {_OWN})* (or other{{0,2}})? {_NAHI}",
    f"some {_ITEM} ((comma | or | and)+ some? {_ITEM})* {_NAHI}",
    f"(?<! (symptom | drug | particle | absence)) nahi (particle | some)* {_FACT}+",
    f"{_FACT} (be | colon){{0,3}} post",
    f"{_FACT} colon (no | not | nahi | not_zh | no_zh) {_BARE_LAST}",
    f"{_FACT} also* (not_zh | no_zh) {_BARE_LAST}",
)
# Where these end in "nahi", it denies nothing.
_VOID: Final = (
    f"maybe {_SAME_CLAUSE}*? nahi",
    f"to nahi (?= {_SAME_CLAUSE}{{0,3}} question)",
    f"(only | degree) other? {_FACT}+ {_BETWEEN} nahi",
    f"earlier {_SAME_CLAUSE}{{0,4}}? this (particle | other)* {_FACT}+ {_BETWEEN} nahi",
    f"this {_FACT}+ {_BETWEEN} earlier {_BETWEEN} nahi",
)


@cache
def _vocabulary(portuguese: bool) -> Vocabulary:
    data = dict(table("negation"))
    override = data.pop("portuguese")
    del data["absent"]
    return Vocabulary(data, override if portuguese else None)


@cache
def _rules(portuguese: bool) -> tuple[tuple[re.Pattern[str], ...], tuple[re.Pattern[str], ...]]:
    vocabulary = _vocabulary(portuguese)
    return tuple(map(vocabulary.rule, _RULES)), tuple(map(vocabulary.rule, _VOID))


@cache
def _absent() -> re.Pattern[str]:
    return re.compile(alternation(map(folded, table("negation")["absent"])))


@cache
def _small_words(language: str) -> frozenset[str]:
    """Those that tell a language; what means another thing in Portuguese tells nothing."""
    own = {word for words in table("negation")["portuguese"].values() for word in words}
    return frozenset(folded(table("small_words")[language]).split()) - own


def mark_negated(text: str, facts: Sequence[Fact]) -> list[Fact]:
    """Return `facts` of `text`, in their order, with `negated` told of symptoms and drugs.

    Facts of other kinds come back as they are; they help to tell how far a denial reaches.
    """
    if not any(fact.kind in _DENIED for fact in facts):
        return list(facts)
    denied = set(_denied(text, facts))
    return [
        replace(fact, negated=index in denied) if fact.kind in _DENIED else fact
        for index, fact in enumerate(facts)
    ]


def _denied(text: str, facts: Sequence[Fact]) -> Iterator[int]:
    """Places in `facts` of those that lie within a denial."""
    shadow = fold(text)
    portuguese = _is_portuguese(shadow.text)
    vocabulary = _vocabulary(portuguese)
    rules, voids = _rules(portuguese)
    phrases = vocabulary.read(text, facts)
    codes = phrases.codes
    nothing = vocabulary.code("pseudo")
    for void in voids:
        codes = void.sub(lambda match: match.group()[:-1] + nothing, codes)
    for rule in rules:
        for match in rule.finditer(codes):
            for item in phrases.items[match.start() : match.end()]:
                yield from item.facts
    for match in _absent().finditer(shadow.text):
        start, end = shadow.origins[match.start()], shadow.origins[match.end()]
        yield from (index for index, fact in enumerate(facts) if fact.start < end and start < fact.end)


def _is_portuguese(folded_text: str) -> bool:
    """Whether "no" and "na" are prepositions here: by the small words of the languages of Latin letters."""
    words = folded_text.split()
    counts = {
        language: sum(word in _small_words(language) for word in words) for language in table("small_words")
    }
    return counts["pt"] > max(counts["en"], counts["hi-en"])
