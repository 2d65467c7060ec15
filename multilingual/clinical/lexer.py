"""Lexemes of a text: what each of its words, numbers and signs is, by the lexicon and by its shape."""

import re
from dataclasses import dataclass
from typing import Any

from multilingual.clinical.lexicon import END, Code, lexicon
from multilingual.clinical.numerals import FRACTION, HAN_DIGITS, WEAK, read_number
from multilingual.clinical.patterns import read_pattern
from multilingual.clinical.repairs import repair
from multilingual.clinical.strengths import STRENGTH
from multilingual.clinical.tokens import DEVANAGARI, DOTTED, LATIN, undotted
from multilingual.normalise import Shadow, fold


@dataclass(slots=True)
class Lexeme:
    """A word, number or sign; `code` is a `Code` or the sign itself, offsets are into the text as given."""

    code: str
    value: Any
    start: int
    end: int
    word: str


_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<date>(?<![\d/.-])(?:[0-3]?\d(?P<dot>[/.])[01]?\d(?P=dot)(?:20)?[1-9]\d|[0-3]?\d-[01]?\d-20\d\d)
              (?![\d/]|\.\d|\s?m?[gl]\b|\s?mcg\b))
    | (?P<clock>(?<![\d.:])(?:[01]?\d|2[0-4])(?:[:.][0-5]\d)?\s?[ap]\.?m(?![a-z])\.?
              |(?<![\d.:])(?:[01]?\d|2[0-4]):[0-5]\d(?!\d)
              |(?<=\bas\ )(?:[01]?\d|2[0-4])\s?h(?![a-z]))
    | (?P<eight>(?<![\w.-])8d(?![a-z\d]))
    | (?P<share>(?<![\w.,/])\d{{1,2}}/(?:7|52|12)(?![\d./]))
    | (?P<fraction>\d*\s?{FRACTION}|(?:(?<!\d)[1-9]\s)?[1-3]/[2348](?![\d./]|\s?h))
    | (?P<ratio>\d+(?:[.,]\d+)?(?:\s?/\s?\d+(?:[.,]\d+)?)+)
    | (?P<number>\d+(?:[.,]\d+)?|(?<![\w.])\.\d+)
    | (?P<dotted>{DOTTED})
    | (?P<word>{LATIN}|{DEVANAGARI}|[^\W\d_\u3400-\u9fff]+)
    | (?P<han>[\u3400-\u9fff])
    | (?P<line>-{{3,}}|\.{{4,}}|_{{3,}}|={{2,}})
    | (?P<sign>\S))
    """,
    re.VERBOSE,
)
_LETTER_OF_NAME = re.compile(r"[abd-prsu-wyz]\d")  # "D3", "B12", but not "x5", "q6", "T1"
_GLUED_WORD = re.compile(r"[a-z]{2,}")
_GLUED_FORM = re.compile(r"(?:Tab|TAB|Cap|CAP|Syp|SYP|Syr|SYR|Inj|INJ)(?=[A-Z][a-z])")
_GLUED_DIRECTION = re.compile(
    r"([A-Z]?[a-z]{3,})(?:PO|IV|IM|OD|BD|BID|TDS|TID|QID|HS|SOS|PRN|STAT|PC)(?![A-Za-z])"
)
_SLASHED = re.compile(r"[\s.][a-z]/[a-z](?![a-z])")  # the S of "q6h S/C" ends no phrase
_BEFORE_DURATION = frozenset((Code.TIMES, Code.FREQUENCY, Code.HOUR, Code.SLOT, Code.FOOD, Code.FOR))
_SPACED_WHOLE = re.compile(r"(\d+)\s+")
_MOST_WITH_HALF = 2
_QUANTITY_STARTS = frozenset(("fraction", "ratio", "number", "share", "eight"))
_LINE: str = "="
_INSIDE_HAN_NAMES = frozenset(
    (Code.PROSE, Code.PERIOD, Code.MASS, Code.FORM, Code.COUNTABLE_FORM, Code.UNIT, Code.PACK, Code.SLOT)
)


def lex(text: str) -> list[Lexeme]:
    """Return the lexemes of `text`, left to right."""
    shadow = repair(fold(text))
    return _Lexer(text, shadow).run()


class _Lexer:
    """One pass over a shadow: shapes first (dates, strengths, patterns), then the longest known phrase."""

    def __init__(self, given: str, shadow: Shadow) -> None:
        self.given = given
        self.shadow = shadow
        self.text = shadow.text
        self.lexemes: list[Lexeme] = []

    def run(self) -> list[Lexeme]:
        position, text = 0, self.text
        while match := _TOKEN.match(text, position):
            group = match.lastgroup or ""
            position = self._read(group, match.start(group), match.end(group))
        return self.lexemes

    def _read(self, group: str, start: int, end: int) -> int:
        """Add the lexeme that begins at `start`; return where the next one may begin."""
        token = self.text[start:end]
        if group in ("date", "clock", "line"):
            return self._shape(group, token, start, end)
        if group in _QUANTITY_STARTS or token[0] in "(oilsx|":
            numeric = self._quantity(start)
            if numeric:
                return numeric
        if group == "word" and _LETTER_OF_NAME.match(self.text, start):
            return self._add(Code.UNKNOWN, None, start, end)
        phrase = self._phrase(group, token, start, end)
        if phrase:
            return phrase
        if group == "fraction" and (whole := self._whole_apart(token, start, end)):
            return self._add(Code.NUMBER, float(self.text[start:whole]), start, whole)
        match group:
            case "number" if tail := self._glued_tail(end):
                return self._add(Code.UNKNOWN, None, start, tail)
            case "fraction" | "number":
                code = Code.GLUED_NUMBER if self._is_glued(start) else Code.NUMBER
                return self._add(code, read_number(token), start, end)
            case "eight":
                return self._add(Code.LETTER_D, 8.0, start, end)
            case "share" | "ratio":
                parts = tuple(read_number(part.strip()) for part in token.split("/"))
                return self._add(Code.SHARE if group == "share" else Code.RATIO, parts, start, end)
            case "han" if token in HAN_DIGITS:
                return self._han_number(start)
            case "sign":
                return self._add(token, None, start, end)
        if glued := _GLUED_FORM.match(self.given, self.shadow.origins[start]):
            code, value = lexicon()[glued.group().lower()][END]
            return self._add(code, value, start, start + len(glued.group()))
        if name := _GLUED_DIRECTION.match(self.given, self.shadow.origins[start]):  # "ClopidogrelPO"
            return self._add(Code.UNKNOWN, None, start, start + len(name[1]))
        return self._add(Code.UNKNOWN, None, start, end)

    def _add(self, code: str, value: Any, start: int, end: int) -> int:
        self.lexemes.append(Lexeme(code, value, *self.shadow.span(start, end), self.text[start:end]))
        return end

    def _whole_apart(self, token: str, start: int, end: int) -> int:
        """Where a number ends that is not the whole of a mixed one: the 25 of "25 ½ tab"; 0 of a mixed one.

        So it is before a pattern ("2 ½-0-½"), and where so many and a half are not taken or measured.
        """
        whole = _SPACED_WHOLE.match(token)
        if not whole:
            return 0
        if read_pattern(self.text, start + whole.end()):
            return start + len(whole[1])
        unit = _TOKEN.match(self.text, end)
        code, _ = lexicon().get(unit[0].strip() if unit else "", {}).get(END, ("", None))
        is_measured = code in (Code.MASS, Code.UNIT, Code.PERIOD, Code.HOUR, Code.MINUTE)
        return 0 if is_measured or int(whole[1]) <= _MOST_WITH_HALF else start + len(whole[1])

    def _glued_tail(self, end: int) -> int:
        """Where an unknown word ends that is written onto a number: "5FU", "0mez"; 0 where there is none."""
        word = _GLUED_WORD.match(self.text, end)
        return word.end() if word and word.group() not in lexicon() else 0

    def _is_glued(self, start: int) -> bool:
        """Whether a letter of an unknown word stands right before `start`."""
        return bool(self.lexemes) and self.lexemes[-1].code == Code.UNKNOWN and self.text[start - 1].isalpha()

    def _shape(self, group: str, token: str, start: int, end: int) -> int:
        if group == "date":
            return self._add(Code.DATE, None, start, end)
        if group == "clock":
            return self._add(Code.SLOT, (_slot_of_clock(token),), start, end)
        return self._add(_LINE, None, start, end)

    def _quantity(self, start: int) -> int:
        strength = STRENGTH.match(self.text, start)
        if strength:
            return self._add(Code.QUANTITY, strength.group(), start, strength.end())
        after_name = bool(self.lexemes) and self.lexemes[-1].code == Code.UNKNOWN
        pattern = read_pattern(self.text, start, after_name=after_name)
        if pattern:
            return self._add(Code.PATTERN, pattern, start, pattern.end)
        return 0

    def _phrase(self, group: str, token: str, start: int, end: int) -> int:
        """The longest phrase of the lexicon that begins with `token`."""
        node = lexicon().get(undotted(token) if group == "dotted" else token)
        found: tuple[tuple[str, Any], int] | None = None
        while node is not None:
            if END in node and not _SLASHED.match(self.text, end - 2):
                found = node[END], end
            following = _TOKEN.match(self.text, end)
            if following is None:
                break
            group = following.lastgroup or ""
            token, end = following.group(group), following.end()
            node = node.get(undotted(token) if group == "dotted" else token)
        if found is None:
            return 0
        (code, value), end = found
        if code in _INSIDE_HAN_NAMES and end - start == 1 and group == "han" and self._is_unknown_han(end):
            return 0  # "前列地尔"
        if code == Code.PER_ALONE and self.text[start].isdecimal() and self._is_duration(end):
            return 0
        return self._add(code, value, start, end)

    def _is_duration(self, end: int) -> bool:
        """Whether "1天", which ends at `end`, tells how long: "每日四次 1天", but not "1天3次"."""
        before = self.lexemes[-1].code if self.lexemes else ""
        following = self.text[end:].lstrip()[:1]
        return before in _BEFORE_DURATION and not (following.isdecimal() or following in HAN_DIGITS)

    def _is_unknown_han(self, position: int) -> bool:
        char = self.text[position : position + 1]
        return "\u3400" <= char <= "\u9fff" and char not in HAN_DIGITS and char not in lexicon()

    def _han_number(self, start: int) -> int:
        end = start
        while end < len(self.text) and self.text[end] in HAN_DIGITS:
            end += 1
        try:
            value = read_number(self.text[start:end])
        except ValueError:
            return self._add(Code.UNKNOWN, None, start, end)
        if self._is_unknown_han(end):
            return self._add(Code.UNKNOWN, None, start, end)  # "三黄片"
        if self.text[end : end + 1] == "半":
            return self._add(Code.NUMBER, value + WEAK["半"], start, end + 1)
        return self._add(Code.NUMBER, value, start, end)


def _slot_of_clock(token: str) -> int:
    """Morning, noon, evening or night (0 to 3) of a clock time."""
    figures = re.match(r"\d+", token)
    hour = int(figures.group()) if figures else 0
    if "p" in token and hour < 12:
        hour += 12
    elif "a" in token and hour == 12:
        hour = 0
    return next(slot for until, slot in ((4, 3), (11, 0), (16, 1), (19, 2), (25, 3)) if hour < until)
