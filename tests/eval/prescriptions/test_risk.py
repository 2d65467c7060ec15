"""The risk-coverage curve: by hand, and what must hold for all medicines."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.prescriptions.risk import risk_coverage
from eval.records import PageItem, ScoredMedicine


def scored(right: bool, confidence: float, *, needs_review: bool, outcome: str = "found") -> ScoredMedicine:
    return ScoredMedicine(
        outcome=outcome,
        wrong=() if right else ("frequency: BD for OD",),
        confidence=confidence,
        needs_review=needs_review,
    )


def of_medicines(*medicines: ScoredMedicine) -> PageItem:
    return PageItem(
        item_id="a#1",
        cluster="a",
        failed=False,
        slices={},
        counts={},
        source="a",
        page=1,
        medicines=medicines,
        confusions={},
    )


def test_risk_and_coverage_counted_by_hand() -> None:
    """Four medicines: .9 right, .8 right and .8 wrong, which no threshold parts, and .3 invented."""
    curve = risk_coverage(
        [
            of_medicines(
                scored(True, 0.8, needs_review=True),
                scored(True, 0.3, needs_review=True, outcome="invented"),
                ScoredMedicine(outcome="missed"),
            ),
            of_medicines(
                scored(False, 0.8, needs_review=False),
                scored(True, 0.9, needs_review=False),
                scored(False, 0.7, needs_review=False, outcome="excused"),
            ),
        ]
    )
    assert curve.points == ((0.25, 0.0, 0.9), (0.75, 1 / 3, 0.8), (1.0, 0.5, 0.3))
    assert curve.operating == (0.5, 0.5)


def test_without_medicines_there_is_no_curve() -> None:
    assert risk_coverage([]).points == ()
    assert risk_coverage([of_medicines(ScoredMedicine(outcome="missed"))]).operating is None
    marked = risk_coverage([of_medicines(scored(True, 0.5, needs_review=True))])
    assert (marked.points, marked.operating) == (((1.0, 0.0, 0.5),), None)


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from((0.1, 0.5, 0.9)), st.booleans()), min_size=1))
def test_coverage_rises_to_all_and_risk_ends_at_the_share_wrong(
    medicines: list[tuple[bool, float, bool]],
) -> None:
    read = [scored(right, confidence, needs_review=marked) for right, confidence, marked in medicines]
    points = risk_coverage([of_medicines(*read)]).points
    coverages, thresholds = [point[0] for point in points], [point[2] for point in points]
    assert coverages == sorted(set(coverages))
    assert thresholds == sorted(set(thresholds), reverse=True)
    assert coverages[-1] == 1.0
    assert points[-1][1] == pytest.approx(sum(not right for right, _, _ in medicines) / len(medicines))
