"""Which words, letters and numbers of an order belong to the name of its medicine."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from multilingual.clinical.annotations import Kind, Span
from multilingual.clinical.lexicon import Code
from multilingual.clinical.vocabulary import table

_TABLE = table("names")
_SUFFIXES = frozenset(_TABLE["suffixes"])
_PROSE_SUFFIXES = frozenset(_TABLE["prose_suffixes"])
_HYPHENED_SUFFIXES = frozenset(_TABLE["hyphened_suffixes"])
_MODIFIERS = frozenset(_TABLE["modifiers"])
_MODIFIED = frozenset(_TABLE["modified"])
_GENERIC = re.compile(rf"(?:{'|'.join(_TABLE['generic_endings'])})e?s?$")

_TESTED = frozenset(_TABLE["tested_endings"])
_STEM = re.compile(rf"(?:{'|'.join(x for x in _TABLE['generic_endings'] if x not in _TESTED)})e?s?$")

CONNECTORS = frozenset(("-", "/", "+", "'", "&", Code.AND))
_NUMBERS = (Code.NUMBER, Code.GLUED_NUMBER)
# Short words of directions that may also be a letter of a name: "Pan D", "Taxim O", "Telma H", "Vitamin C".
_LETTER_CODES = frozenset(
    (
        *(Code.PROSE, Code.PREPOSITION, Code.WEAK_NUMBER, Code.AND, Code.PERIOD),
        *(Code.HOUR, Code.UNIT, Code.MASS, Code.SIG),
    )
)
# What shows that a word of prose before it is part of a sentence.
_SENTENCE = frozenset((Code.PROSE, Code.PREPOSITION, Code.AND, Code.UNKNOWN, Code.FOR, Code.WEAK_NUMBER))
_REGIMEN = frozenset((Kind.FREQUENCY, Kind.SCHEDULE, Kind.TIMING, Kind.AS_NEEDED, Kind.ONCE))
_LETTER_KINDS = frozenset((Kind.ROUTE, Kind.FOOD, Kind.FORM, Kind.SIG, Kind.AS_NEEDED))


def has_generic_stem(name: str) -> bool:
    """Whether `name` ends with a stem of nonproprietary names, and not with what blood is tested for."""
    return any(_STEM.search(word) for word in name.lower().split() if len(word) > 3)


def is_generic_like(name: str) -> bool:
    """Whether `name` ends as international nonproprietary names do ("Amoxicillin", "Ferrous sulphate")."""
    return any(_GENERIC.search(word) for word in name.lower().split() if len(word) > 3)


@dataclass(frozen=True, slots=True)
class NameWords:
    """Judges the words of one order by themselves and their neighbours."""

    text: str
    spans: Sequence[Span]

    def looks_like_name(self, index: int) -> bool:
        """Whether a word behind directions may be a name: no lower case, or the ending of a generic."""
        span = self.spans[index]
        return not self.text[span.start].islower() or is_generic_like(span.word)

    def begins_name(self, index: int, dosed: bool) -> bool:
        """Whether a name begins here; `dosed` when directions stand before, which a name seldom follows."""
        span = self.spans[index]
        if span.kind is not None:
            return not dosed and self._is_lettered_brand(index)
        if dosed:
            return span.code == Code.UNKNOWN and self._begins_behind_directions(index)
        if span.code == Code.UNKNOWN:
            return True
        if index + 1 == len(self.spans):
            return False
        if span.code == Code.NUMBER:
            return self._heads_word(index)
        if span.end - span.start > 2 or not self.text[span.start].isupper():
            return False
        if span.code in _LETTER_CODES and self.spans[index + 1].code in ("-", Code.UNKNOWN):
            return True
        before = self._before(index)
        is_letter = span.code in (Code.TIMES_SIGN, Code.WEAK_NUMBER)
        return is_letter and before is not None and before.kind is Kind.FORM

    def _is_lettered_brand(self, index: int) -> bool:
        """Whether shorthand for food is here a brand: "Tab AF 150"."""
        span = self.spans[index]
        if index == 0 or index + 1 == len(self.spans) or span.kind is not Kind.FOOD or span.code != Code.FOOD:
            return False
        follows = self.spans[index + 1].kind is Kind.STRENGTH or self.spans[index + 1].code in _NUMBERS
        before = self._before(index)
        return follows and before is not None and before.kind is Kind.FORM and span.word.isalpha()

    def _begins_behind_directions(self, index: int) -> bool:
        before = self._before(index)
        if before is None or before.kind is Kind.FORM:
            return before is not None
        led = before.kind is Kind.DOSE or any(x.kind is Kind.FORM for x in self.spans[:index])
        return led and self.looks_like_name(index)

    def _heads_word(self, index: int) -> bool:
        """Whether a number is the head of a name: "5-FU", "3-D"."""
        if index + 2 >= len(self.spans):
            return False
        number, sign, word = self.spans[index : index + 3]
        return (sign.code, word.code) == ("-", Code.UNKNOWN) and (number.end, sign.end) == (
            sign.start,
            word.start,
        )

    def _before(self, index: int) -> Span | None:
        nearest = self.spans[max(0, index - 3) : index]
        return next((x for x in reversed(nearest) if x.code not in (".", ":", "-", Code.PREPOSITION)), None)

    def goes_on(self, index: int) -> bool:
        """Whether an unknown word follows."""
        return index + 1 < len(self.spans) and self.spans[index + 1].code == Code.UNKNOWN

    def continues_name(self, index: int) -> bool:
        """Whether the span at `index`, behind a part of the name, is one more part of it."""
        span, previous = self.spans[index], self.spans[index - 1]
        if span.code == Code.UNKNOWN:
            return True
        if span.code in _NUMBERS:
            return self._is_number_of_name(span, previous)
        return self._is_letter(index, previous)

    def _is_letter(self, index: int, previous: Span) -> bool:
        """Whether a short word of directions is here a letter of the name: "Pan D", "Crocin PR"."""
        span = self.spans[index]
        if span.word == "plus" and previous.code == Code.UNKNOWN:
            return not self.goes_on(index)
        if span.word in _PROSE_SUFFIXES:
            return self._is_prose_suffix(index, previous)
        if span.word in _HYPHENED_SUFFIXES and self._is_hyphened(index):
            return span.kind is not Kind.FREQUENCY or any(x.kind in _REGIMEN for x in self.spans[index + 1 :])
        if previous.code not in (Code.UNKNOWN, "-", Code.NUMBER) or span.end - span.start > 2:
            return False
        if span.kind in _LETTER_KINDS:
            is_set_off = previous.code == "-" and span.start > previous.end  # "Cetaphil - LA BD"
            return span.word in _SUFFIXES and previous.code != Code.NUMBER and not is_set_off
        if span.kind is not None or span.code not in _LETTER_CODES or not span.word.isalpha():
            return False
        return span.code != Code.AND or not self.goes_on(index)

    def _is_prose_suffix(self, index: int, previous: Span) -> bool:
        """Whether a word of prose is a suffix: "Cheston Cold 1-0-1", but not "Crocin cold water"."""
        if previous.code != Code.UNKNOWN or any(
            x.code in _SENTENCE for x in self.spans[index + 1 : index + 2]
        ):
            return False
        return self.text[previous.start].islower() or not self.text[self.spans[index].start].islower()

    def _is_hyphened(self, index: int) -> bool:
        """Whether a hyphen without spaces ties the word at `index` to a name: "Doxt-SL"."""
        if index < 2:
            return False
        name, hyphen, word = self.spans[index - 2 : index + 1]
        is_tied = (name.end, hyphen.end) == (hyphen.start, word.start)
        return is_tied and (name.code, hyphen.code) == (Code.UNKNOWN, "-")

    def _is_number_of_name(self, span: Span, previous: Span) -> bool:
        """Whether a number belongs to the name: "CD3", "B12", "G03", "Omega-3", but not "Dolo650"."""
        if span.start != previous.end:
            return False
        figures = self.text[span.start : span.end]
        if previous.code == "-":
            return len(figures) == 1 and figures.isdecimal()
        return len(figures) == 1 or previous.end - previous.start <= 2 or figures.startswith("0")

    def joins_name(self, index: int) -> bool:
        """Whether a sign may stand within a name: "Pan-D", "B.complex", "Vit. C"."""
        span, previous = self.spans[index], self.spans[index - 1]
        if span.code in CONNECTORS:
            return True
        return span.code == "." and self.goes_on(index) and previous.end - previous.start <= 4

    def is_modifier(self, index: int) -> bool:
        """Whether a word only describes the form: the "saline" of "Nasoclear saline drops"."""
        return self.spans[index].word in _MODIFIERS and self.spans[index - 1].word not in _MODIFIED

    def is_suffix(self, index: int) -> bool:
        """Whether a word is the suffix of a brand."""
        span = self.spans[index]
        return span.word in _SUFFIXES and (span.code == Code.UNKNOWN or span.word == "plus")
