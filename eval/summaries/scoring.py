"""Summaries of a job against references, joined on `query_id`: an item a reference.

A reference whose query has no row, an error or a summary without a word has failed: it scores 0 in every
ROUGE measure and in BERTScore, has lost all facts, is not in the target language and does not keep its
condition. What only a summary has (inventions, length) is not scored on it. Where references name a
`condition`, it counts as named in the message, kept in the summary or introduced by it when its text occurs
there, case and accents apart. What was seen on pictures is scored by itself (`eval.summaries.findings`).
Languages are never averaged: figures are made for one target at a time.
"""

import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Protocol

from eval import rouge
from eval.measures import Better, Measure, mean
from eval.records import SummaryItem
from eval.summaries import facts, findings, readability
from eval.summaries.pairs import Pair
from eval.summaries.references import Reference

APART: Final = "target"
"""The slice that figures are never averaged over."""

_BERTSCORE: Final = ("f1", "precision", "recall")

MEASURES: Final[tuple[Measure, ...]] = (
    *(mean(name, f"F1 of {name}, mean of the items") for name in rouge.MEASURES),
    mean("rougeL_precision", "precision of rougeL, mean of the items"),
    mean("rougeL_recall", "recall of rougeL, mean of the items"),
    *(mean(f"bertscore_{name}", f"{name} of BERTScore, mean of the items") for name in _BERTSCORE),
    mean("bertscore_rescaled", "F1 of BERTScore, on a scale on which random pairs of the language have 0"),
    *facts.MEASURES,
    *readability.MEASURES,
    *findings.MEASURES,
    mean("condition_kept", "share of summaries that name the condition where the message does"),
    mean("condition_introduced", "share that name it where the message does not", Better.LOWER),
    mean("failed", "share without a summary", Better.LOWER),
    mean("flagged", "share of summaries with a flag", Better.LOWER),
)


class BertScore(Protocol):
    """BERTScore of one summary."""

    @property
    def precision(self) -> float:
        """How near the summary's tokens are to the reference's."""

    @property
    def recall(self) -> float:
        """How near the reference's are to the summary's."""

    @property
    def f1(self) -> float:
        """Their harmonic mean."""


def score_pair(pair: Pair) -> SummaryItem:
    """Score one summary; it depends on nothing but the pair, so pairs can be scored anywhere."""
    reference, summary = pair.reference, pair.summary
    counts: dict[str, tuple[float, ...]] = {"failed": _share(summary is None)}
    lost: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    invented: tuple[str, ...] = ()
    flags = pair.flags
    if reference.text is not None:
        compared = facts.compare(summary or "", reference.text)
        counts |= _rouge(summary or "", reference.text, pair.target) | dict(compared.counts)
        lost, added = compared.lost, compared.added
    if summary is not None:
        checked = facts.check_sources(summary, pair.sources, pair.target)
        flags = checked.flags if flags is None else flags
        counts |= (
            dict(checked.counts) | dict(readability.readability(summary)) | {"flagged": _share(bool(flags))}
        )
        invented = checked.invented
    counts["in_target"] = _share(summary is not None and readability.in_target(summary, pair.target))
    counts |= _condition(reference, summary) | findings.score_findings(pair)
    return SummaryItem(
        item_id=reference.query_id,
        cluster=reference.image or reference.query_id,  # messages with one picture stand or fall together
        failed=summary is None,
        failure=pair.failure,
        slices=pair.slices,
        counts=counts,
        query=reference.query,
        reference=reference.text,
        prediction=summary,
        visual=None if pair.findings is None else reference.visual,
        findings=pair.findings,
        flags=flags or (),
        lost=lost,
        added=added,
        invented=invented,
    )


def with_bertscore(
    items: Sequence[SummaryItem],
    scores: Sequence[BertScore | None],
    rescaled: Callable[[BertScore, str], BertScore | None] = lambda score, target: None,
) -> list[SummaryItem]:
    """The items with BERTScore among their counts; `scores` are in the order of the items.

    `rescaled` gives a score on the scale of its target language, None where there is none. A failed item
    scores 0, whatever its score; one without a reference, or without a score (None, NaN), is not scored.
    Raises ValueError when there are more of one than of the other.
    """
    return [_with_bertscore(item, score, rescaled) for item, score in zip(items, scores, strict=True)]


def _with_bertscore(
    item: SummaryItem, score: BertScore | None, rescaled: Callable[[BertScore, str], BertScore | None]
) -> SummaryItem:
    if item.reference is None:
        return item
    if item.failed:
        values = dict.fromkeys((*_BERTSCORE, "rescaled"), 0.0)
    elif score is None or math.isnan(score.f1):
        return item
    else:
        values = {"f1": score.f1, "precision": score.precision, "recall": score.recall}
        scaled = rescaled(score, item.slices[APART])
        values |= {} if scaled is None else {"rescaled": scaled.f1}
    counts = {f"bertscore_{name}": (value, 1.0) for name, value in values.items()}
    return replace(item, counts={**item.counts, **counts})


def _share(held: bool) -> tuple[float, float]:
    return float(held), 1.0


def _rouge(summary: str, reference: str, target: str) -> dict[str, tuple[float, ...]]:
    scores = rouge.rouge(summary, reference, target)
    longest = scores["rougeL"]
    counts: dict[str, tuple[float, ...]] = {name: (score.f1, 1.0) for name, score in scores.items()}
    return counts | {"rougeL_precision": (longest.precision, 1.0), "rougeL_recall": (longest.recall, 1.0)}


def _condition(reference: Reference, summary: str | None) -> dict[str, tuple[float, ...]]:
    if reference.condition is None:
        return {}
    told = summary is not None and names_condition(summary, reference.condition)
    if names_condition(reference.query, reference.condition):
        return {"condition_kept": _share(told)}
    return {} if summary is None else {"condition_introduced": _share(told)}


def names_condition(text: str, condition: str) -> bool:
    """Whether a condition occurs in a text, case and accents apart."""
    return _plain(condition) in _plain(text)


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))
