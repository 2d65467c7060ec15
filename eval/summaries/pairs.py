"""A job's rows beside their references, each with its target language and the slices it belongs to."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from eval.summaries.references import Reference
from eval.tokens import tokens_for
from multilingual.language import profile

NO_ROW: Final = "the output has no row for this query"
NO_WORD: Final = "the summary holds no word"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A reference and what was made of its message; `summary` is None where that failed, `failure` says why.

    `flags` are the row's, None where they are still to be found. `findings` are what the engine says it sees
    on the picture, "" where it says nothing; None where they are not scored.
    """

    reference: Reference
    target: str
    summary: str | None
    failure: str | None = None
    context: str | None = None
    flags: tuple[str, ...] | None = None
    findings: str | None = None
    slices: Mapping[str, str] = field(default_factory=dict)

    @property
    def sources(self) -> list[str]:
        """All that the summary may tell: the message, what was told besides, and what is on the picture.

        What an engine says of a picture is not what is on it: the reference tells that.
        """
        seen = self.reference.visual if self.findings is not None else None
        return [text for text in (self.reference.query, self.context, seen) if text is not None]


def pair_up(
    references: Sequence[Reference],
    rows: Iterable[Mapping[str, Any]],
    *,
    training: Iterable[Reference] = (),
) -> list[Pair]:
    """Join rows (see `summarize.records`) to references on `query_id`, in the order of the references.

    Of several rows with one query_id the first counts. A query without a row has the target language that
    most queries of its own language were summarised in. Where any row has findings of its picture, those of
    each are scored whose reference tells what is on it. Raises ValueError when no query has a row.

    The slices: `target`, the `language` and `script` of the message, `code_mix` (none, and the terciles low,
    mid and high of those that mix languages at all, over all references given), `image_class` where there is
    one, and `image`, seen or unseen among the images of `training`, where training names any.
    """
    by_id: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        if row["target_language"]:  # a row without one was not even read: it is as good as missing
            by_id.setdefault(row["query_id"], row)
    found = [by_id.get(reference.query_id) for reference in references]
    targets = _targets(references, found)
    written = [_written(reference, row) for reference, row in zip(references, found, strict=True)]
    edges = terciles([each.code_mix_index for each in written])
    images = {reference.image for reference in training} - {None}
    sees = any(row.get("image_findings") for row in by_id.values())
    return [
        _pair(reference, row, target, _slices(reference, target, each, edges, images), sees)
        for reference, row, target, each in zip(references, found, targets, written, strict=True)
    ]


def terciles(values: Iterable[float]) -> tuple[float, float]:
    """The values that part the positive ones of `values` into three groups as large as one another."""
    positive = [value for value in values if value > 0]
    low, high = np.quantile(positive, [1 / 3, 2 / 3]) if positive else (0.0, 0.0)
    return float(low), float(high)


@dataclass(frozen=True, slots=True)
class _Written:
    """What a message is written in."""

    language: str | None
    scripts: tuple[str, ...]
    code_mix_index: float


def _written(reference: Reference, row: Mapping[str, Any] | None) -> _Written:
    if row is not None and row.get("code_mix_index") is not None:
        language, scripts, index = row.get("language"), row.get("scripts") or (), float(row["code_mix_index"])
    else:
        seen = profile(reference.query)
        language, scripts, index = seen.language, seen.scripts, seen.code_mix_index
    return _Written(reference.language or language, tuple(scripts), index)


def _targets(references: Sequence[Reference], rows: Sequence[Mapping[str, Any] | None]) -> list[str]:
    counts: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
    for reference, row in zip(references, rows, strict=True):
        if row is not None:
            counts[reference.language][row["target_language"]] += 1
    whole = sum(counts.values(), Counter[str]())
    if not whole:
        raise ValueError("no query_id of the references is among the rows")
    return [
        row["target_language"] if row else _commonest(counts[reference.language] or whole)
        for reference, row in zip(references, rows, strict=True)
    ]


def _commonest(counts: Counter[str]) -> str:
    return min(counts, key=lambda name: (-counts[name], name))


def _slices(
    reference: Reference,
    target: str,
    written: _Written,
    edges: tuple[float, float],
    trained_on: set[str | None],
) -> dict[str, str]:
    slices = {
        "target": target,
        "language": written.language,
        "script": "+".join(sorted(written.scripts)),
        "code_mix": _mixture(written.code_mix_index, edges),
        "image_class": reference.image_class,
    }
    if trained_on and reference.image is not None:
        slices["image"] = "seen" if reference.image in trained_on else "unseen"
    return {name: value for name, value in slices.items() if value}


def _mixture(code_mix_index: float, edges: tuple[float, float]) -> str:
    if code_mix_index <= 0:
        return "none"
    return ("low", "mid", "high")[sum(code_mix_index > edge for edge in edges)]


def _pair(
    reference: Reference, row: Mapping[str, Any] | None, target: str, slices: Mapping[str, str], sees: bool
) -> Pair:
    findings = (row.get("image_findings") or "" if row else "") if sees and reference.visual else None
    pair = Pair(
        reference=reference, target=target, summary=None, failure=NO_ROW, findings=findings, slices=slices
    )
    if row is None:
        return pair
    pair = replace(pair, context=row.get("context"))
    flags = None if row.get("flags") is None else tuple(row["flags"])
    if row["status"] == "error":
        reason = ": ".join(filter(None, (row.get("error_stage"), row.get("error"))))
        return replace(pair, failure=reason or "error", flags=flags)
    return with_summary(pair, row["summary"] or "", flags)


def with_summary(pair: Pair, summary: str, flags: tuple[str, ...] | None = None) -> Pair:
    """The pair with this summary instead of its own; without a word, it has failed."""
    if tokens_for(pair.target).tokenize(summary):
        return replace(pair, summary=summary, failure=None, flags=flags)
    return replace(pair, summary=None, failure=NO_WORD, flags=flags)
