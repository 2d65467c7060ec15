"""The items that came out worst, for a person to look at."""

import base64
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from eval.measures import Better, Measure
from eval.records import EntityItem, Item, PageItem, ScoredMedicine, SummaryItem

SHOWN = 40
_RANKED_BY = "rougeL"  # where there is such a measure, else the first that is better when higher
_JPEG = b"\xff\xd8\xff"
_GROUPS = ("critical", "wrong", "invented", "missed")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstMedicine:
    """A medicine read wrongly, missed or invented, on its page."""

    page: PageItem
    medicine: ScoredMedicine
    group: str  # critical, wrong, invented or missed

    @property
    def picture(self) -> str | None:
        """The crop as an address that holds its data; None where there is no JPEG."""
        crop = self.medicine.crop
        if crop is None or not crop.startswith(_JPEG):
            return None
        return f"data:image/jpeg;base64,{base64.b64encode(crop).decode('ascii')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstText:
    """A summary or a document with its score in the measure that they are ranked by."""

    item: SummaryItem | EntityItem
    score: float

    @property
    def texts(self) -> tuple[tuple[str, str | None, str], ...]:
        """Heading and text of what there is to read, and what to say where there is no text."""
        item = self.item
        if isinstance(item, EntityItem):
            return (("Text", item.text, "nothing"),)
        texts = (
            ("Query", item.query, "nothing"),
            ("Reference", item.reference, "none was written"),
            ("Summary", item.prediction, f"failed: {item.failure}" if item.failed else "nothing"),
        )
        if item.findings is None:
            return texts
        return (*texts, ("On the picture", item.visual, "nothing"), ("Seen on it", item.findings, "nothing"))

    @property
    def marks(self) -> tuple[tuple[str, str, str], ...]:
        """Mood (bad, doubt or none), kind and words of everything found in the item."""
        item = self.item
        found = [("bad", "invented", item.invented)]
        if isinstance(item, EntityItem):
            found += [("doubt", "missed", item.missed), ("", "gold", item.gold)]
        else:
            found += [("doubt", "lost", item.lost), ("doubt", "added", item.added), ("", "flag", item.flags)]
        return tuple((mood, kind, words) for mood, kind, all_words in found for words in all_words)


def worst_medicines(items: Iterable[Item]) -> list[WorstMedicine]:
    """Every medicine with something wrong: critical errors first, those not marked for review before others.

    Medicines of pages that failed are left out: nothing was read there.
    """
    found = [
        WorstMedicine(page=item, medicine=medicine, group=group)
        for item in items
        if isinstance(item, PageItem) and not item.failed
        for medicine in item.medicines
        if (group := _group(medicine)) is not None
    ]
    return sorted(found, key=_hurt)


def _group(medicine: ScoredMedicine) -> str | None:
    if medicine.critical:
        return "critical"
    if medicine.outcome in ("invented", "missed"):
        return medicine.outcome
    is_wrong = medicine.outcome == "misnamed" or (medicine.outcome == "found" and medicine.wrong)
    return "wrong" if is_wrong else None


def _hurt(worst: WorstMedicine) -> tuple[int, bool, int, float]:
    """Silent and sure errors hurt most."""
    medicine = worst.medicine
    return (
        _GROUPS.index(worst.group),
        medicine.needs_review,
        -len(medicine.critical),
        -(medicine.confidence or 0.0),
    )


def ranked_by(items: Iterable[Item], measures: Sequence[Measure]) -> Measure | None:
    """The measure that texts are ranked by; None where no item was scored on one."""
    counted = {name for item in items for name in item.counts}
    usable = [each for each in measures if each.better is Better.HIGHER and each.counts in counted]
    return next((each for each in usable if each.name == _RANKED_BY), usable[0] if usable else None)


def worst_texts(items: Iterable[Item], measure: Measure) -> list[WorstText]:
    """Summaries or documents by their score in `measure`, lowest first; unscored ones are left out."""
    scored = [
        WorstText(item=item, score=score)
        for item in items
        if isinstance(item, SummaryItem | EntityItem)
        and measure.counts in item.counts
        and not np.isnan(score := float(measure.statistic(np.asarray(item.counts[measure.counts]))))
    ]
    return sorted(scored, key=lambda each: (each.score, -len(each.item.invented), each.item.item_id))


@dataclass(frozen=True, slots=True)
class Confusion:
    """A grapheme cluster read for another, either of them empty; `times` over all pages."""

    gold: str
    read: str
    times: int


def confusions(items: Iterable[Item]) -> list[Confusion]:
    """Clusters read for others over all pages, the most frequent first."""
    total: Counter[str] = Counter()
    for item in items:
        if isinstance(item, PageItem):
            total.update(item.confusions)
    ordered = sorted(total.items(), key=lambda each: (-each[1], each[0]))
    return [Confusion(*_parted(pair), times) for pair, times in ordered]


def _parted(pair: str) -> tuple[str, str]:
    """Gold and reading of 'gold>read', either of which may be '>' itself."""
    if pair.startswith(">>"):
        return ">", pair[2:]
    gold, _, read = pair.partition(">")
    return gold, read
