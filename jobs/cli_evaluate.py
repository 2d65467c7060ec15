"""`nuskha evaluate ...`, `nuskha compare` and `nuskha report`: figures of what the jobs made."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.arguments import Address
from jobs.options import pairs

evaluate = typer.Typer(no_args_is_help=True, help="Figures against a gold reading or references.")

_Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="Write items.parquet, results.json, report.html and report.md there. They hold texts and, of "
        "pages, cut-outs of the pictures. [default: figures to the terminal alone]",
    ),
]


@evaluate.command("ocr")
def evaluate_ocr(
    predictions: Annotated[
        str, typer.Argument(metavar="PREDICTIONS", help="The output folder of nuskha batch ocr.")
    ],
    references: Annotated[
        str,
        typer.Argument(
            metavar="REFERENCES",
            help="Gold reading: a JSON array of pages {image, page?, legibility, medicines: [{drug, accept?, "
            "form, strength, frequency, duration, line, confident, uncertain_fields?}]}.",
        ),
    ],
    out: _Out = None,
    only: Annotated[
        str | None,
        typer.Option(metavar="IMAGE,IMAGE,...", help="Count only these pages of the gold reading."),
    ] = None,
    seen: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Names that the recogniser was trained on, one a line: seen and unseen names are then "
            "scored apart.",
        ),
    ] = None,
) -> None:
    """Score medicines against a gold reading, joined on the base name of the source and the page.

    A name is right from a normalised similarity of 0.8 to the gold name or an accepted one; rows that gold
    marks as not confident neither count nor cost; medicines that are not in gold cost precision.
    """
    from jobs.evaluate_ocr import OcrEvaluation
    from jobs.evaluate_ocr import evaluate_ocr as run

    run(
        OcrEvaluation(
            predictions=predictions,
            references=references,
            out=out,
            only=set(only.split(",")) if only else None,
            seen=seen,
        )
    )


@evaluate.command("summaries")
def evaluate_summaries(
    predictions: Annotated[
        str, typer.Argument(metavar="PREDICTIONS", help="The output folder of nuskha batch summarize.")
    ],
    references: Annotated[
        str,
        typer.Argument(
            metavar="REFERENCES",
            help="JSON Lines with query_id, query and the column of the summary wanted.",
        ),
    ],
    out: _Out = None,
    reference: Annotated[
        str,
        typer.Option(metavar="COLUMN", help="The column of the references with the summary wanted."),
    ] = "summary",
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help="Count only references with this in that column; may be repeated."
        ),
    ] = None,
    bertscore: Annotated[
        str,
        typer.Option(
            metavar="ENCODER",
            help="What encodes texts for BERTScore: packaged (multilingual-e5-small), a folder, a name on "
            "the model hub, or none.",
        ),
    ] = "packaged",
    trained_on: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="JSON Lines that the system was trained on: queries that occur there, exactly or nearly, "
            "are counted; may be repeated.",
        ),
    ] = None,
    address: Address = None,
) -> None:
    """Score summaries against references, joined on query_id: figures with 95% intervals, by target language.

    The first sentences of the message, a constant sentence and, where images have classes, the class's
    commonest summary stand beside them. Thousands of summaries are scored on Ray.
    """
    from jobs.evaluate_summaries import SummariesEvaluation
    from jobs.evaluate_summaries import evaluate_summaries as run

    run(
        SummariesEvaluation(
            predictions=predictions,
            references=references,
            out=out,
            reference=reference,
            only=pairs("--only", only) if only else None,
            bertscore=bertscore,
            trained_on=tuple(trained_on or ()),
            address=address,
        )
    )


@evaluate.command("entities")
def evaluate_entities(
    predictions: Annotated[
        str,
        typer.Argument(
            metavar="PREDICTIONS",
            help="A file of the same form as the references; or facts, for nuskha's own clinical facts.",
        ),
    ],
    references: Annotated[
        str,
        typer.Argument(
            metavar="REFERENCES",
            help="IOB (a token and its tag a line, a blank line between sentences), or JSON Lines of "
            "{id, text, entities: [{start, end, type}]}.",
        ),
    ],
    out: _Out = None,
    trained_on: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A training file of the same form: a dictionary of its entities stands beside the figures.",
        ),
    ] = None,
) -> None:
    """Score clinical entities: exact and partial F1, types brought to OMOP domains."""
    from jobs.evaluate_entities import evaluate_entities as run

    run(predictions, references, out, trained_on)


def compare(
    first: Annotated[Path, typer.Argument(metavar="DIR_A", help="A folder of nuskha evaluate ... --out.")],
    second: Annotated[Path, typer.Argument(metavar="DIR_B", help="Another, of the same references.")],
    slices: Annotated[
        bool,
        typer.Option("--slices", help="Print all of every slice, not only what differs in it with p < 0.05."),
    ] = False,
) -> None:
    """Compare two evaluations on the items of both: paired bootstrap and a permutation test."""
    from jobs.compare import compare as run

    run(first, second, every_slice=slices)


def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of nuskha evaluate ... --out.")],
    gate: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Thresholds (YAML): a list of {metric, slice, at_least or at_most, of: value, low or high}.",
        ),
    ] = None,
) -> None:
    """Write report.html and report.md of an evaluation anew; with a gate, end with 1 where it is broken."""
    from jobs.report import report as run

    raise typer.Exit(run(folder, gate))
