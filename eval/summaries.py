"""Summaries of a job against references, joined on `query_id`.

A reference whose query has no row, an error or an empty summary scores 0 in every ROUGE measure, is not in
the target language and does not keep its condition. Where references name a `condition`, it counts as named
in the query, kept in the summary or introduced by it when its text occurs there, case and accents apart.
Languages are never averaged: figures are made for one target language at a time.
"""

import json
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.rouge import MEASURES, rouge
from eval.statistics import Figure, clustered_figure, mean_figure, paired_difference, share
from eval.tokens import tokens_for
from multilingual.language import profile


@dataclass(frozen=True, slots=True)
class Reference:
    """A query with the summary wanted (`text`, None where none was written) and what is known of it."""

    query_id: str
    query: str
    text: str | None
    language: str | None
    condition: str | None


@dataclass(frozen=True, slots=True)
class Score:
    """One item; `kept` and `introduced` are None where the condition was (not) named in the query."""

    query_id: str
    target: str
    failed: bool
    f1: Mapping[str, float] | None
    in_target: bool
    flags: frozenset[str]
    length: int
    kept: bool | None
    introduced: bool | None


def load_references(path: str | Path, column: str, only: Mapping[str, str] | None = None) -> list[Reference]:
    """Read references from JSON lines with `query_id`, `query` and `column`; `only` keeps rows by value.

    A value is compared as JSON writes it, without its quotes: `{"title_in_ask": "false"}`. Raises OSError, or
    ValueError that names the line and what is wrong with it; it never repeats a text.
    """
    references: dict[str, Reference] = {}
    with Path(path).open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            row = _row(line, number) if line.strip() else None
            if row is None or any(_written(row.get(name)) != value for name, value in (only or {}).items()):
                continue
            if row["query_id"] in references:
                raise ValueError(f"line {number}: query_id {row['query_id']} occurs twice")
            references[row["query_id"]] = Reference(
                row["query_id"], row["query"], row.get(column), row.get("language"), row.get("condition")
            )
    return list(references.values())


def _row(line: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"line {number} is no JSON: {error.msg}") from None
    missing = [name for name in ("query_id", "query") if not isinstance(row, dict) or name not in row]
    if missing:
        raise ValueError(f"line {number} has no {missing[0]}")
    return dict(row)


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def score_summaries(references: Sequence[Reference], rows: Iterable[Mapping[str, Any]]) -> list[Score]:
    """Score a job's rows (see `summarize.records`), in the order of the references.

    Of several rows with one query_id the first counts. A query without a row is scored in the target language
    that most queries of its own language were summarised in. Raises ValueError when no query has a row.
    """
    by_id: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        if row["target_language"]:  # a row without one was not even read: it is as good as missing
            by_id.setdefault(row["query_id"], row)
    targets: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
    for reference in references:
        if found := by_id.get(reference.query_id):
            targets[reference.language][found["target_language"]] += 1
            targets[None][found["target_language"]] += 1
    if not targets:
        raise ValueError("no query_id of the references is among the rows")
    return [
        _score(reference, by_id.get(reference.query_id), targets[reference.language] or targets[None])
        for reference in references
    ]


def _score(reference: Reference, row: Mapping[str, Any] | None, targets: Counter[str]) -> Score:
    target = row["target_language"] if row else targets.most_common(1)[0][0]
    summary = "" if row is None or row["status"] == "error" else row["summary"] or ""
    tokens = tokens_for(target).tokenize(summary)
    named = _holds(reference.query, reference.condition)
    told = _holds(summary, reference.condition)
    return Score(
        query_id=reference.query_id,
        target=target,
        failed=not tokens,
        f1=None if reference.text is None else _f1(summary, reference.text, target),
        in_target=bool(tokens) and target in (profile(summary).language or "").split("+"),
        flags=frozenset(flag.partition(":")[0] for flag in (row["flags"] if row else None) or ()),
        length=len(tokens),
        kept=told if named else None,
        introduced=told if named is False else None,
    )


def _f1(summary: str, reference: str, language: str) -> dict[str, float]:
    return {name: score.f1 for name, score in rouge(summary, reference, language).items()}


def _holds(text: str, condition: str | None) -> bool | None:
    return None if not condition else _plain(condition) in _plain(text)


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def by_target(scores: Iterable[Score]) -> dict[str, list[Score]]:
    """The scores of each target language, languages in alphabetical order."""
    groups: defaultdict[str, list[Score]] = defaultdict(list)
    for score in scores:
        groups[score.target].append(score)
    return dict(sorted(groups.items()))


def figures(scores: Sequence[Score]) -> dict[str, Figure]:
    """Figures of one target language: mean F1 of each measure, and shares of the items named."""
    return dict(_figures(scores))


def _figures(scores: Sequence[Score]) -> Iterator[tuple[str, Figure]]:
    scored = [score.f1 for score in scores if score.f1 is not None]
    for measure in MEASURES if scored else ():
        yield f"{measure} F1", mean_figure([f1[measure] for f1 in scored])
    yield "failed", _share([score.failed for score in scores])
    yield "in target language", _share([score.in_target for score in scores])
    kept = [score.kept for score in scores if score.kept is not None]
    introduced = [score.introduced for score in scores if score.introduced is not None]
    if kept or introduced:
        yield "condition kept", _share(kept)
        yield "condition introduced", _share(introduced)
    yield "length in tokens", mean_figure([score.length for score in scores if not score.failed])
    yield "flagged", _share([bool(score.flags) for score in scores])
    counts = Counter(flag for score in scores for flag in score.flags)
    for flag, _ in counts.most_common():
        yield f"flag {flag}", _share([flag in score.flags for score in scores])


def _share(held: Sequence[bool]) -> Figure:
    return clustered_figure([(float(value), 1.0) for value in held], share, len(held))


def differences(first: Sequence[Score], second: Sequence[Score]) -> dict[str, Figure]:
    """Mean F1 of the first system minus the second's, by paired bootstrap over the same items.

    Both are scores of the same references in the same order; ValueError when they are not.
    """
    if [score.query_id for score in first] != [score.query_id for score in second]:
        raise ValueError("the two systems were scored on different queries")
    pairs = [(one.f1, other.f1) for one, other in zip(first, second, strict=True) if one.f1 and other.f1]
    return {
        f"{measure} F1": paired_difference([a[measure] for a, _ in pairs], [b[measure] for _, b in pairs])
        for measure in MEASURES
    }
