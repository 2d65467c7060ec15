"""The tables of words that simulated texts are made of, in data/*.toml and data/*.txt."""

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

Item = TypeVar("Item")
Words = dict[str, str]

_DATA = Path(__file__).parent / "data"


@cache
def table(name: str) -> dict[str, Any]:
    """A table of data/, parsed once."""
    return tomllib.loads((_DATA / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def lines(name: str) -> tuple[str, ...]:
    """The words of a list of data/, without its comments."""
    text = (_DATA / f"{name}.txt").read_text(encoding="utf-8")
    return tuple(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


@cache
def alphabet() -> tuple[str, ...]:
    """Every character that a label may hold, the space last; 〓 stands for any Chinese character."""
    return tuple((_DATA / "alphabet.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n"))


def pick(items: Sequence[Item], random: np.random.Generator) -> Item:
    """One of `items`, each as likely; IndexError of none. Faster than `Generator.choice`."""
    return items[int(random.random() * len(items))]
