"""Numerals in three scripts: ASCII figures, those of Devanagari, and Han numerals."""

import re

from multilingual.normalise import ascii_digits

_DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "兩": 2}
_PLACES = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_NUMERAL = "".join((*_DIGITS, *_PLACES, *_MYRIADS))
# What Chinese counts with: without one of these, 一 may be part of another word (一样, 一直).
_COUNTED = (
    "个?半?(?:岁|周岁|天|日|号|年|月|周|星期|礼拜|小时|钟头|分钟|分|秒|点|次|回|遍|片|粒|颗|丸|袋|包|支|瓶|滴|针"
    "|度|斤|公斤|千克|克|毫克|微克|毫升|升|米|厘米|公分|毫米|倍|餐|顿|胎|期|级|型|胞|孩|人)"
)
_HAN_COUNT = re.compile(rf"(?:[{_NUMERAL}]+)(?:点[{_NUMERAL}]+)?(?={_COUNTED})")
_PLAIN = re.compile(rf"[{''.join(_DIGITS)}]+")


def han_number(numeral: str) -> float:
    """The value of a Han numeral.

    Raises:
        ValueError: it is none.

    >>> han_number("三十八点五"), han_number("二〇二三"), han_number("一百零五"), han_number("两万")
    (38.5, 2023.0, 105.0, 20000.0)
    """
    whole, point, part = numeral.partition("点")
    if not whole or (point and not _PLAIN.fullmatch(part)):
        raise ValueError(f"not a Han numeral: {numeral}")
    value = int(_figures(whole)) if _PLAIN.fullmatch(whole) else _placed(whole)
    return float(f"{value}.{_figures(part)}") if point else float(value)


def ascii_numerals(text: str) -> str:
    """`text` with the digits of every script, and the Han numerals that count something, as ASCII figures.

    >>> ascii_numerals("१०१ डिग्री"), ascii_numerals("发烧三天，一直三十八点五度")
    ('101 डिग्री', '发烧3天，一直38.5度')
    """
    return _HAN_COUNT.sub(lambda match: _shown(match.group()), ascii_digits(text))


def _shown(numeral: str) -> str:
    try:
        return f"{han_number(numeral):.10g}"
    except ValueError:
        return numeral


def _figures(digits: str) -> str:
    return "".join(str(_DIGITS[digit]) for digit in digits)


def _placed(numeral: str) -> int:
    """The value of a numeral with places: 三百五十, 十二; without the last place said: 三百五."""
    total = section = 0
    digit: int | None = None
    last = 1
    for char in numeral:
        if char in _DIGITS:
            if digit:
                raise ValueError(f"not a Han numeral: {numeral}")
            digit = _DIGITS[char]
            last = 1 if digit == 0 else last
        elif char in _PLACES:
            last = _PLACES[char]
            section += (1 if digit is None else digit) * last
            digit = None
        elif char in _MYRIADS:
            total = (total + section + (digit or 0)) * _MYRIADS[char]
            section, digit, last = 0, None, _MYRIADS[char]
        else:
            raise ValueError(f"not a Han numeral: {numeral}")
    return total + section + (digit or 0) * (last // 10 if last > 10 else 1)
