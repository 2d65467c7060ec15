"""How often: each reader turns the lexemes that a rule matched into times a day, or None."""

from multilingual.clinical.lexicon import Code
from multilingual.clinical.readers import Lexemes, is_no_range, numbers, values
from multilingual.clinical.values import Dose, Times

_MOST_TIMES = 6


def read_times(lexemes: Lexemes) -> Times | None:
    """ "3 times a day", "twice a week", "每日三次", "daily"."""
    counted = numbers(lexemes) or values(lexemes, Code.ONCE_TWICE) or [1.0]
    days = next((x.value for x in lexemes if x.code in (Code.PER, Code.PER_ALONE, Code.PERIOD)), 1)
    if is_no_range(counted) or lexemes[0].word == "d":  # the D of "Vitamina D 3x ao dia"
        return None
    return Times(None if len(counted) > 1 else counted[0] / days)


def read_every(lexemes: Lexemes) -> Times | None:
    """ "q4h", "every six hours", "6 hrly", "every 15 days", "每8小时一次", "8/8h", "de 8 em 8 horas"."""
    ratio = next((x.value for x in lexemes if x.code in (Code.RATIO, Code.SHARE)), None)
    counted = list(ratio) if ratio else numbers(lexemes) or [1.0]
    unit = next(x for x in lexemes if x.code in (Code.HOUR, Code.HOURLY, Code.PERIOD, Code.MINUTE))
    one = {Code.PERIOD: 24.0 * (unit.value or 1), Code.MINUTE: 1 / 60}.get(Code(unit.code), 1.0)
    times = 1.0
    if lexemes[-1].code == Code.TIMES:
        times, counted = counted[-1], counted[:-1] or [1.0]
    if not counted[0] or (len(set(counted)) > 1 if ratio else is_no_range(counted)):
        return None
    return Times(None if len(set(counted)) > 1 else times * 24 / (counted[0] * one))


def read_times_every(lexemes: Lexemes) -> Times | None:
    """ "1 vez a cada 3 dias", "twice every 2 weeks"; of "2x a cada 8 horas" nobody knows."""
    begin = next(index for index, x in enumerate(lexemes) if x.code == Code.EVERY)
    times = (numbers(lexemes[:begin]) or values(lexemes[:begin], Code.ONCE_TWICE))[0]
    every = read_every(lexemes[begin:])
    if every is None or every.per_day is None or times == 1:
        return every
    return Times(times * every.per_day if lexemes[-1].code == Code.PERIOD else None)


def read_times_of_period(lexemes: Lexemes) -> Times:
    """ "3天1次" is once in three days, "5 days 3 times" three times a day; of "3 din 1 baar" nobody knows."""
    long, times = numbers(lexemes)
    days = long * lexemes[1].value
    is_han = "\u3400" <= lexemes[1].word[0] <= "\u9fff"
    if long == 1 or (is_han and (times == 1 or lexemes[1].end == lexemes[2].start)):
        return Times(times / days)
    return Times(times, days=days) if times > 1 and lexemes[1].value == 1 else Times(None)


def read_once_in(lexemes: Lexemes) -> Times | None:
    """ "1 tab 3 din mein ek baar"; in "2 din mein 3 baar" the first number is a dose."""
    days, *times = numbers(lexemes) + values(lexemes, Code.ONCE_TWICE)
    return Times(1 / (days * lexemes[1].value)) if days > 1 and times == [1] else None


def read_frequency(lexemes: Lexemes) -> Times:
    """ "BD", "TDS", "alternate days", "OD weekly"."""
    days = lexemes[1].value if len(lexemes) > 1 else 1
    return Times(lexemes[0].value / days)


def read_misread_bd(lexemes: Lexemes) -> Times:
    """ "8D" where a frequency stands."""
    return Times(2.0)


def read_times_a_day(lexemes: Lexemes) -> Times:
    """ "1 dd"."""
    return Times(numbers(lexemes)[0])


def read_rate(lexemes: Lexemes) -> Times | None:
    """ "1/week", "2/day"; "1 /week" is a dose and its frequency."""
    number, per = lexemes
    is_rate = number.end == per.start and per.word.startswith("/") and 1 <= number.value <= _MOST_TIMES
    return read_times(lexemes) if is_rate else None


def read_weekdays(lexemes: Lexemes) -> Times:
    """ "Sundays", "Mon, Wed, Fri"."""
    return Times(len({x.word for x in lexemes if x.code == Code.WEEKDAY}) / 7)


def read_product(lexemes: Lexemes) -> Times | None:
    """ "1 x 3" is one, three times a day; "1 x 1 x 5" one, once a day, for five days."""
    dose, times, *days = numbers(lexemes)
    if dose > 4 or times > 6 or not times:
        return None
    return Times(times, Dose(dose), days[0] if days else None)
