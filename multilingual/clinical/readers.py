"""Values of annotations: each reader turns the lexemes that a rule matched into what they say, or None."""

from collections.abc import Sequence
from typing import Any

from multilingual.clinical.lexer import Lexeme
from multilingual.clinical.lexicon import END, Code, lexicon
from multilingual.clinical.numerals import show_number
from multilingual.clinical.patterns import Pattern
from multilingual.clinical.strengths import normalise_strength
from multilingual.clinical.values import Amount, Dose, Meal

_DAYS_OF_SHARE = {7: 1.0, 52: 7.0, 12: 30.0}
# A form as the unit of a dose: what one of it is called.
_UNIT_OF_FORM = {"drops": "drop", "inhaler": "puff", "injection": "ampoule", "nebuliser solution": "respule"}
_ARTICLES = frozenset(("a", "an", "i", "ss"))
_FEWEST_BARE_DAYS = 3
_NO_DAYS = ((6, 12), (24, 7))  # what an eye sees, and always
_LEAST_OF_RANGE = 0.5
_MOST_AT_ONCE = {
    "tablet": 10,
    "capsule": 10,
    "sachet": 4,
    "puff": 12,
    "spray": 12,
    "suppository": 4,
    "patch": 4,
}


Lexemes = Sequence[Lexeme]


_NUMBERS = (Code.NUMBER, Code.WEAK_NUMBER, Code.GLUED_NUMBER, Code.LETTER_D)


def numbers(lexemes: Lexemes) -> list[float]:
    """The values of the number lexemes; the "a" of "3 a 5 dias" is none."""
    return [
        float(x.value)
        for index, x in enumerate(lexemes)
        if x.code in _NUMBERS
        and not (index and x.code == Code.WEAK_NUMBER and lexemes[index - 1].code in _NUMBERS)
    ]


def is_no_range(amounts: Sequence[float]) -> bool:
    """Whether two numbers that a dash joins are no range: they fall ("20 - 1"), or a sliver begins them."""
    return len(amounts) == 2 and (
        amounts[0] > amounts[1] or (amounts[0] < _LEAST_OF_RANGE and amounts[1] >= 1)
    )


def values(lexemes: Lexemes, code: str) -> list[Any]:
    """The values of the lexemes of one code."""
    return [x.value for x in lexemes if x.code == code]


def unit_of(lexemes: Lexemes) -> str | None:
    """The unit of a dose: its own word, or a form that is counted."""
    for x in lexemes:
        if x.code == Code.UNIT:
            return str(x.value)
        if x.code in (Code.COUNTABLE_FORM, Code.COUNTED_FORM):
            return _UNIT_OF_FORM.get(x.value, str(x.value)) if x.value != "injection" else _container(x.word)
    return None


def _unit_named(word: str) -> str | None:
    code, value = lexicon()[word][END]
    return unit_of([Lexeme(code, value, 0, 0, word)])


def _container(word: str) -> str:
    return "vial" if word.startswith("vial") else "ampoule"


def read_nothing(lexemes: Lexemes) -> Any:
    """For rules whose match says all."""
    return True


def read_note(lexemes: Lexemes) -> Any:
    """ "day 1", "since 3 days", "till next visit"; the letter d before a number is no day."""
    return lexemes[0].word != "d" or None


def read_diluent(lexemes: Lexemes) -> Any:
    """ "in 100 ml": what the medicine is dissolved in."""
    return lexemes[0].word in ("in", "em") or None


def read_first(lexemes: Lexemes) -> Any:
    """The value of the first lexeme that has one."""
    return next((x.value for x in lexemes if x.value is not None), None)


def read_item(lexemes: Lexemes) -> Any:
    """A list marker: a whole number below a hundred. "1 Tab" alone is a dose as well as a marker."""
    (number,) = numbers(lexemes)
    least = 1 if len(lexemes) > 1 else 2
    return int(number) if number.is_integer() and least <= number < 100 else None


def read_strength(lexemes: Lexemes) -> str | None:
    """ "500mg", "one gram": the strength, normalised."""
    if lexemes[0].code == Code.QUANTITY:
        return normalise_strength(lexemes[0].value)
    return f"{show_number(numbers(lexemes)[0])} {lexemes[-1].value}"


def read_dose(lexemes: Lexemes) -> Dose | None:
    """ "1 tab", "1-2 tab", "ek ek goli", "每次2片"; None where so many are never taken ("650 tab")."""
    amounts = numbers(lexemes)
    unit = unit_of(lexemes)
    is_range = any(x.code in ("-", Code.PREPOSITION, Code.PROSE, Code.WEAK_NUMBER) for x in lexemes[1:])
    if max(amounts) > _MOST_AT_ONCE.get(unit or "", 400):
        return None
    if is_no_range(amounts) if is_range else len(set(amounts)) > 1:
        return None
    most = amounts[-1] if amounts[-1] > amounts[0] else None
    return Dose(amounts[0], unit, most)


