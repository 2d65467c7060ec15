"""Spans matched one to one: those that are the same, then as many as can be of those that overlap.

An exact pair is never given up for partial ones: it would free one span on each side, worth a half each at
most.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """Characters of a text; `end` is behind the last."""

    start: int
    end: int


class Overlap(NamedTuple):
    """How many pairs there are of equal spans, and of others that overlap."""

    exact: int
    partial: int


def match_spans(gold: Sequence[Span], found: Sequence[Span]) -> Overlap:
    """Pairs of spans; each span is in one pair at most. A span told twice counts twice."""
    exact = Counter(gold) & Counter(found)
    left = list((Counter(gold) - exact).elements())
    others = list((Counter(found) - exact).elements())
    return Overlap(exact.total(), _most_pairs([_overlapping(span, others) for span in left]))


def _overlapping(span: Span, others: Sequence[Span]) -> list[int]:
    return [place for place, other in enumerate(others) if span.start < other.end and other.start < span.end]


def _most_pairs(choices: Sequence[Sequence[int]]) -> int:
    """Size of a maximum matching; `choices` are the partners each may have (augmenting paths; Kuhn 1955)."""
    taken: dict[int, int] = {}

    def is_paired(chooser: int, tried: set[int]) -> bool:
        for partner in choices[chooser]:
            if partner not in tried:
                tried.add(partner)
                if partner not in taken or is_paired(taken[partner], tried):
                    taken[partner] = chooser
                    return True
        return False

    return sum(is_paired(chooser, set()) for chooser in range(len(choices)))
