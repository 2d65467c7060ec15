"""How much speaks for an order being a medicine: its own words, its place on the page, and the formulary."""

import re

from multilingual.clinical.formulary import Entry
from multilingual.clinical.formulary_index import Candidate
from multilingual.clinical.grammar import Order
from multilingual.clinical.name_words import has_generic_stem
from multilingual.clinical.sections import Section
from ocr.lines import CLINICAL, UNREADABLE_STRENGTH, Line
from ocr.naming import Naming

EVIDENCE = {
    "form": 1.6,
    "list marker": 0.6,
    "strength with its unit": 1.0,
    "bare number": 0.2,
    "frequency": 1.0,
    "dose": 0.5,
    "duration": 0.4,
    "quantity": 0.6,
    "route": 0.6,
    "behind Rx": 0.8,
    "under Rx": 0.4,
    "in the formulary": 1.6,
    "akin to one in the formulary": 0.8,
    "ends as generics do": 0.6,
    "unreadable strength": 0.6,
    "measured value": -2.0,
    "label": -2.0,
    "predicate": -1.6,
    "words around": -1.0,
    "section": -3.0,
    "prose": -1.0,
    "long prose": -1.5,
    "short name": -1.0,
    "no name": -3.0,
    "poorly read": -0.6,
}
"""What speaks for a medicine, in units in which `ENOUGH` makes one. Set by hand on the development pages."""

ENOUGH = 1.6
AMONG_MEDICINES = 0.6
"""What a line directly above or below a medicine needs less: medicines come in lists."""
ENOUGH_IN_TEXT = 1.0
"""For lines that somebody took for lines of a prescription already."""
_PROSE_WORDS = 3
"""A name of more words than this, none of which the formulary knows, reads like a sentence."""
_SHORT = 3
"""A name of so few letters is likely a scrap, if the formulary does not know it."""
_LEAST_BY_ROUTE = 5
"""Letters of a name from which a route speaks for a medicine: "IV line" is none."""
_MEASURED = re.compile(
    r"(?:m?g|mcg|[nup]g|i?u|mmol|meq)\s?/\s?(?:d?l|lt)\b|ng\s?/\s?ml|mg\s?%", re.IGNORECASE
)
"""Units of what is measured in blood."""
_LETTER = 2
"""A single letter is none, though a list may hold it."""
_WORD = re.compile(r"[\w\u0900-\u0963]{3,}")
"""A word of some length, signs of Devanagari that are no letters included."""
_LABEL = re.compile(r"\s*:\W*")
"""What stands behind a label of a form that is not filled in: "Resp:"."""
_PREDICATE = re.compile(r"\s*(?:is|was|are|were)\b")
"""What stands behind the subject of a sentence."""
_WORDS_AROUND = 5
"""So many words beside the name that are no directions make a sentence of a line."""
_POOR_SCORE = 0.7
_TELLING_LETTERS = 4
_MOST_BY_CHANCE = 0.95
"""A name that was read to the letter tells something in the longest list."""


def weigh(order: Order, naming: Naming, line: Line, *, rx_seen: bool) -> float:
    """How much speaks for this order being a medicine."""
    known, letters, words = naming.best is not None, _letters(order.drug_text), len(order.drug_text.split())
    behind = _behind_name(order)
    holds = {
        "form": order.form is not None,
        "list marker": order.item,
        "strength with its unit": order.strength is not None and _has_unit(order.strength),
        "bare number": order.strength is not None and not _has_unit(order.strength),
        "unreadable strength": UNREADABLE_STRENGTH.search(order.text) is not None,
        "frequency": tells_frequency(order),
        "dose": order.dose is not None,
        "duration": order.duration_days is not None,
        "quantity": order.count is not None,
        "route": order.route is not None and order.form is None and letters >= _LEAST_BY_ROUTE,
        "measured value": _MEASURED.search(line.source.text) is not None,
        "behind Rx": line.behind_rx,
        "under Rx": rx_seen,
        "akin to one in the formulary": naming.akin,
        "ends as generics do": not known and has_generic_stem(order.drug_text),
        "label": not known and _LABEL.fullmatch(behind) is not None,
        "predicate": _PREDICATE.match(behind) is not None,
        "words around": _words_around(order) >= _WORDS_AROUND,
        "prose": not known and words > _PROSE_WORDS,
        "long prose": words > 2 * _PROSE_WORDS,
        "short name": not known and letters == _SHORT,
        "no name": letters < (_LETTER if known else _SHORT),
        "poorly read": not known and line.source.score < _POOR_SCORE,
    }
    degrees = {"in the formulary": nearness(naming, letters), "section": _outside(order, line)}
    return sum(EVIDENCE[name] for name, told in holds.items() if told) + sum(
        EVIDENCE[name] * degree for name, degree in degrees.items()
    )


def could_be_medicine(order: Order, line: Line, *, rx_seen: bool) -> bool:
    """Whether an order would be one if its name were in the formulary; else the name need not be sought."""
    return weigh(order, _SURELY_NAMED, line, rx_seen=rx_seen) >= ENOUGH - AMONG_MEDICINES


_SURELY_NAMED = Naming("", Candidate(Entry(""), 1.0, 1.0), ())


def nearness(naming: Naming, letters: int) -> float:
    """How telling the match of a name of so many letters is, 0 to 1: short ones and vague ones are chance."""
    if naming.best is None:
        return 0.0
    near = naming.best.chance
    if near is None:
        by_chance = min(naming.by_chance, _MOST_BY_CHANCE)
        near = max(0.0, (naming.best.similarity - by_chance) / (1 - by_chance))
    return near * min(1.0, letters / _TELLING_LETTERS)


def _outside(order: Order, line: Line) -> float:
    """How surely an order stands in a section that holds none, 0 to 1."""
    section = line.section
    if section is None or section.section is Section.RX:
        return 0.0
    # A list or a form word speaks louder than a heading further up or a word in the line.
    listed = section.section in CLINICAL and not section.heading and (order.item or order.form is not None)
    return section.weight / 2 if listed else section.weight


def _behind_name(order: Order) -> str:
    """What stands behind the name, with what was taken off its end as a scrap."""
    return order.text.partition(order.drug_text)[2] if order.drug_text else ""


def _words_around(order: Order) -> int:
    """How many words of an order are neither its name nor directions."""
    told = [(order.drug_start, order.drug_end), *((each.start, each.end) for each in order.annotations)]
    rest = list(order.text)
    for start, end in told:
        rest[start - order.start : end - order.start] = " " * (end - start)
    return len(_WORD.findall("".join(rest)))


def _has_unit(strength: str) -> bool:
    return any(c.isalpha() or c == "%" for c in strength)


def _letters(name: str) -> int:
    """Letters of a name; a sign of Han counts as two."""
    return sum(1 + (c >= "\u3400") for c in name if c.isalpha())


def tells_frequency(order: Order) -> bool:
    """Whether an order says when or how often, or that once or when needed."""
    return order.times_per_day is not None or order.schedule is not None or order.once or order.as_needed
