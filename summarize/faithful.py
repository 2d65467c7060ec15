"""Whether a summary tells what its sources do not: invented and flipped facts, and another language.

The facts of the summary (`multilingual.clinical.facts`) are held against those of the sources, a rule a kind.
The rules are lenient where a faithful summary may differ from its source: it rounds, names the
broader thing, calls a drug by its class. What a model sees on a picture is a source of a lesser kind: what it
alone tells is no invention, but a person looks at the picture.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from multilingual.clinical.facts import find_facts
from multilingual.clinical.facts.concepts import broader, tells
from multilingual.clinical.facts.records import Fact, Kind
from multilingual.language import profile, tag_tokens
from summarize.drug_classes import in_class
from summarize.flags import flag
from summarize.ties import ties
from summarize.told import TABLE, Told, tells_amount, tells_side, told_by

TOLD_BY_IMAGE: Final = "told_by_image"
_INVENTED: Final = "invented_"
_MISPLACED: Final = "misplaced_symptom"
_UNCHECKED: Final = frozenset(TABLE["symptoms"]["unchecked"])
_WIDE: Final = frozenset(TABLE["symptoms"]["wide"])


@dataclass(frozen=True, slots=True)
class Examined:
    """`flags` of a summary, and what they and the facts of its sources leave open.

    `loose` counts the facts that the sources tell only by what is like them; `words` is the summary with
    blanks for the other facts.
    """

    flags: tuple[str, ...]
    loose: int
    words: str


def examine(
    summary: str, sources: Sequence[str], target_language: str, findings: str | None = None
) -> Examined:
    """Hold `summary` against its sources; the flags are of what it tells and no source does, in its order.

    `sources` are the message and whatever else is known (notes, an attached document's text), `findings` what
    the model saw on the picture: what no source tells without them has the flag `TOLD_BY_IMAGE`; what the
    sources tell otherwise is flipped all the same. A flag is "code: detail", the detail as it stands in the
    summary. Facts that the summary leaves out are no error.
    """
    told = told_by(sources)
    seen = told_by([*sources, findings]) if findings else told
    flags: dict[tuple[str, str, bool], str] = {}  # one a thing asserted or denied, however often it is told
    loose, words = 0, list(summary)
    claims = find_facts(summary)
    for claim in claims:
        code = _code_of(claim, told)
        if code:
            by_image = code.startswith(_INVENTED) and not _code_of(claim, seen)
            flags.setdefault(
                (code, claim.value, claim.negated), flag(TOLD_BY_IMAGE if by_image else code, claim.text)
            )
        is_told = claim.value in seen.values(claim.kind)
        if code or (is_told and claim.value not in _WIDE):
            words[claim.start : claim.end] = " " * (claim.end - claim.start)
        loose += not (code or is_told or claim.value in _UNCHECKED)
    for symptom, site in ties(summary, claims):
        if _is_misplaced(symptom, site, seen):
            tied = summary[min(symptom.start, site.start) : max(symptom.end, site.end)]
            flags.setdefault((_MISPLACED, f"{symptom.value} {site.value}", False), flag(_MISPLACED, tied))
    return Examined((*flags.values(), *_of_language(summary, target_language, told)), loose, "".join(words))


def check(
    summary: str, sources: Sequence[str], target_language: str, findings: str | None = None
) -> tuple[str, ...]:
    """The flags of `examine`; () when all is told."""
    return examine(summary, sources, target_language, findings).flags


def _code_of(claim: Fact, told: Told) -> str | None:
    """What is wrong with a claim, given what is told; None where nothing is."""
    rule = _RULES.get(claim.kind)
    return rule(claim, told) if rule else None


def _of_language(summary: str, target_language: str, told: Told) -> tuple[str, ...]:
    """Flags of a summary in another language, or of Hindi that one in English has from its sources."""
    if other := other_language(summary, target_language):
        return (flag("not_target_language", other),)
    if target_language != "en":
        return ()
    words = dict.fromkeys(token.text for token in tag_tokens(summary) if token.tag == "hi")
    return tuple(flag("untranslated", word) for word in words if told.says(word))


def other_language(summary: str, target_language: str) -> str | None:
    """The language of a summary that is not in its target language; None where it is, or can't be told.

    Few words tell no language, and names, numbers and drugs none at all.
    """
    seen = profile(summary)
    words = [token for token in seen.tokens if token.kind == "word"]
    if (
        seen.language is None
        or target_language in seen.language.split("+")
        or len(words) < TABLE["language"]["fewest_words"]
    ):
        return None
    return seen.language


def _drug(claim: Fact, told: Told) -> str | None:
    drugs = told.facts[Kind.DRUG]
    parts = {part for drug in drugs for part in drug.value.split(" + ")}
    if set(claim.value.split(" + ")) <= parts:
        # What is denied of a drug in a summary is mostly that it helps, not that it is taken.
        denied = not claim.negated and all(drug.negated for drug in drugs if claim.value == drug.value)
        return "flipped_negation" if denied and claim.value in told.values(Kind.DRUG) else None
    return None if in_class(parts, claim.value) or told.says(claim.text) else "invented_drug"


def _amount(claim: Fact, told: Told) -> str | None:
    return None if tells_amount(told, claim) else f"invented_{claim.kind.value}"


def _sex(claim: Fact, told: Told) -> str | None:
    return None if claim.value in told.values(Kind.SEX) else "invented_sex"


def _symptom(claim: Fact, told: Told) -> str | None:
    if claim.value in _UNCHECKED:
        return None
    symptoms = told.facts[Kind.SYMPTOM]
    # A thing is asserted by a case of it, and denied by denying what it is a case of.
    ways = {symptom.negated for symptom in symptoms if claim.value in broader(symptom.value)}
    if claim.negated:
        ways |= {True for symptom in symptoms if symptom.negated and symptom.value in broader(claim.value)}
    if ways:
        return _negation(claim, ways)
    # A sore throat is told by a pain and the throat of one sentence, not by those of two.
    if any(tells(values, claim.value) for values in told.asserted) or told.nearly_says(claim.text):
        return None
    return "invented_symptom"


def _site(claim: Fact, told: Told) -> str | None:
    # A hand is told by a finger or by an arm, which Hindi calls alike, and not by the body or the skin.
    known = {fact.value for kind in (Kind.SITE, Kind.SYMPTOM) for fact in told.facts[kind]}
    if any(claim.value in broader(value) for value in known):
        return None
    return None if told.says(claim.text) else "invented_site"


def _is_misplaced(symptom: Fact, site: Fact, told: Told) -> bool:
    """Whether the sources tell the symptom and the site, but not together."""
    if symptom.negated or symptom.value in _UNCHECKED or _symptom(symptom, told) or _site(site, told):
        return False
    tied = {symptom.value, site.value}
    anywhere = frozenset[str]().union(*told.together)
    return tied <= anywhere and not any(tied <= values for values in told.together)


def _side(claim: Fact, told: Told) -> str | None:
    sides = told.facts[Kind.SIDE]
    here = told.sides_of(claim.of)
    if tells_side(claim.value, here):
        return None
    if here:
        return "flipped_side"
    return None if tells_side(claim.value, {side.value for side in sides}) else "invented_side"


def _negation(claim: Fact, ways: set[bool]) -> str | None:
    """Flipped where `ways`, how the sources tell the thing (negated or not), are all unlike the claim."""
    return "flipped_negation" if ways == {not claim.negated} else None


_RULES: Final[Mapping[Kind, Callable[[Fact, Told], str | None]]] = {
    Kind.DRUG: _drug,
    Kind.NUMBER: _amount,
    Kind.DURATION: _amount,
    Kind.AGE: _amount,
    Kind.SEX: _sex,
    Kind.SYMPTOM: _symptom,
    Kind.SITE: _site,
    Kind.SIDE: _side,
}
