"""The kinds of text that a recogniser is trained on: each method of a `Writer` makes one, uncleaned."""

from collections.abc import Sequence

import numpy as np

from multilingual.clinical.formulary import Entry
from multilingual.clinical.product_names import read_product
from ocr.simulate.devanagari import invented_word
from ocr.simulate.lexicon import common_han, english, hindi, is_devanagari, portuguese, roman_hindi
from ocr.simulate.orders import OrderStyle, WrittenOrder, local_entries, order_style, write_order
from ocr.simulate.phrases import (
    crossed,
    filled,
    hindi_number,
    phrase,
    rare,
    recased,
    sentence,
    some,
    strength,
)
from ocr.simulate.words import pick, table

_FORMS = ("tablet", "tablet", "tablet", "capsule", "syrup", "injection", "drops", "cream", "suspension")
_LATIN = ("en", "en", "en", "en", "roman_hi")
_FIGURES = ("vitals", "dates", "numbers", "numbers", "rare", "rare")
_PRINTED = ("headings", "places", "addresses", "en", "en", "pt", "roman_hi", "product")
_BROKEN = frozenset("€Â")  # letters of names that were decoded wrongly
_STYLES = 64  # doctors at a time; at one order in ten, one makes way for another
_CHANGE = 0.1
_TRIES = 3
_LONGEST = 48  # characters of a name


class Writer:
    """Writes texts out of names of medicines and other words; its doctors change as it writes."""

    def __init__(self, names: Sequence[str], words: Sequence[str], random: np.random.Generator) -> None:
        self._random = random
        self._names = tuple(name for name in names if name.strip() and _BROKEN.isdisjoint(name))
        if not self._names:
            raise ValueError("There are no names of medicines to write.")
        self._parts = _distinct_words(self._names)
        self._styles = [order_style(random, pick(_LATIN, random)) for _ in range(_STYLES)]
        self._english = tuple(word for word in words if word.isascii()) or english()
        self._hindi = tuple(word for word in words if is_devanagari(word)) or hindi()

    def name(self) -> str:
        """A product's name, one of its words or two, or a name invented from two; at times its strength."""
        random = self._random
        name = pick(self._names, random)
        parts = name.split()
        kind = random.random()
        if kind < 0.2:
            return recased(crossed(name, pick(self._names, random), random), random)
        if kind < 0.6:
            return recased(pick(self._parts, random), random)
        if kind < 0.68:
            return f"{recased(parts[0], random)} {strength(random)}"
        if kind < 0.85:
            name = " ".join(parts[: 1 if random.random() < 0.6 else 2])
        return recased(name[:_LONGEST], random)

    def order(self) -> str:
        """A line of an order, or a part of it."""
        random = self._random
        line = pick(self._ordered(self._style()).lines, random)
        parts = line.split()
        if len(parts) < 3 or random.random() < 0.5:
            return line
        start = int(random.random() * (len(parts) - 1))
        ends = ((start, len(parts)), (0, start + 1), (start, start + 2))
        return " ".join(parts[slice(*pick(ends, random))])

    def figures(self) -> str:
        """Vitals, a date, a number with its unit, or a rare sign."""
        kind = pick(_FIGURES, self._random)
        return rare(self._random) if kind == "rare" else phrase(kind, self._random)

    def note(self) -> str:
        """A note of the margin or advice, English or Roman Hindi, or words of everyday."""
        if self._random.random() < 0.2:
            return recased(some(self._english, self._random, 3), self._random, 0.7)
        return phrase(pick(("notes", "notes", "roman_hi"), self._random), self._random)

    def portuguese(self) -> str:
        """A Portuguese order, advice or words."""
        random = self._random
        kind = random.random()
        if kind < 0.3:
            return pick(self._ordered(order_style(random, "pt")).lines, random)
        text = some(portuguese(), random, 3) if kind < 0.5 else phrase("pt", random)
        return recased(text, random, 0.75)

    def devanagari(self) -> str:
        """Hindi directions and advice, the end of an order, words, numbers, or invented words."""
        random = self._random
        kind = random.random()
        if kind < 0.25:
            return phrase("hi", random)
        if kind < 0.33:
            return " ".join(self._ordered(order_style(random, "hi")).lines[-1].split()[-5:])
        if kind < 0.4:
            return hindi_number(random)
        if kind < 0.75:
            return some(hindi() if random.random() < 0.5 else self._hindi, random, 4)
        return some([invented_word(random) for _ in range(2)], random, 2)

    def printed(self) -> str:
        """A heading, an address, a sentence of English, Portuguese or Roman Hindi words, or a product."""
        random = self._random
        kind = pick(_PRINTED, random)
        if kind in ("headings", "places", "addresses"):
            line = filled(pick(table("texts")["print"][kind], random), random)
            return line.upper() if random.random() < 0.2 else line
        if kind == "product":
            return recased(pick(self._names, random)[:_LONGEST], random)
        if random.random() < 0.3:
            return phrase("notes" if kind == "en" else kind, random)
        words = {"en": self._english, "pt": portuguese(), "roman_hi": roman_hindi()}[kind]
        return sentence(some(words, random, 7), random)

    def han(self) -> str:
        """A Chinese phrase, a line of a Chinese order, or characters by chance."""
        random = self._random
        kind = random.random()
        if kind < 0.4:
            return phrase("zh", random)
        if kind < 0.7:
            return pick(self._ordered(order_style(random, "zh")).lines, random)
        return "".join(pick(common_han(), random) for _ in range(1 + int(random.random() * 8)))

    def _style(self) -> OrderStyle:
        index = int(self._random.random() * _STYLES)
        if self._random.random() < _CHANGE:
            self._styles[index] = order_style(self._random, pick(_LATIN, self._random))
        return self._styles[index]

    def _ordered(self, style: OrderStyle) -> WrittenOrder:
        local = local_entries(style.language)
        entry = pick(local, self._random) if local else self._entry()
        return write_order(entry, style, 1 + int(self._random.random() ** 2 * 12), self._random)

    def _entry(self) -> Entry:
        """A product of the names as an entry; where no name drawn tells its form, it gets a frequent one."""
        for _ in range(_TRIES):
            written = pick(self._names, self._random)
            product = read_product(written)
            if product.forms:
                break
        forms = product.forms or (pick(_FORMS, self._random),)
        return Entry(product.name or written.split()[0], (), forms, product.strengths)


def _distinct_words(names: tuple[str, ...]) -> tuple[str, ...]:
    """The words of the names, each once, without signs at their edges; a word without letters is left out."""
    found = (word.strip(",;()[]") for name in names for word in name.split())
    words = (word for word in found if len(word) > 2 and any(map(str.isalpha, word)))
    return tuple(dict.fromkeys(words)) or names
