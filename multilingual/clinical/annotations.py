"""What a stretch of a prescription says: the kinds of annotation and the rules that find them.

The lexemes of a text are a string of codes, one character each; a rule is a pattern over that string, and a
reader that turns the lexemes it matched into a value. The rules are tried in order where the last match
ended, so reading takes time in proportion to the text.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from multilingual.clinical import frequencies, readers
from multilingual.clinical.lexer import Lexeme, lex


class Kind(StrEnum):
    """The parts of a medicine order."""

    ITEM = "item"  # the marker of a list: "1)", "(2)"
    LEAD = "lead"  # words before a name that are no part of it: Rx, Cont, Start
    FORM = "form"
    STRENGTH = "strength"
    DOSE = "dose"
    FREQUENCY = "frequency"
    SCHEDULE = "schedule"  # amounts by time of day
    TIMING = "timing"  # times of day without amounts
    DURATION = "duration"
    ROUTE = "route"
    SITE = "site"
    FOOD = "food"
    AS_NEEDED = "as needed"
    ONCE = "once"
    COUNT = "count"  # how much is dispensed
    SIG = "sig"  # the word that begins the directions
    THEN = "then"  # what follows is a later course
    NOTE = "note"  # a quantity that says something else: "day 1", "since 3 days"


@dataclass(frozen=True, slots=True)
class Annotation:
    """What `text[start:end]` says. The type of `value` goes with `kind`; see `readers`, `frequencies`."""

    kind: Kind
    start: int
    end: int
    value: Any = None


@dataclass(frozen=True, slots=True)
class Span:
    """An annotation, or (`kind` None) a lexeme that no rule took: a word of a name, a bare number, a sign."""

    kind: Kind | None
    value: Any
    start: int
    end: int
    code: str
    word: str


# Pieces of the rules, over the codes of `lexicon.Code`. A form before a name is no unit: "1-0-1 Tab Pan".
_UNIT = r"(?:[Ut]|T(?!\.?_))"
_RANGE = r"N(?:[-rin]N)?"
_TIME = r"(?:s|B[Er]*2|2b|3)"  # a time of day, or a meal that is one
_AFTER_DOSING = r"(?<=[HFGYKsWlhL3SI1)UTtm2])"

# Kind, pattern, reader. Order matters: what needs more stands before what needs less.
_RULES: tuple[tuple[Kind, str, Any], ...] = (
    (
        Kind.ITEM,
        r"^[(\[]?N[)\].:](?=[^N]|$)|(?<!\()N\)(?=[TO_v])|\(N\)(?=[TO_v])|N\.(?=[TO])|^N(?=T\.?_)",
        readers.read_item,
    ),
    (
        Kind.NOTE,
        rf"k{_RANGE}[Phlw]|PN(?:-P?N)?(?![WUTtXh])|u(?:e|[ri]*[i_](?=[^a-zA-Z]|$)|[ri]+)",
        readers.read_note,
    ),
    (Kind.NOTE, r"rNU", readers.read_diluent),
    (
        Kind.COUNT,
        r"C[.:]?[Nn][UTtp]?|=N[UTtp](?![NnFGYKEs1SIAX])|Np|(?<=Q)XN[Ttp](?![WYGP])",
        readers.read_count,
    ),
    (Kind.SCHEDULE, rf"H(?:{_UNIT})?", readers.read_pattern_amounts),
    (Kind.SCHEDULE, rf"(?:(?:N{_UNIT}?|n{_UNIT}|Q)A?[ri]?{_TIME}[,;c/+.-]?){{2,}}", readers.read_amounts),
    (
        Kind.SCHEDULE,
        rf"(?:{_TIME}[:=-]?z?(?:N(?![PhwWl])[UTt]?|n[UTt])[,;c/+.-]?){{2,}}",
        readers.read_amounts,
    ),
    (Kind.SCHEDULE, r"G?s(?:[,c/-]?s)*z(?:N[UTtW]?|n[UTtW])", readers.read_amounts),
    (Kind.DURATION, rf"[ouX][.:]?{_RANGE}i?P|{_RANGE}i?P(?![NnK]W(?!i?[YG]))|[ouX]n?P", readers.read_days),
    (Kind.DURATION, r"oY", readers.read_days_for),
    (Kind.DURATION, r"nP", readers.read_weak_days),
    (Kind.DURATION, r"(?<=Z)[-,=]?7(?!h)|(?<=[_NdfQMO>=:;,-])7(?!h)", readers.read_days_of_share),
    (
        Kind.DURATION,
        rf"[oX]7(?!h)|(?:{_AFTER_DOSING}|(?<=A))[-,=]?7(?!h)|oNy|[oX]9|{_AFTER_DOSING}[-=]?9",
        readers.read_days,
    ),
    (Kind.DURATION, rf"{_AFTER_DOSING}XN(?![-/UTtPWMhlXYGQwpysfm2%1Sg])", readers.read_bare_days),
    (Kind.FREQUENCY, rf"(?:[Nn][WX]|K)E(?:{_RANGE})?[hPlw]", frequencies.read_times_every),
    (Kind.FREQUENCY, r"NP[Nn]W", frequencies.read_times_of_period),
    (Kind.FREQUENCY, r"(?<=[QMUTt])NY(?:[Nn]W|K)", frequencies.read_once_in),
    (Kind.FREQUENCY, r"[Nn](?:[-ri]N)?[WX]i?(?:[YG]|P(?!N))|[KE][YG]", frequencies.read_times),
    (Kind.FREQUENCY, r"[YGP]c?(?:[Nn](?:-N)?[WX]|K)", frequencies.read_times),
    (
        Kind.FREQUENCY,
        rf"K?E(?:{_RANGE}|n)[hPlw](?:NW)?|E[hP](?:NW)?|Nh(?:NW)|{_RANGE}l|KP",
        frequencies.read_every,
    ),
    (Kind.FREQUENCY, r"r?NrNh|[f7]h", frequencies.read_every),
    (Kind.FREQUENCY, r"NXN(?:XN(?![-/UTtPWMhlYG]))?(?![-/UTtPWMhlYGXs])", frequencies.read_product),
    (Kind.FREQUENCY, r"NI", frequencies.read_times_a_day),
    (Kind.FREQUENCY, r"NY", frequencies.read_rate),
    (Kind.DOSE, rf"z[:]?(?:{_RANGE}|n){_UNIT}?", readers.read_dose),
    (Kind.DOSE, r"(?:z|NW)[:]?Q", readers.read_dose_quantity),
    (Kind.DOSE, rf"NW[,:]?(?:{_RANGE}|n){_UNIT}", readers.read_each_time),
    (Kind.FREQUENCY, r"[Nn](?:-N)?W|K", frequencies.read_times),
    (Kind.DOSE, rf"(?:{_RANGE}|NN|n){_UNIT}|dU", readers.read_dose),
    (Kind.FREQUENCY, r"F[GY]?", frequencies.read_frequency),
    (Kind.FREQUENCY, r"G|(?<=[UTtN])Y", frequencies.read_times),
    (Kind.FREQUENCY, r"9", frequencies.read_misread_bd),
    (Kind.FREQUENCY, r"[Er]?y(?:[,c/r-]{0,2}y)*", frequencies.read_weekdays),
    (
        Kind.FOOD,
        r"(?:N[wh])?B[Er]*[m2](?:[,/c]r?[m2])*|[m2][ri]?N[wh]b|(?:N[wh])?(?:[m2]b|[L3])",
        readers.read_meal,
    ),
    (Kind.TIMING, r"[BE]?r?s(?:[,c/+.-]{0,2}r?s)*", readers.read_slots),
    (Kind.AS_NEEDED, r"S", readers.read_nothing),
    (Kind.ONCE, r"(?:XN)?1", readers.read_nothing),
    (Kind.STRENGTH, r"Q|[Nn]M", readers.read_strength),
    (Kind.ROUTE, r"A", readers.read_first),
    (Kind.SITE, r"r?Z+", readers.read_first),
    (Kind.FORM, r"[TtO]", readers.read_first),
    (Kind.THEN, r"j", readers.read_nothing),
    (Kind.SIG, r"g", readers.read_nothing),
    (Kind.LEAD, r"[vV]", readers.read_nothing),
)
_GRAMMAR = re.compile("|".join(f"(?P<r{index}>{pattern})" for index, (_, pattern, _) in enumerate(_RULES)))


def spans(text: str) -> list[Span]:
    """Return `text` as annotations and the lexemes between them, left to right."""
    lexemes = lex(text)
    codes = "".join(lexeme.code for lexeme in lexemes)
    found: list[Span] = []
    position = 0
    while position < len(lexemes):
        match = _GRAMMAR.match(codes, position)
        span = _read(lexemes, match) if match else None
        if span is None:
            x = lexemes[position]
            span = Span(None, x.value, x.start, x.end, x.code, x.word)
        found.append(span)
        position = match.end() if match and span.kind else position + 1
    return found


def _read(lexemes: list[Lexeme], match: re.Match[str]) -> Span | None:
    kind, _, reader = _RULES[int((match.lastgroup or "r0")[1:])]
    taken = lexemes[match.start() : match.end()]
    value = reader(taken)
    if value is None:
        return None
    return Span(kind, value, taken[0].start, taken[-1].end, match.group(), taken[0].word)


def annotate(text: str) -> list[Annotation]:
    """Return what the stretches of `text` say: sorted, not overlapping, offsets into `text`."""
    return [Annotation(x.kind, x.start, x.end, x.value) for x in spans(text) if x.kind is not None]
