"""How far the confidence of medicines can be trusted: the risk-coverage curve."""

from collections.abc import Iterable
from itertools import groupby

from eval.prescriptions.counts import DOSAGE
from eval.prescriptions.matching import Outcome
from eval.records import PageItem, ScoredMedicine
from eval.results import Curve


def risk_coverage(items: Iterable[PageItem]) -> Curve:
    """The share wrong of the medicines read whose confidence reaches a threshold, as the threshold falls.

    Wrong is a medicine whose drug, strength or frequency is wrong. The operating point is that of the
    medicines not marked for review.
    """
    read = [
        m
        for item in items
        for m in item.medicines
        if m.confidence is not None and m.outcome != Outcome.EXCUSED
    ]
    read.sort(key=lambda medicine: -(medicine.confidence or 0.0))
    points: list[tuple[float, float, float]] = []
    kept = wrong = 0
    for threshold, tied in groupby(read, key=lambda medicine: medicine.confidence or 0.0):
        are_wrong = list(map(_is_wrong, tied))
        kept, wrong = kept + len(are_wrong), wrong + sum(are_wrong)
        points.append((kept / len(read), wrong / kept, threshold))
    trusted = [_is_wrong(medicine) for medicine in read if not medicine.needs_review]
    if not trusted:
        return Curve(points=tuple(points))
    return Curve(points=tuple(points), operating=(len(trusted) / len(read), sum(trusted) / len(trusted)))


def _is_wrong(medicine: ScoredMedicine) -> bool:
    fields = {error.partition(":")[0] for error in medicine.wrong}
    return medicine.outcome != Outcome.FOUND or not fields.isdisjoint(DOSAGE)
