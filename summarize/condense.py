"""Queries through an engine to records: prepare, summarise, clean, check against the sources.

The one composition that the command line and the job share. A row that fails costs only itself.
"""

from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

from multilingual.language import Profile
from ocr.records import Status
from summarize.answers import Judged, answers, most_faithful
from summarize.attachments import Attachments
from summarize.engines.base import Engine
from summarize.languages import TARGETS, language_of
from summarize.preparation import Prepared, Unprepared, prepare
from summarize.queries import Query
from summarize.records import SummaryRecord


def condense(
    queries: Sequence[Query], engine: Engine, target: str, attachments: Attachments
) -> list[SummaryRecord]:
    """One record a query, in order; nothing that a row holds raises.

    The good rows go to the engine as one batch, or one by one if that fails. `elapsed_ms` is a row's share
    of the time. Raises ValueError for a `target` that is none of `TARGETS`.
    """
    if target not in TARGETS:
        raise ValueError(f"there is no target language {target!r}; known: {', '.join(TARGETS)}")
    started = perf_counter()
    ready = [_prepared(query, engine, target, attachments) for query in queries]
    good = [one for one in ready if isinstance(one, Prepared)]
    judged = iter(most_faithful(answers(good, engine), good, engine))
    records = [_record(one, next(judged), engine) if isinstance(one, Prepared) else one for one in ready]
    share = (perf_counter() - started) * 1000 / max(1, len(queries))
    return [r if r.status is Status.ERROR else replace(r, elapsed_ms=share) for r in records]


def _prepared(
    query: Query, engine: Engine, target: str, attachments: Attachments
) -> Prepared | SummaryRecord:
    """The query ready for the engine, or its row if it cannot be."""
    if query.error is not None:
        return _error("read", query.error, _row(query, engine))
    try:
        return prepare(query, engine, target, attachments)
    except Unprepared as failure:
        return _error("prompt", str(failure), _row(query, engine))
    except Exception as failure:  # a text that defeats what reads it is a row, not a dead job
        return _error("prompt", type(failure).__name__, _row(query, engine))


def _record(prepared: Prepared, best: Judged, engine: Engine) -> SummaryRecord:
    row = _row(prepared.query, engine) | _told(prepared)
    if best.answer.error is not None:
        return _error("engine", best.answer.error, row)
    if best.failure is not None:
        return _error("check", best.failure, row)
    flags = tuple(dict.fromkeys((*prepared.flags, *best.flags)))
    return SummaryRecord(
        **row,
        status=Status.REVIEW if flags else Status.OK,
        image_used=prepared.image_used,
        image_findings=best.findings or None,
        summary=best.summary or None,
        input_tokens=best.answer.input_tokens,
        output_tokens=best.answer.output_tokens,
        flags=flags,
    )


def _error(stage: str, reason: str, row: dict[str, Any]) -> SummaryRecord:
    return SummaryRecord(**row, status=Status.ERROR, error_stage=stage, error=reason)


def _row(query: Query, engine: Engine) -> dict[str, Any]:
    """What is known of a row before it is prepared."""
    return {
        "row_id": query.row_id,
        "query_id": query.query_id,
        "source": query.source,
        "row": query.row,
        "query": query.query or None,
        "image": query.image,
        "engine": engine.name,
        "engine_version": engine.version,
    }


def _told(prepared: Prepared) -> dict[str, Any]:
    """What is known of a row that was prepared."""
    seen: Profile = prepared.profile
    return {
        "language": language_of(seen, prepared.query.language),
        "scripts": seen.scripts,
        "code_mix_index": seen.code_mix_index,
        "context": prepared.context,
        "target_language": prepared.request.target_language,
        "prompt_hash": prepared.prompt.digest if prepared.prompt else None,
    }
