"""Errors planted into summaries by rule, to measure what share of them the faithfulness check finds.

    python -m eval.summaries.planted FILE --column core --n 200

FILE is JSON lines with `query` and the column of summaries, which are taken to be faithful. The rules and
words (data/planted.toml) are apart from those of the check. An error is planted only where the query does not
tell the same thing anyway; it counts as found when the altered summary has a flag that the summary had not.
"""

import argparse
import json
import random
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from eval.statistics import Estimate, clustered_figure, share
from summarize.faithful import check

_TABLE: Final[dict[str, Any]] = tomllib.loads(
    files("eval.summaries").joinpath("planted.toml").read_text("utf-8")
)
_FIGURES = {kind: re.compile(pattern) for kind, pattern in _TABLE["figures"].items()}
_ADDED_FIGURES = {"age": range(3, 95), "duration": range(5, 60), "number": range(35, 42)}


@dataclass(frozen=True, slots=True)
class Planted:
    """A summary, the same with one error in it, and the query of both."""

    kind: str
    query: str
    summary: str
    altered: str


@dataclass(frozen=True, slots=True)
class _Pair:
    query: str
    summary: str
    language: str

    @property
    def told(self) -> str:
        return f"{self.query}\n{self.summary}".casefold()

    def tells(self, figure: int) -> bool:
        return re.search(rf"(?<!\d){figure}(?!\d)", self.told) is not None

    def add(self, kind: str, thing: str) -> str:
        """The summary with `thing` in it, by the sentence of its kind."""
        body = self.summary.rstrip().rstrip("?.!？。！")
        sentence: str = _TABLE["added"][kind][self.language]
        return sentence.format(body=body, x=thing, end=self.summary.rstrip()[len(body) :])

    def replace(self, match: re.Match[str], replacement: str, group: int = 0) -> str:
        return self.summary[: match.start(group)] + replacement + self.summary[match.end(group) :]


_Alteration = Callable[[_Pair, random.Random], str | None]
"""The summary with an error in it; None where the rule finds nothing to alter."""


def _other_figure(kind: str) -> _Alteration:
    def alter(pair: _Pair, chance: random.Random) -> str | None:
        for match in _FIGURES[kind].finditer(pair.summary):
            group = match.lastindex or 0
            figure = int(match[group])
            other = figure * 10 if kind == "dose" else chance.choice(_untold(pair, range(2, 60)))
            if figure and not pair.tells(other):
                return pair.replace(match, str(other), group)
        return None

    return alter


def _added_figure(kind: str) -> _Alteration:
    def alter(pair: _Pair, chance: random.Random) -> str | None:
        if _FIGURES[kind].search(pair.summary):
            return None
        return pair.add(kind, str(chance.choice(_untold(pair, _ADDED_FIGURES[kind]))))

    return alter


def _untold(pair: _Pair, figures: Sequence[int]) -> list[int]:
    return [figure for figure in figures if not pair.tells(figure)]


def _untold_words(pair: _Pair, kind: str) -> list[str]:
    return [row[pair.language] for row in _TABLE[kind] if not re.search(row["told"], pair.told)]


def _added_word(kind: str) -> _Alteration:
    def alter(pair: _Pair, chance: random.Random) -> str | None:
        words = _untold_words(pair, kind)
        if kind == "sex" and len(words) < len(_TABLE["sex"]):  # one is told already
            return None
        return pair.add(kind, chance.choice(words)) if words else None

    return alter


def _other_drug(pair: _Pair, chance: random.Random) -> str | None:
    named = [match for word in _TABLE["drugs"][pair.language] if (match := _word(pair, word))]
    others = _untold_words(pair, "drug")
    return pair.replace(named[0], chance.choice(others)) if named and others else None


def _swapped(kind: str) -> _Alteration:
    def alter(pair: _Pair, chance: random.Random) -> str | None:
        for words in _TABLE["swap"][kind][pair.language]:
            for word, other, told in zip(words, reversed(words), _TABLE["swap"][kind]["told"], strict=True):
                match = _word(pair, word)
                if match and not re.search(told, pair.query.casefold()):
                    return pair.replace(match, other)
        return None

    return alter


