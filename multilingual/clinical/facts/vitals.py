"""Vital signs and heights, which are more than a number and its unit.

Blood pressures ("140/90", "17 por 7", "高压160低压100") come in mmHg; temperatures in degrees Celsius, also
where only a word for fever tells them; heights in cm or, if imperial, in inches.
"""

from collections.abc import Iterator, Set
from typing import Final

from multilingual.clinical.facts.numerals import Numeral
from multilingual.clinical.facts.values import show
from multilingual.clinical.facts.words import Reading, rule

Found = Iterator[tuple[int, int, str]]
"""First and last lexeme of an amount, and its value."""

Bounds = tuple[float, float]

_SYSTOLIC: Final[Bounds] = (60, 270)
_DIASTOLIC: Final[Bounds] = (30, 160)
_SYSTOLIC_CM: Final[Bounds] = (7, 26)
_DIASTOLIC_CM: Final[Bounds] = (3, 16)
_CELSIUS: Final[Bounds] = (34, 43)
_FAHRENHEIT: Final[Bounds] = (94, 108)
_HEIGHT_FEET: Final[Bounds] = (1, 8)
_NEAR_FEVER, _NEAR_PRESSURE = 5, 7
_HEIGHT_METRES: Final[Bounds] = (0.4, 2.6)
_LAST_INCH = 11

_TWO_PRESSURES = rule(
    "systolic (other | colon | comma)? number (unit | comma | other | and | of){0,4}"
    "diastolic (other | colon)? number unit?"
)
_PRESSURE = rule("(ratio | number unit? (over | times | dash | and) number) unit?")
_FEET = rule("number (foot | feet) (and | comma)? number (inch | foot foot | unit)?")
_METRES = rule("number metre number unit?")
_METRE = rule("number metre")
_DEGREES = rule("number (celsius | fahrenheit | either) number?")


def find_vitals(reading: Reading, taken: set[int]) -> Found:
    """Blood pressures, heights and temperatures; those of another finder are in `taken`."""
    yield from _pressures(reading)
    yield from _heights(reading)
    yield from _temperatures(reading, taken)


def _within(bounds: Bounds, value: float) -> bool:
    return bounds[0] <= value <= bounds[1]


def unit_at(reading: Reading, index: int) -> tuple[str, float] | None:
    """Base unit and factor of the unit written right behind the lexeme before it."""
    if not reading.has(index, "unit") or not reading.is_close(index):
        return None
    unit: tuple[str, float] = reading.lexemes[index].meanings["unit"]
    return unit


def _numbers(reading: Reading, first: int, last: int) -> list[float]:
    found: list[float] = []
    for index in range(first, last + 1):
        if reading.has(index, "ratio"):
            found.extend(reading.lexemes[index].meanings["ratio"])
        elif reading.has(index, "number"):
            found.append(reading.lexemes[index].meanings["number"].low)
    return found


def _near(reading: Reading, first: int, last: int, role: str, most: int) -> bool:
    """Whether a word with that part stands in the same sentence, at most so many words away."""
    for step, edge in ((-1, first), (1, last)):
        for index in range(edge + step, edge + step * (most + 1), step):
            if reading.has(index, "stop") or (role == "fever" and reading.has(index, "number")):
                break
            if reading.has(index, role):
                return True
    return False


def _pressures(reading: Reading) -> Found:
    for pattern in (_TWO_PRESSURES, _PRESSURE):
        for match in reading.matches(pattern):
            first, last = match.start(), match.end() - 1
            numbers = _numbers(reading, first, last)
            if len(numbers) != 2:
                continue
            units = [unit[0] for index in range(first, last + 1) if (unit := unit_at(reading, index))]
            if reading.has(last, "unit") and unit_at(reading, last) != ("mmhg", 1.0):
                last -= 1
                units = units[:-1]
            if set(units) - {"mmhg"}:
                continue
            told = (
                pattern is _TWO_PRESSURES
                or bool(units)
                or _near(reading, first, last, "pressure", _NEAR_PRESSURE)
            )
            high, low = numbers
            if pattern is _PRESSURE and not (told or reading.has(first, "ratio")):
                continue
            if high > low and _within(_SYSTOLIC, high) and _within(_DIASTOLIC, low):
                yield first, last, f"{show(high)}/{show(low)} mmhg"
            elif told and high > low and _within(_SYSTOLIC_CM, high) and _within(_DIASTOLIC_CM, low):
                yield first, last, f"{show(high * 10)}/{show(low * 10)} mmhg"


