"""Where the name of the medicine stands in an order.

Annotations take what they know; the name is the first run of words that nobody took, with the suffixes that
belong to it (Pan-D, Telma AM, Rejunex CD3) and without what does not (the form, a strength, a site).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from multilingual.clinical.annotations import Kind, Span
from multilingual.clinical.forms import KEPT
from multilingual.clinical.lexicon import Code
from multilingual.clinical.name_words import NameWords
from multilingual.clinical.other_names import (
    alternatives,
    bracket_behind,
    closing_of_name,
    closing_of_remark,
    end_of_words,
    is_brand_beside,
)
from multilingual.clinical.vocabulary import table

_INSULIN_RATIOS = frozenset(table("names")["insulin_ratios"])
_BEFORE_NAME = frozenset(
    (Kind.ITEM, Kind.LEAD, Kind.FORM, Kind.ROUTE, Kind.SITE, Kind.STRENGTH, Kind.COUNT, Kind.SIG)
)
_FIGURES = frozenset((Code.NUMBER, Code.GLUED_NUMBER, Code.RATIO, Code.QUANTITY, "-"))

Bracket = tuple[int, int, bool]
"""First span within, closing span, and whether it is taken for the brand."""


@dataclass(slots=True)
class Name:
    """A name: its pieces as spans of the text, the other names, and the indices of the spans that it took."""

    pieces: list[tuple[int, int]] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)
    after: int = 0

    def text(self, source: str) -> str:
        """The name as written, its pieces joined by spaces."""
        return " ".join(source[start:end] for start, end in self.pieces)


def find_name(text: str, spans: Sequence[Span]) -> Name:
    """Return the name in one order; without pieces where the text holds directions only."""
    return _Finder(text, spans).find()


class _Finder:
    def __init__(self, text: str, spans: Sequence[Span]) -> None:
        self.text = text
        self.spans = spans
        self.words = NameWords(text, spans)
        self.name = Name()

    def find(self) -> Name:
        start, brackets = self._start()
        if start is None:
            self._take_form()
            return self.name
        end = self._end(start)
        self._take(start - self._letters_of_form(start, end), end)
        self._take_suffixes(end)
        for bracket in [*brackets, *bracket_behind(self.words, end)]:
            self._add_bracket(*bracket)
        self._part_alternatives()
        self.name.after = end
        return self.name

    def _start(self) -> tuple[int | None, list[Bracket]]:
        """Index where the name begins, and the brackets before it that hold a name."""
        brackets: list[Bracket] = []
        index, dosed = 0, False
        while index < len(self.spans):
            span = self.spans[index]
            opens = span.code == "(" and not dosed
            if opens and (close := closing_of_name(self.words, index)):
                brackets.append((index + 1, close, True))
                index = close
            elif opens and (close := closing_of_remark(self.words, index)):
                index = close
            elif self.words.begins_name(index, dosed):
                return index, brackets
            elif span.kind is not None and span.kind not in _BEFORE_NAME:
                dosed = True
            index += 1
        return (brackets[0][0], brackets[1:]) if brackets else (None, [])

    def _end(self, start: int) -> int:
        """Index behind the last span of the name that begins at `start`."""
        end = start + 1
        for index in range(start + 1, len(self.spans)):
            span = self.spans[index]
            if self.words.continues_name(index):
                end = index + 1
            elif self._completes_name(span):
                return index + 1
            elif not self.words.joins_name(index):
                break
        while end - 1 > start and self.words.is_modifier(end - 1):
            end -= 1
            self.name.taken.add(end)
        return end

    def _completes_name(self, span: Span) -> bool:
        """Whether the name ends with this form or ratio: "Betadine Gargle", "Mixtard 30/70"."""
        if span.kind is Kind.FORM:
            return span.value in KEPT
        return span.code == Code.RATIO and self.text[span.start : span.end] in _INSULIN_RATIOS

    def _letters_of_form(self, start: int, end: int) -> int:
        """How many spans before `start` belong to the name after all: "T-Bact ointment", "T bact oint"."""
        for distance in (1, 2):
            letter = self.spans[start - distance] if start >= distance else None
            if letter is None or letter.kind is not Kind.FORM or letter.end - letter.start > 1:
                continue
            has_form = end < len(self.spans) and self.spans[end].kind is Kind.FORM
            joined = distance == 2 and self.spans[start - 1].code == "-"
            if joined or (distance == 1 and has_form):
                return distance
        return 0

    def _take(self, start: int, end: int) -> None:
        self.name.pieces.append((self.spans[start].start, self.spans[end - 1].end))
        self.name.taken.update(range(start, end))

    def _take_suffixes(self, end: int) -> None:
        """Take suffixes that stand behind a strength: "Augmentin 625 Duo"."""
        first = end
        while first < len(self.spans) and self.spans[first].code in _FIGURES:
            first += 1
        last = first
        while last < len(self.spans) and self.words.is_suffix(last):
            last += 1
        if end < first < last:
            self._take(first, last)

    def _add_bracket(self, first: int, close: int, taken_for_brand: bool) -> None:
        last = end_of_words(self.words, first, close)
        piece = self.spans[first].start, self.spans[last - 1].end
        outside, inside = self.name.text(self.text), self.text[piece[0] : piece[1]]
        self.name.taken.update(range(first - 1, min(last + 1, len(self.spans))))
        if is_brand_beside(outside, inside, taken_for_brand):
            self.name.others.append(outside)
            self.name.pieces = [piece]
        else:
            self.name.others.append(inside)

    def _part_alternatives(self) -> None:
        if len(self.name.pieces) == 1:
            start, end = self.name.pieces[0]
            first, *others = alternatives(self.text[start:end])
            self.name.pieces = [(start, start + len(first))]
            self.name.others += others

    def _take_form(self) -> None:
        """Take a form that is a product by itself: "Gargles HS"."""
        for index, span in enumerate(self.spans):
            if span.kind is Kind.FORM and span.value in KEPT:
                self._take(index, index + 1)
                self.name.after = index + 1
                return