def read_each_time(lexemes: Lexemes) -> Dose | None:
    """ "一次两片": at one time two tablets."""
    return read_dose(lexemes[2:]) if numbers(lexemes)[0] == 1 else None


def read_dose_quantity(lexemes: Lexemes) -> str:
    """ "每次0.5g": a dose by weight."""
    return normalise_strength(lexemes[-1].value)


def read_slots(lexemes: Lexemes) -> tuple[int, ...]:
    """Times of day, in order: "subah shaam", "at night", "at 10PM"."""
    return tuple(sorted({slot for x in lexemes if x.code == Code.SLOT for slot in x.value}))


def _slots_of(lexeme: Lexeme) -> tuple[int, ...]:
    if lexeme.code == Code.NAMED_FOOD:
        return tuple(lexeme.value[1])
    return tuple(lexeme.value) if lexeme.code in (Code.SLOT, Code.NAMED_MEAL) else ()


def read_amounts(lexemes: Lexemes) -> Amount | None:
    """ "1 morning 2 night", "सुबह 1 रात 2", "早1片晚2片", "早晚各1片"."""
    amounts: list[float] = [0.0, 0.0, 0.0, 0.0]
    weights = [normalise_strength(weight).split(" ") for weight in values(lexemes, Code.QUANTITY)]
    counted = [float(figure) for figure, *_ in weights] if weights else numbers(lexemes)
    slots = [slots for x in lexemes if (slots := _slots_of(x))]
    if len(counted) == 1:
        counted *= len(slots)
    if len(counted) != len(slots):
        return None
    for amount, named in zip(counted, slots, strict=True):
        for slot in named:
            amounts[slot] = amount
    return Amount(
        (amounts[0], amounts[1], amounts[2], amounts[3]), weights[0][-1] if weights else unit_of(lexemes)
    )


def read_pattern_amounts(lexemes: Lexemes) -> Amount:
    """ "1-0-1", "2-2-2 tsp"."""
    pattern: Pattern = lexemes[0].value
    return Amount(pattern.amounts, unit_of(lexemes[1:]) or (pattern.unit and _unit_named(pattern.unit)))


def read_days(lexemes: Lexemes) -> float | None:
    """ "x 5d", "for a week", "连服7天"; of "3-5 days" the upper; "5/7", "1/52", "2/12"; "for 8 Sundays"."""
    share = values(lexemes, Code.SHARE)
    if share:
        over, under = share[0]
        return float(over * _DAYS_OF_SHARE[int(under)])
    counted = numbers(lexemes) or [1.0]
    if is_no_range(counted):
        return None
    period = (
        7
        if values(lexemes, Code.WEEKDAY)
        else next((x.value for x in lexemes if x.code in (Code.PERIOD, Code.PER)), 1)
    )
    return float(max(counted) * period)


def read_weak_days(lexemes: Lexemes) -> float | None:
    """ "do hafte": a number word that may be another word, before a period."""
    return None if lexemes[0].word in _ARTICLES else read_days(lexemes)


def read_days_of_share(lexemes: Lexemes) -> float | None:
    """ "both eyes 5/7", "Melatonin 2/52"; but 6/12 is what an eye sees, and "40/12" a strength."""
    share = lexemes[-1].value
    return None if share in _NO_DAYS or not is_share_of_time(share) else read_days(lexemes)


def is_share_of_time(share: tuple[float, float]) -> bool:
    """Whether n/7, n/52 or n/12 may be a time: not more than eleven months."""
    return share[1] != 12 or share[0] < 12


def read_days_for(lexemes: Lexemes) -> float | None:
    """ "for a week", "服一周"; but not "dard ke liye din mein 3 baar"."""
    word = lexemes[-1].word
    return read_days(lexemes) if word.startswith(("a ", "一")) else None


def read_bare_days(lexemes: Lexemes) -> float | None:
    """ "BD x 5": days, unless so few that doses may be meant."""
    (days,) = numbers(lexemes)
    return days if days >= _FEWEST_BARE_DAYS else None


def read_meal(lexemes: Lexemes) -> Meal:
    """ "after food", "30 min before breakfast", "khane ke baad", "饭后"."""
    for phrase in lexemes:
        if phrase.code in (Code.FOOD, Code.NAMED_FOOD):
            return Meal(*phrase.value)
    relation = next(x.value for x in lexemes if x.code in (Code.BEFORE_AFTER, Code.BEFORE_AFTER_POST))
    return Meal(relation, tuple(slot for x in lexemes for slot in _slots_of(x)))


def read_count(lexemes: Lexemes) -> float | None:
    """ "#21", "da no. 20", "Disp 30 tabs"."""
    return numbers(lexemes)[0]
