"""Spans matched one to one, against every other way to match them."""

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from eval.entities.overlap import Span, match_spans

spans = st.lists(
    st.tuples(st.integers(0, 6), st.integers(1, 4)).map(lambda each: Span(each[0], sum(each))), max_size=5
)


@settings(deadline=None)
@given(spans, spans)
def test_no_other_matching_is_worth_more(gold: list[Span], found: list[Span]) -> None:
    if len(gold) > len(found):
        gold, found = found, gold
    worth = [
        sum(
            1.0 if one == other else 0.5 * (one.start < other.end and other.start < one.end)
            for one, other in zip(gold, chosen, strict=True)
        )
        for chosen in permutations(found, len(gold))
    ]
    pairs = match_spans(gold, found)
    assert pairs.exact + pairs.partial / 2 == max(worth)
