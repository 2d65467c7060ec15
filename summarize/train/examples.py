"""Training examples from a recipe: each a prompt, the summary wanted, and where it came from.

An example whose summary tells a number or a sex that its message does not tell would teach a model to invent;
the rules named in a source's `keep` leave such examples out.
"""

import json
import random
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from multilingual.normalise import nfc
from summarize.prompts import load_prompt
from summarize.train.noted import with_notes
from summarize.train.own_words import own_words
from summarize.train.rules import KEEP

SETTINGS = (
    "prompt",
    "rank",
    "alpha",
    "learning_rate",
    "warmup",
    "batch",
    "steps",
    "pass_tokens",
    "longest",
    "held_out",
    "noted",
    "start_share",
    "seed",
)
"""What a recipe's [settings] must hold; recipe.toml says what each means."""


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt and its summary; `times` is how often a training run sees it (a fraction: its chance)."""

    prompt: str
    summary: str
    file: str
    times: float


@dataclass(frozen=True, slots=True)
class Recipe:
    """A data mixture and its settings, with the SHA-256 of the file it was read from."""

    settings: Mapping[str, Any]
    sources: tuple[Mapping[str, Any], ...]
    digest: str


def read_recipe(path: Path) -> Recipe:
    """Read a recipe (see recipe.toml). Raises OSError, or ValueError with what is wrong in it."""
    text = path.read_bytes()
    try:
        content = tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: {error}") from None
    sources = content.get("sources", [])
    wrong = (
        [f"[settings] lacks {name}" for name in SETTINGS if name not in content.get("settings", {})]
        + ["there are no [[sources]]"] * (not sources)
        + [
            f"a source lacks {name}"
            for name in ("file", "target", "times")
            if any(name not in s for s in sources)
        ]
        + [
            f"there is no rule {rule}; known: {', '.join(KEEP)}"
            for s in sources
            for rule in s.get("keep", ())
            if rule not in KEEP
        ]
    )
    if wrong:
        raise ValueError(f"{path}: {'; '.join(wrong)}")
    return Recipe(content["settings"], tuple(sources), sha256(text).hexdigest())


def load_examples(recipe: Recipe, data: Path) -> list[Example]:
    """All examples of a recipe's sources, in their order. Raises OSError where a file is missing."""
    chance = random.Random(recipe.settings["seed"])
    return [
        example for source in recipe.sources for example in _of_source(source, recipe.settings, data, chance)
    ]


def _of_source(
    source: Mapping[str, Any], settings: Mapping[str, Any], data: Path, chance: random.Random
) -> Iterator[Example]:
    prompt = load_prompt(settings["prompt"], source["target"])
    rules = [KEEP[name] for name in source.get("keep", ())]
    for row in _rows(data / source["file"]):
        query = nfc(row[source.get("query", "query")]).strip()
        summary = own_words(query, row.get("condition")) if "make" in source else nfc(row[source["summary"]])
        summary = _tidy(summary)
        if not summary or not all(rule(row, query, summary) for rule in rules):
            continue
        notes = None
        if chance.random() < settings["noted"] and source["target"] == "en":
            notes, summary = with_notes(summary, chance)
        yield Example(prompt.render(query, notes), summary, source["file"], source["times"])


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield dict(json.loads(line))
            except (ValueError, TypeError):
                raise ValueError(f"{file}, line {number}: not a JSON object") from None


_HEADING = re.compile(r"^(?:(?:question|query|patient)\s+)?(?:summary|question|query)\s*:\s*", re.IGNORECASE)


def _tidy(summary: str) -> str:
    """One line, without a heading such as "Question Summary:"; Chinese questions end in one kind of mark."""
    line = _HEADING.sub("", " ".join(summary.split()))
    line = re.sub(r"(?<=[\u4e00-\u9fff])\?", "？", line)
    return line[:1].upper() + line[1:]