def _heights(reading: Reading) -> Found:
    for match in reading.matches(_FEET):
        first, last = match.start(), match.end() - 1
        feet, inches = _numbers(reading, first, last)
        unit = unit_at(reading, first + 1)
        is_feet = reading.has(first + 1, "foot") or unit == ("inch", 12.0)
        if is_feet and _within(_HEIGHT_FEET, feet) and inches <= _LAST_INCH:
            if reading.has(last, "unit") and unit_at(reading, last) != ("inch", 1.0):
                last -= 1
            yield first, last, f"{show(feet * 12 + inches)} inch"
    for match in reading.matches(_METRES):  # "1米75", "1m65"
        first, last = match.start(), match.end() - 1
        metres, centimetres = _numbers(reading, first, last)
        close = all(reading.lexemes[i].start == reading.lexemes[i - 1].end for i in (first + 1, first + 2))
        is_metre = unit_at(reading, first + 1) == ("cm", 100.0) or reading.has(first + 1, "metre")
        if close and is_metre and metres in (1, 2) and centimetres < 100:
            if reading.has(last, "unit") and unit_at(reading, last) != ("cm", 1.0):
                last -= 1
            if reading.lexemes[first + 2].text[0] in "一二三四五六七八九" and centimetres < 10:
                centimetres *= 10
            yield first, last, f"{show(metres * 100 + centimetres)} cm"
    for match in _METRE.finditer(reading.codes):
        numeral = reading.lexemes[match.start()].meanings["number"]
        if (
            reading.is_close(match.end() - 1)
            and numeral.high is None
            and _within(_HEIGHT_METRES, numeral.low)
        ):
            yield match.start(), match.end() - 1, f"{show(numeral.low * 100)} cm"


def _temperatures(reading: Reading, taken: set[int]) -> Found:
    for match in reading.matches(_DEGREES):
        first, last = match.start(), match.end() - 1
        numeral: Numeral = reading.lexemes[first].meanings["number"]
        scale = reading.lexemes[first + 1]
        if not reading.is_close(first + 1):
            continue
        if last == first + 2:
            tenths = reading.lexemes[last]
            if scale.text == "度" and tenths.start == scale.end and len(tenths.text) == 1:  # "38度5"
                numeral = Numeral(numeral.low + _numbers(reading, last, last)[0] / 10)
            else:
                last -= 1
        value = _celsius(numeral, scale.meanings.keys())
        if value:
            yield first, last, value
    for index in range(len(reading.lexemes)):
        if reading.has(index, "number") and index not in taken and not reading.has(index + 1, "unit"):
            numeral = reading.lexemes[index].meanings["number"]
            if _near(reading, index, index, "fever", _NEAR_FEVER) and (
                value := _celsius(numeral, {"either"})
            ):
                yield index, index, value


def _celsius(numeral: Numeral, scales: Set[str]) -> str | None:
    """The temperature in degrees Celsius; None for another number of degrees."""
    if numeral.high is None:
        if scales & {"celsius", "either"} and _within(_CELSIUS, numeral.low):
            return f"{show(round(numeral.low, 1))} celsius"
        if scales & {"fahrenheit", "either"} and _within(_FAHRENHEIT, numeral.low):
            return f"{show(_from_fahrenheit(numeral.low))} celsius"
        return None
    low, high = (_celsius(Numeral(value), scales) for value in (numeral.low, numeral.high))
    return f"{low.removesuffix(' celsius')}-{high}" if low and high else None


def _from_fahrenheit(degrees: float) -> float:
    return round((degrees - 32) / 1.8, 1)
