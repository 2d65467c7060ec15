"""What an engine answers, whatever happens to it, and which of its answers is the most faithful."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from summarize.clean import clean
from summarize.engines.base import Answer, Engine
from summarize.faithful import check
from summarize.preparation import Prepared

_ROUNDS: Final = 3  # of alternatives


@dataclass(frozen=True, slots=True)
class Judged:
    """A cleaned summary with its flags; `unfaithful` are those of the check against the sources.

    `failure` names what went wrong in the check itself.
    """

    answer: Answer
    summary: str = ""
    cut: tuple[str, ...] = ()
    unfaithful: tuple[str, ...] = ()
    failure: str | None = None

    @property
    def flags(self) -> tuple[str, ...]:
        """All that a person should look at."""
        return (*self.cut, *self.unfaithful) if self.summary else (*self.cut, "summary_empty")

    @property
    def untold(self) -> tuple[str, ...]:
        """The words of the summary that the check flags."""
        details = (flag.partition(": ") for flag in self.unfaithful)
        return tuple(detail for code, _, detail in details if code != "not_target_language")

    @property
    def is_doubtful(self) -> bool:
        """Whether another summary of the same message could be better."""
        return self.answer.error is None and not self.failure and bool(self.unfaithful or not self.summary)


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
    """Each answer; a doubtful one, or the likeliest of the engine's alternatives with the fewest flags.

    While any is doubtful, alternatives are asked for again, without the words that were found unfaithful.
    """
    judged = [_judged(answer, one) for answer, one in zip(given, prepared, strict=True)]
    avoid = [set(one.untold) for one in judged]
    for _ in range(_ROUNDS):
        doubtful = [place for place, one in enumerate(judged) if one.is_doubtful]
        if not doubtful:
            break
        requests = [replace(prepared[place].request, avoid=tuple(sorted(avoid[place]))) for place in doubtful]
        try:
            others = engine.alternatives(requests)
        except Exception:  # the answers that are there stand, with their flags
            break
        if not any(others):
            break
        for place, answers_of_one in zip(doubtful, others, strict=False):
            tried = [_judged(other, prepared[place]) for other in answers_of_one if other.error is None]
            better = [one for one in tried if one.summary and not one.failure]
            avoid[place].update(word for one in better for word in one.untold)
            judged[place] = min([judged[place], *better], key=lambda one: len(one.flags))
    return judged


def _judged(answer: Answer, prepared: Prepared) -> Judged:
    if answer.error is not None:
        return Judged(answer)
    try:
        cleaned = clean(answer.text, prepared.prompt.template if prepared.prompt else "")
        if not cleaned.text:
            return Judged(answer, cut=cleaned.flags)
        unfaithful = check(cleaned.text, prepared.sources, prepared.request.target_language)
    except Exception as failure:  # a text that defeats the check is a row, not a dead job
        return Judged(answer, failure=type(failure).__name__)
    return Judged(answer, cleaned.text, cleaned.flags, unfaithful)
