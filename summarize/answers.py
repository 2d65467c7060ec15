"""What an engine answers, whatever happens to it, and which of its answers is the most faithful."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from multilingual.clinical.facts.records import Kind
from multilingual.word_pairs import untold_words
from summarize.clean import clean
from summarize.consensus import agreement
from summarize.engines.base import Answer, Engine, Request
from summarize.faithful import TOLD_BY_IMAGE, examine
from summarize.flags import flag
from summarize.preparation import Prepared
from summarize.told import TABLE, told_by

_ROUNDS: Final = 3  # of alternatives
_CONNECTIONS: Final[dict[str, Any]] = TABLE["connections"]
_CONNECTION: Final = re.compile(rf"\b(?:{'|'.join(_CONNECTIONS['words'])})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Judged:
    """A cleaned summary with its flags; `unfaithful` are those of the check against the sources.

    `untold` are its other words that no word of the sources is known to tell: flagged if the engine was asked
    for other ways to say it (`retried`) and kept to them, since people's own summaries have such words too.
    `loose` counts its facts that the sources tell only by what is like them. `findings` is what was seen on
    the picture, cleaned, and `seen` are the flags of what only that tells. `failure` names what went wrong in
    the check itself.
    """

    answer: Answer
    summary: str = ""
    findings: str = ""
    cut: tuple[str, ...] = ()
    unfaithful: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()
    loose: int = 0
    retried: bool = False
    failure: str | None = None

    @property
    def flags(self) -> tuple[str, ...]:
        """All that a person should look at."""
        if not self.summary:
            return (*self.cut, "summary_empty")
        untold = (flag("untold_word", word) for word in self.untold if self.retried)
        return (*self.cut, *self.unfaithful, *untold, *self.seen)

    @property
    def avoid(self) -> tuple[str, ...]:
        """The words of the summary that are flagged."""
        details = (flag.partition(": ") for flag in self.unfaithful)
        flagged = (detail for code, _, detail in details if code != "not_target_language")
        return (*flagged, *self.untold)

    @property
    def is_doubtful(self) -> bool:
        """Whether it tells, or may tell, what its message does not, or nothing."""
        return bool(self.unfaithful or self.untold or not self.summary) and not self.failure


def answers(prepared: Sequence[Prepared], engine: Engine) -> list[Answer]:
    """One answer each, in order. A batch that fails is asked again one by one, so only one fails for good."""
    if not prepared:
        return []
    try:
        given = engine.summarise([one.request for one in prepared])
        if len(given) == len(prepared):
            return list(given)
        error = f"the engine gave {len(given)} answers to {len(prepared)} requests"
    except Exception as failure:  # an engine may fail in any way; its query is a row all the same
        error = f"{type(failure).__name__}: {failure}"
    if len(prepared) == 1:
        return [Answer("", 0, 0, error=error)]
    return [answer for one in prepared for answer in answers([one], engine)]


def most_faithful(given: Sequence[Answer], prepared: Sequence[Prepared], engine: Engine) -> list[Judged]:
    """Of each answer and the engine's alternatives to it, the one with the fewest flags.

    Then untold words count, then facts that are told loosely, and of summaries with as few that is taken
    which agrees most with all, and least often tells what came of what. While the best is doubtful,
    alternatives are asked for again, without the words that make them so.
    """
    tried = [[_judged(answer, one)] for answer, one in zip(given, prepared, strict=True)]
    waiting = [place for place, (first,) in enumerate(tried) if first.answer.error is None]
    for _ in range(_ROUNDS):
        requests = [
            replace(prepared[place].request, avoid=_avoid(tried[place], prepared[place])) for place in waiting
        ]
        found = _alternatives(requests, engine)
        if not any(found):
            break
        for place, answers_of_one in zip(waiting, found, strict=True):
            others = [_judged(other, prepared[place]) for other in answers_of_one if other.error is None]
            tried[place] += [one for one in others if one.summary and not one.failure]
        waiting = [place for place in waiting if _best(tried[place]).is_doubtful]
    return [_best(judged) for judged in tried]


def _alternatives(requests: Sequence[Request], engine: Engine) -> list[list[Answer]]:
    """What else the engine would say; where it fails, nothing: the answers that are there stand."""
    try:
        return engine.alternatives(requests) if requests else []
    except Exception:
        return []


def _avoid(judged: Sequence[Judged], prepared: Prepared) -> tuple[str, ...]:
    words = {word for one in judged for word in one.avoid}
    # Where no age is told, without "2-year-old" a model says "2-month-old".
    if any(each.startswith("invented_age") for one in judged for each in one.unfaithful):
        words.update(() if told_by(prepared.sources).facts[Kind.AGE] else TABLE["ages"]["written"])
    return tuple(sorted(words))


def _best(judged: Sequence[Judged]) -> Judged:
    first, *others = judged
    if first.failure or not others:
        return first
    agreed = agreement([one.summary for one in judged])
    ranks = [
        (len(one.flags), len(one.untold), one.loose, _connected(one.summary) - share)
        for one, share in zip(judged, agreed, strict=True)
    ]
    return replace(judged[ranks.index(min(ranks))], retried=True)


def _connected(summary: str) -> float:
    """What the words cost by which a summary ties one thing to another."""
    return float(len(_CONNECTION.findall(summary)) * _CONNECTIONS["cost"])


def _judged(answer: Answer, prepared: Prepared) -> Judged:
    if answer.error is not None:
        return Judged(answer)
    try:
        template = prepared.prompt.template if prepared.prompt else ""
        cleaned, findings = clean(answer.text, template), clean(answer.image_findings or "", template)
        cut = dict.fromkeys((*cleaned.flags, *(["summary_cut"] if answer.cut else [])))
        cut |= dict.fromkeys(flag("findings_cut", code) for code in findings.flags)
        if answer.image_findings is not None and not findings.text:
            cut["findings_empty"] = None
        target = prepared.request.target_language
        examined = examine(cleaned.text, prepared.sources, target, findings.text or None)
        sources = [*prepared.sources, findings.text]
        untold = untold_words(examined.words, sources) if _has_lexicon(prepared) else ()
    except Exception as failure:  # a text that defeats the check is a row, not a dead job
        return Judged(answer, failure=type(failure).__name__)
    seen = tuple(each for each in examined.flags if each.startswith(TOLD_BY_IMAGE))
    unfaithful = tuple(each for each in examined.flags if each not in seen)
    return Judged(answer, cleaned.text, findings.text, tuple(cut), unfaithful, seen, untold, examined.loose)


def _has_lexicon(prepared: Prepared) -> bool:
    """Whether it is known what tells the summary's words: those of English, by messages with Hindi."""
    languages = (prepared.profile.language or "").split("+")
    return prepared.request.target_language == "en" and not {"hi", "hi-en"}.isdisjoint(languages)
