"""`nuskha evaluate ...`: results against a gold reading or references."""

from typing import Annotated

import typer

from jobs.options import pairs

evaluate = typer.Typer(no_args_is_help=True, help="Results against a gold reading, or against references.")


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
            "strength, frequency, duration, confident, uncertain_fields?}]}.",
        ),
    ],
    only: Annotated[
        str | None,
        typer.Option(metavar="IMAGE,IMAGE,...", help="Count only these pages of the gold reading."),
    ] = None,
) -> None:
    """Score medicines against a gold reading, joined on the base name of the source and the page.

    A name is right from a normalised similarity of 0.8 to the gold name or an accepted one; rows that gold
    marks as not confident neither count nor cost; medicines that are not in gold cost precision.
    """
    from jobs.evaluate import evaluate as print_figures
    from jobs.output import Output

    print_figures(Output(predictions), references, set(only.split(",")) if only else None)


@evaluate.command("summarize")
def evaluate_summarize(
    predictions: Annotated[
        str, typer.Argument(metavar="PREDICTIONS", help="The output folder of nuskha batch summarize.")
    ],
    references: Annotated[
        str,
        typer.Argument(
            metavar="REFERENCES", help="JSON Lines with the columns query_id and that of the summary wanted."
        ),
    ],
    column: Annotated[
        str, typer.Option(metavar="NAME", help="The column of the references with the summary wanted.")
    ] = "summary",
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help="Count only references with this in that column; may be repeated."
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="OUTPUT", help="Another output folder, to compare with by paired bootstrap."),
    ] = None,
) -> None:
    """Score summaries against references, joined on query_id: figures with 95% intervals, by language."""
    from jobs.evaluate_summaries import evaluate_summaries
    from jobs.output import Output

    evaluate_summaries(
        Output(predictions),
        references,
        column,
        pairs("--only", only) if only else None,
        Output(against) if against else None,
    )