def _word(pair: _Pair, word: str) -> re.Match[str] | None:
    edge = "" if pair.language == "zh" else r"\b"
    return re.search(f"{edge}{word}{edge}", pair.summary, re.IGNORECASE)


def _turned_round(pair: _Pair, chance: random.Random) -> str | None:
    for pattern, replacement in _TABLE["negation"][pair.language]:
        match = re.search(pattern, pair.summary, re.IGNORECASE)
        if match:
            return pair.replace(match, match.expand(replacement))
    return None


ALTERATIONS: Final[dict[str, _Alteration]] = {
    "tenfold dose": _other_figure("dose"),
    "other drug": _other_drug,
    "flipped side": _swapped("side"),
    "flipped negation": _turned_round,
    "swapped sex": _swapped("sex"),
    "changed age": _other_figure("age"),
    "changed duration": _other_figure("duration"),
    "other number": _other_figure("number"),
    "added sex": _added_word("sex"),
    "added age": _added_figure("age"),
    "added duration": _added_figure("duration"),
    "added temperature": _added_figure("number"),
    "added symptom": _added_word("symptom"),
    "added drug": _added_word("drug"),
}
"""The kinds of errors, the rarer ones first."""


def plant(rows: Iterable[tuple[str, str]], n: int, language: str, seed: int = 0) -> list[Planted]:
    """Plant `n` errors in (query, summary) rows, one a summary, the kinds as evenly as the rows allow.

    Fewer than `n` where there are fewer rows that a rule can alter. The same seed plants the same errors.
    """
    chance = random.Random(seed)  # noqa: S311  # a reproducible draw, no secret
    pairs = [_Pair(query, summary, language) for query, summary in rows]
    chance.shuffle(pairs)
    planted: list[Planted] = []
    counts = Counter(dict.fromkeys(ALTERATIONS, 0))
    for pair in pairs:
        if len(planted) == n:
            break
        for kind in sorted(counts, key=lambda kind: counts[kind]):
            altered = ALTERATIONS[kind](pair, chance)
            if altered is not None and altered != pair.summary:
                counts[kind] += 1
                planted.append(Planted(kind, pair.query, pair.summary, altered))
                break
    return planted


def found(error: Planted, language: str) -> bool:
    """Whether the check flags the altered summary for something it did not flag the summary for."""
    return bool(_new_flags(error, check(error.summary, [error.query], language), language))


def figures(planted: Sequence[Planted], language: str) -> dict[str, Estimate]:
    """Share of the planted errors found by kind and in all, and of the unaltered summaries flagged."""
    before = [check(error.summary, [error.query], language) for error in planted]
    hits = [bool(_new_flags(error, flags, language)) for error, flags in zip(planted, before, strict=True)]
    by_kind = {
        kind: _share([hit for error, hit in zip(planted, hits, strict=True) if error.kind == kind])
        for kind in ALTERATIONS
    }
    return by_kind | {"all": _share(hits), "unaltered flagged": _share([bool(flags) for flags in before])}


def _new_flags(error: Planted, before: Sequence[str], language: str) -> set[str]:
    return set(check(error.altered, [error.query], language)) - set(before)


def _share(held: Sequence[bool]) -> Estimate:
    return clustered_figure([(float(value), 1.0) for value in held], share, len(held))


def _main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m eval.summaries.planted", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("file", type=Path, help="JSON lines with `query` and the column of summaries")
    parser.add_argument("--column", default="summary")
    parser.add_argument("--language", default="en", choices=["en", "zh", "pt"], help="of the summaries")
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    rows = [json.loads(line) for line in chosen.file.read_text("utf-8").splitlines() if line.strip()]
    pairs = [(row["query"], row[chosen.column]) for row in rows]
    planted = plant(pairs, chosen.n, chosen.language, chosen.seed)
    for name, figure in figures(planted, chosen.language).items():
        print(f"{name:18} {figure}")


if __name__ == "__main__":
    _main()
