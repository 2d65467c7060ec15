"""`nuskha evaluate summaries PREDICTIONS REFERENCES`: a job's summaries against references."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from eval.bertscore.encoder import open_encoder
from eval.bertscore.scorer import BertScorer
from eval.leakage.search import count_leaks, find_leaks
from eval.records import SummaryItem
from eval.summaries.baselines import baselines
from eval.summaries.drug_frequency import by_drug_frequency, drugs_of
from eval.summaries.findings import with_findings_bertscore
from eval.summaries.pairs import Pair, pair_up
from eval.summaries.references import Reference, load_references
from eval.summaries.scoring import score_pair, with_bertscore
from jobs.evaluation import Evaluation, conclude
from jobs.exits import CannotStart
from jobs.in_parallel import in_parallel
from jobs.output import Output
from jobs.preparation import refusing
from jobs.provenance import prompt_hashes, provenance
from multilingual.unavailable import EngineUnavailable

_COLUMNS = (
    "query_id", "status", "error", "error_stage", "summary", "target_language", "language", "scripts",
    "code_mix_index", "context", "flags", "prompt_hash", "image_findings",
)  # fmt: skip
_PARALLEL_FROM = 5_000  # summaries; for fewer, starting Ray takes longer than it saves
_CHUNK = 500
_NO_ENCODER = "none"

_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class SummariesEvaluation:
    """An evaluation as asked for on the command line; the fields are its options."""

    predictions: str
    references: str
    out: Path | None = None
    reference: str = "summary"
    only: Mapping[str, str] | None = None
    bertscore: str = "packaged"
    trained_on: tuple[Path, ...] = ()
    address: str | None = None


def evaluate_summaries(request: SummariesEvaluation) -> None:
    """Score the summaries, and those of the trivial baselines; see `jobs.evaluation.conclude`.

    Raises CannotStart when the folder holds no results, the references can't be read or hold nothing to
    measure by, no query is in both, or the encoder can't be had.
    """
    output = Output(request.predictions)
    references = _references(request.references, request.reference, request.only)
    training = [
        reference for file in request.trained_on for reference in _references(str(file), request.reference)
    ]
    rows = _rows(output, references, request.references)
    pairs = pair_up(references, rows, training=training)
    pairs = by_drug_frequency(pairs, _chunked(_drugs, pairs, request.address))
    items = list(_chunked(_scores, pairs, request.address))
    rivals = {
        name: list(_chunked(_scores, made, request.address))
        for name, made in baselines(pairs, training).items()
    }
    encoder, notes = None, list[str]()
    if request.bertscore != _NO_ENCODER and any(reference.text for reference in references):
        with refusing(EngineUnavailable, ValueError):
            scorer = BertScorer(open_encoder(request.bertscore))
        encoder = str(scorer.encoder)
        print(f"BERTScore: {encoder}", file=sys.stderr)
        items = _with_bertscore(items, scorer)
        rivals = {name: _with_bertscore(members, scorer) for name, members in rivals.items()}
        if scorer.cut:
            notes.append(f"BERTScore: {scorer.cut} texts were longer than the encoder reads, and cut")
    conclude(
        Evaluation(
            kind="summaries",
            items=items,
            baselines=rivals,
            provenance={
                **provenance(
                    output,
                    request.references,
                    _options(request),
                    _options(SummariesEvaluation(predictions="", references="")),
                ),
                "prompt_hashes": prompt_hashes(rows),
                "bertscore": encoder,
            },
            leakage=_leakage(references, request.trained_on, request.reference),
            notes=notes,
        ),
        request.out,
    )


def _options(request: SummariesEvaluation) -> dict[str, Any]:
    kept = ("reference", "only", "bertscore", "trained_on")
    options = {name: value for name, value in asdict(request).items() if name in kept}
    return options | {"trained_on": [str(file) for file in request.trained_on]}


def _references(address: str, column: str, only: Mapping[str, str] | None = None) -> list[Reference]:
    try:
        references = load_references(address, column, only)
    except OSError as error:
        raise CannotStart(f"{address} cannot be read: {error.strerror or type(error).__name__}") from None
    except ValueError as error:  # not UTF-8 is one too
        raise CannotStart(f"{address} is no file of references: {error}") from None
    if not references:
        where = " where " + ", ".join(f"{name}={value}" for name, value in only.items()) if only else ""
        raise CannotStart(f"{address} has no row{where}")
    written = sum(reference.text is not None for reference in references)
    if not written and all(reference.condition is None for reference in references):
        raise CannotStart(f"{address} has neither a column {column} nor a column condition to measure by")
    if 0 < written < len(references):
        print(f"{len(references) - written} rows of {address} have no {column}: unscored", file=sys.stderr)
    return references


def _rows(predictions: Output, wanted: Sequence[Reference], references: str) -> list[dict[str, Any]]:
    """The rows of the queries wanted; how many are missing, or there twice, is said."""
    if predictions.job() != "summarize":
        raise CannotStart(f"{predictions.address} is of nuskha batch {predictions.job()}, not summarize")
    known = {reference.query_id for reference in wanted}
    rows = [row for row in _all_rows(predictions) if row["query_id"] in known]
    found = {row["query_id"] for row in rows if row["target_language"]}
    if not found:
        raise CannotStart(f"no query_id of {references} has a summary in {predictions.address}")
    if missing := known - found:
        print(
            f"{len(missing)} of {len(known)} queries have no summary in {predictions.address} and score 0: "
            f"{min(missing)} ...",
            file=sys.stderr,
        )
    if len(rows) > len({row["query_id"] for row in rows}):
        print(f"{predictions.address} has several rows of one query_id: the first counts", file=sys.stderr)
    return rows


def _all_rows(predictions: Output) -> Iterator[dict[str, Any]]:
    for name in predictions.parts():
        for batch in predictions.batches(name, _COLUMNS):
            yield from batch.to_pylist()


def _chunked(
    work: Callable[[Sequence[Pair]], list[_Made]], pairs: Sequence[Pair], address: str | None
) -> Iterator[_Made]:
    """What `work` makes of the pairs, one thing of each; of many on Ray, chunk by chunk."""
    if len(pairs) < _PARALLEL_FROM and address is None:
        return iter(work(pairs))
    chunks = (pairs[start : start + _CHUNK] for start in range(0, len(pairs), _CHUNK))
    return chain.from_iterable(in_parallel(work, chunks, address))


def _scores(pairs: Sequence[Pair]) -> list[SummaryItem]:
    return [score_pair(pair) for pair in pairs]


def _drugs(pairs: Sequence[Pair]) -> list[frozenset[str]]:
    return [drugs_of(pair.reference.query) for pair in pairs]


def _with_bertscore(items: Sequence[SummaryItem], scorer: BertScorer) -> list[SummaryItem]:
    # What lacks a prediction or a reference is scored here too, and judged by `with_bertscore`.
    scores = scorer.score([item.prediction or "" for item in items], [item.reference or "" for item in items])
    items = with_bertscore(items, scores, partial(_rescaled, scorer))
    if all(item.findings is None for item in items):
        return items
    seen = scorer.score([item.findings or "" for item in items], [item.visual or "" for item in items])
    return with_findings_bertscore(items, [score.f1 for score in seen])


def _rescaled(scorer: BertScorer, score: Any, target: str) -> Any:
    try:
        return scorer.rescaled(score, target)
    except ValueError:  # no baseline ships for another encoder, or language
        return None


def _leakage(
    references: Sequence[Reference], files: Sequence[Path], column: str
) -> dict[str, dict[str, int]]:
    """How many of the messages occur in each training file, exactly and nearly."""
    found = {}
    for file in files:
        found[str(file)] = count_leaks(
            find_leaks(
                {reference.query_id: reference.query for reference in references},
                {reference.query_id: reference.query for reference in _references(str(file), column)},
            )
        )
    return found
