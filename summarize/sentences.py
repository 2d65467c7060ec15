"""Sentences of Latin, Devanagari and Han text.

A full stop ends a sentence only before space and where it does not belong to an abbreviation ("Dr.",
"p. ex.", "q.d."), an initial or a list number; one inside "2.5 mg" never does. 。！？ end one wherever they
stand.
"""

import re
from collections.abc import Iterator

_CLOSERS = r"[\"'”’»」』）)\]]*"
_END = re.compile(
    rf"(?P<han>[。！？｡]+{_CLOSERS})|(?P<mark>[!?؟।॥…]+[!?.।]*{_CLOSERS})(?=\s|$|[^\W\d])"
    rf"|(?P<stop>\.+{_CLOSERS})(?=\s|$)|(?P<line>\n\s*)"
)
_LAST_WORDS = re.compile(r"(?:(?P<before>[^\s,;:!?।。]+)\s+)?(?P<word>[^\s,;:!?।。(\"']+)$")
_NEXT = re.compile(r"\S")
_ABBREVIATED = """
dr dra drs mr mrs ms sr sra prof st smt shri km no nos vs approx tab cap inj syp tabs caps dept fig ex
pág pag núm num tel av etc डॉ श्री
"""
_ABBREVIATIONS = frozenset(_ABBREVIATED.split())
_SPEAKS_ON = frozenset({"etc", "no", "st", "ex", "cap"})
"""Words that are abbreviations only when the text goes on in small letters or figures."""
_LETTERED = frozenset({"vitamin", "vitamina", "hepatitis", "hepatite", "type", "tipo", "group", "grupo"})
"""Words that a capital letter follows which is no initial: "vitamin D"."""
_LOOK_BACK = 40


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Offsets of the sentences of `text`, in order, without white space around them."""
    start = 0
    for match in _END.finditer(text):
        if match["stop"] and _goes_on(text, start, match.start(), match.end()):
            continue
        if match["line"] and match["line"].count("\n") == 1 and text[match.end() : match.end() + 1].islower():
            continue  # a line that was only broken
        yield from _trimmed(text, start, match.end())
        start = match.end()
    yield from _trimmed(text, start, len(text))


def sentences(text: str) -> list[str]:
    """The sentences of `text`, in order."""
    return [text[start:end] for start, end in sentence_spans(text)]


def is_ended(sentence: str) -> bool:
    """Whether a sentence ends in a mark that ends one."""
    return re.search(rf"[.!?؟।॥…。！？｡]{_CLOSERS}\s*$", sentence) is not None


def _goes_on(text: str, start: int, stop: int, end: int) -> bool:
    """Whether the full stop at `stop` is no end: after an abbreviation, an initial or a list number."""
    last = _LAST_WORDS.search(text, max(start, stop - _LOOK_BACK), stop)
    found = _NEXT.search(text, end)
    if last is None or found is None or end - stop > 1:
        return False
    word, following = last["word"].lower(), found[0]
    if word.isdecimal():  # "1. Take this": a number that begins its sentence
        return not text[start : last.start("word")].strip() and len(word) < 3
    if word in _ABBREVIATIONS:
        return word not in _SPEAKS_ON or following.islower() or following.isdecimal()
    if "." in word:  # q.d, p.m, e.g
        return not following.isupper()
    if len(word) > 1 or not word.isalpha():
        return False
    is_initial = last["word"].isupper() and word != "i" and (last["before"] or "").lower() not in _LETTERED
    return following.islower() or is_initial


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end
