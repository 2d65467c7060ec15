"""Arguments and options that several commands take, as typer reads them. Imports nothing heavy."""

from typing import Annotated

import typer

from jobs.options import Format, Target
from ocr.units import Unit

Scans = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT",
        help="Pictures, PDFs, .zip archives, Parquet files with a column of bytes, folders, globs, .txt "
        "lists of these, s3:// and other addresses.",
        show_default=False,
    ),
]
Inboxes = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT",
        help="JSON Lines (.jsonl, .ndjson), .csv, .tsv and .parquet files with a column query, folders and "
        "globs of these, s3:// and other addresses.",
        show_default=False,
    ),
]
OutputFolder = Annotated[
    str,
    typer.Argument(
        metavar="OUTPUT",
        help="Folder for the results, here or on an object store: new, or of an earlier run of this job.",
        show_default=False,
    ),
]
Results = Annotated[str, typer.Argument(metavar="OUTPUT", help="The output folder of nuskha batch.")]
Reader = Annotated[
    str | None,
    typer.Option(
        "--engine",
        help="What reads the pages: nuskha (handwriting and print, Devanagari too), paddle (print), both "
        "(paddle and, for the lines that it doubts, nuskha), tesseract (print, Devanagari too), vlm (a "
        "vision-language model here), openai (one behind a server that speaks its protocol), vllm (one run "
        "by vLLM, in batch only) or fake (tests). [default: both for pages, nuskha for lines]",
        show_default=False,
    ),
]
InputUnit = Annotated[
    Unit,
    typer.Option(
        "--unit",
        help="What each picture holds: a page, or one line or word that was cut out already, as it lies.",
    ),
]
PageRegion = Annotated[
    str | None,
    typer.Option(
        "--region",
        metavar="X0,Y0,X1,Y1",
        help="Read this part of each page alone: left, top, right and bottom in pixels of the upright page.",
        show_default=False,
    ),
]
Summariser = Annotated[
    str,
    typer.Option(
        "--engine",
        help="What condenses the messages: causal-lm (a language model here), vlm (a vision-language model, "
        "which sees pictures), openai (a server that speaks its protocol), lead (the first sentences) or "
        "fake (tests).",
    ),
]
EngineOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--engine-option",
        metavar="NAME=VALUE",
        help="A setting of the engine, such as threads=2; may be repeated. An unknown one lists what is "
        "known.",
    ),
]
TargetLanguage = Annotated[
    Target,
    typer.Option("--target", help="The language of the summaries; source is that of each message."),
]
FormularyFile = Annotated[
    str | None,
    typer.Option(
        "--formulary",
        metavar="FILE",
        help="CSV or Parquet of your medicines, with a column of names; generics, forms and strengths are "
        "used where there are. [default: the small one that ships]",
    ),
]
FormularyColumns = Annotated[
    str | None,
    typer.Option(
        "--formulary-columns",
        metavar="name=X,generic=Y",
        help="Which columns hold name, generic, form and strength, where their titles do not tell.",
    ),
]
OutFile = Annotated[
    str | None, typer.Option("--out", metavar="FILE", help="Write there instead of to the terminal.")
]
PageFormat = Annotated[
    Format,
    typer.Option(
        "--format",
        help="A table; or JSON, one object a page; CSV, one row a medicine; Parquet, one row a page.",
    ),
]
MessageFormat = Annotated[
    Format,
    typer.Option("--format", help="A table; or one row a message: JSON (an object a line), CSV or Parquet."),
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Processes that do the work, each with its own engine. [default: one for every two cores]",
    ),
]
GpusPerWorker = Annotated[
    float, typer.Option(min=0, help="GPUs, or the share of one, that each worker gets.")
]
Grow = Annotated[
    float,
    typer.Option(
        min=0,
        metavar="SECONDS",
        help="On a cluster that grows with demand: wait so long for the first node, and let --workers ask "
        "for more than there is; the others join as they come. [default: the cluster is as large as it gets]",
        show_default=False,
    ),
]
TimeLimit = Annotated[
    float,
    typer.Option(
        "--time-limit",
        min=0.1,
        metavar="SECONDS",
        help="How long one page or message may take. What takes longer, or crashes its worker, is tried "
        "again by itself, and is then an error row that says so.",
    ),
]
Address = Annotated[
    str | None,
    typer.Option(help="A running Ray to join, such as auto or HOST:PORT. [default: one is started here]"),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume/--restart",
        help="Go on where an earlier run ended, or delete its results and do everything afresh.",
    ),
]
RetryErrors = Annotated[
    bool, typer.Option("--retry-errors", help="Do the rows that failed once more, and replace them.")
]
MaxFailures = Annotated[
    str, typer.Option(metavar="SHARE", help="Rows that may fail: a share such as 1%, or a count.")
]
