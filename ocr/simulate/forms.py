"""The forms of clinics: how their paper is laid out and what is printed on it, from data/forms.toml."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from ocr.simulate.doctors import Colour, Doctor, simulated_doctor
from ocr.simulate.phrases import filled
from ocr.simulate.words import pick, table


@dataclass(frozen=True, slots=True)
class Form:
    """A clinic's form, the same on all its pages; `words` is its language's part of data/forms.toml."""

    name: str
    heading: str
    margin: float
    rules: str
    underlined: bool
    frame: bool
    paper: Colour
    ink: Colour
    title: tuple[str, ...]
    details: tuple[str, ...]
    footer: str
    printers: tuple[Doctor, Doctor]
    words: Mapping[str, Any]

    @property
    def is_printed(self) -> bool:
        """Whether anything is printed on it but lines."""
        return bool(self.heading)


@cache
def _words(language: str) -> dict[str, Any]:
    """The words of a language's forms; what it lacks is of the language that it inherits from."""
    words: dict[str, Any] = table("forms")[language]
    return (_words(words["inherits"]) if "inherits" in words else {}) | words


def simulated_form(language: str, random: np.random.Generator) -> Form:
    """A clinic's form in a language."""
    words, papers = _words(language), table("forms")["papers"]
    layouts = [layout for layout in table("forms")["layout"] if language in layout["languages"]]
    shares = np.array([layout["share"] for layout in layouts], float)
    layout = layouts[int(random.choice(len(layouts), p=shares / shares.sum()))]
    printers = (simulated_doctor(int(random.integers(10_000)), "print") for _ in range(2))
    return Form(
        name=layout["name"],
        heading=pick(layout["heading"], random) if layout["heading"] else "",
        margin=pick(layout["margin"], random),
        rules=pick(layout["rules"], random),
        underlined=pick(layout["underlined"], random),
        frame=pick(layout["frame"], random),
        paper=tuple(pick(papers["colours"], random)),
        ink=tuple(pick(papers["inks"], random)),
        title=(filled(pick(words["places"], random), random), filled(pick(words["doctors"], random), random)),
        details=tuple(
            filled(words[kind][number], random)
            for kind in ("details", "addresses")
            for number in random.permutation(len(words[kind]))[:2]
        ),
        footer=filled(pick(words["footers"], random), random),
        printers=(next(printers), next(printers)),
        words=words,
    )
