"""The words of an order that are neither name, quantity nor time: food, site, reasons, advice, as written."""

from collections.abc import Collection, Iterator, Sequence

from multilingual.clinical.annotations import Kind, Span
from multilingual.clinical.lexicon import Code

_SAYING = frozenset((Kind.FOOD, Kind.SITE, Kind.NOTE, Kind.STRENGTH, Kind.DOSE, Kind.COUNT))
_ACCOMPANYING = frozenset((Kind.LEAD, Kind.THEN))
_CONTENT = frozenset(
    (Code.UNKNOWN, Code.PROSE, Code.MEAL, Code.NUMBER, Code.RATIO, Code.SHARE, Code.PACK, Code.BEFORE_AFTER)
)
_EDGE = " .,;:-=/|<>}{*+，。；：、"


def read_instructions(
    text: str, spans: Sequence[Span], used: Collection[int], after_name: int, tail: str
) -> str | None:
    """Return the instructions of an order, the pieces joined by "; ", or None where there are none."""
    pieces = list(_pieces(text, spans, used, after_name))
    if tail:
        pieces.append(tail.strip(_EDGE))
    return "; ".join(pieces) or None


def _pieces(text: str, spans: Sequence[Span], used: Collection[int], after_name: int) -> Iterator[str]:
    run: list[Span] = []
    frequencies = 0
    for index, span in enumerate(spans):
        frequencies += span.kind is Kind.FREQUENCY
        says = span.kind is None or span.kind in _SAYING or span.kind in _ACCOMPANYING
        says = says or (frequencies > 1 and _names_weekday(span))
        if says and index not in used and not _describes_form(spans, index):
            run.append(span)
        else:
            yield from _piece(text, run, after_name and index <= after_name)
            run = []
    yield from _piece(text, run, False)


def _names_weekday(span: Span) -> bool:
    """Whether a frequency names days, which say more beside another one: "once a week (Sunday)"."""
    return span.kind is Kind.FREQUENCY and Code.WEEKDAY in span.code


def _describes_form(spans: Sequence[Span], index: int) -> bool:
    """Whether a site only tells the form: "ear drops", "spray nasal"."""
    if spans[index].kind is not Kind.SITE:
        return False
    before = index > 0 and spans[index - 1].kind is Kind.FORM and spans[index].code == Code.SITE
    return before or (index + 1 < len(spans) and spans[index + 1].kind is Kind.FORM)


def _piece(text: str, run: list[Span], before_name: object) -> Iterator[str]:
    """The text of a run of words that says something; before the name only unknown words do."""
    says = [
        x for x in run if x.kind in _SAYING or _names_weekday(x) or (x.kind is None and x.code in _CONTENT)
    ]
    if before_name:
        says = [x for x in says if x.code == Code.UNKNOWN]
    if says:
        piece = text[run[0].start : run[-1].end].strip(_EDGE)
        if piece[:1] == "(" and piece[-1:] == ")" and piece.count("(") == 1:
            piece = piece[1:-1]
        if piece.count("(") != piece.count(")"):
            piece = piece.strip("() ")
        if piece:
            yield piece
