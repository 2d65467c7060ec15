"""What an engine says it sees on a picture, against the reference's own words for it, apart from the summary.

Its measures are those of summaries with `findings_` before their name: ROUGE, BERTScore and facts of all
kinds. A picture of which the engine says nothing scores 0 and has lost all facts. Nothing is scored where no
row of the run has findings, or the reference does not tell what is on the picture.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from eval import rouge
from eval.measures import Measure, mean
from eval.records import SummaryItem
from eval.summaries import facts
from eval.summaries.pairs import Pair

PREFIX: Final = "findings_"

_FACTS: Final = "facts"

MEASURES: Final[tuple[Measure, ...]] = (
    *(mean(f"{PREFIX}{name}", f"F1 of {name} of what is seen on the picture") for name in rouge.MEASURES),
    mean(f"{PREFIX}bertscore_f1", "f1 of BERTScore of what is seen on the picture"),
    *(
        replace(
            each,
            name=f"{PREFIX}{each.name}",
            counts=f"{PREFIX}{each.counts}",
            meaning=f"{each.meaning}; of what is seen on the picture",
        )
        for each in facts.MEASURES
        if each.counts == _FACTS
    ),
)


def score_findings(pair: Pair) -> dict[str, tuple[float, ...]]:
    """Counts of the measures above but BERTScore; none where findings are not scored."""
    said, there = pair.findings, pair.reference.visual
    if said is None or there is None:
        return {}
    scores = rouge.rouge(said, there, pair.target)
    counts: dict[str, tuple[float, ...]] = {
        f"{PREFIX}{name}": (score.f1, 1.0) for name, score in scores.items()
    }
    return counts | {f"{PREFIX}{_FACTS}": facts.compare(said, there).counts[_FACTS]}


def with_findings_bertscore(items: Sequence[SummaryItem], f1: Sequence[float]) -> list[SummaryItem]:
    """The items with the F1 of BERTScore of their findings, in order; of those without it is not looked at.

    Raises ValueError when there are more of one than of the other.
    """
    return [
        item
        if item.findings is None
        else replace(item, counts={**item.counts, f"{PREFIX}bertscore_f1": (score, 1.0)})
        for item, score in zip(items, f1, strict=True)
    ]
