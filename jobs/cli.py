"""The command line. Models, Ray and Arrow are imported by the commands that need them, not for a help."""

import io
import sys
import traceback
from typing import Annotated

import typer

from jobs.exits import CannotStart, Exit, Stopped
from jobs.options import Format, pairs

app = typer.Typer(
    help="Reads handwritten prescriptions into rows of medicines. An aid, not a medical device: whatever is "
    "doubtful is marked for review.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
)
batch = typer.Typer(no_args_is_help=True, help="Jobs over many documents, on Ray.")
app.add_typer(batch, name="batch")
evaluate = typer.Typer(no_args_is_help=True, help="Results against a gold reading.")
app.add_typer(evaluate, name="evaluate")

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT",
        help="Pictures, PDFs, .zip archives, Parquet files with a column of bytes, folders, globs, .txt "
        "lists of these, s3:// and other addresses.",
        show_default=False,
    ),
]
EngineName = Annotated[
    str,
    typer.Option(
        "--engine", help="What reads the pages: paddle, tesseract (Devanagari too) or fake (tests)."
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


def _say_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"nuskha {version('nuskha')}")
        raise typer.Exit


@app.callback()
def _nuskha(
    version: Annotated[
        bool, typer.Option("--version", help="Say the version.", callback=_say_version, is_eager=True)
    ] = False,
) -> None: ...


@app.command("ocr")
def ocr_files(
    files: Inputs,
    engine: EngineName = "paddle",
    engine_option: EngineOptions = None,
    formulary: FormularyFile = None,
    formulary_columns: FormularyColumns = None,
    form: Annotated[
        Format,
        typer.Option(
            "--format",
            help="A table; or JSON, one object a page; CSV, one row a medicine; Parquet, one row a page.",
        ),
    ] = Format.TABLE,
    out: Annotated[
        str | None, typer.Option("--out", metavar="FILE", help="Write there instead of to the terminal.")
    ] = None,
    drawing: Annotated[
        str | None,
        typer.Option(
            "--draw",
            metavar="OUT.png",
            help="Draw boxes and readings on the page; further pages get OUT-2.png, OUT-3.png, ...",
        ),
    ] = None,
) -> None:
    """Read prescriptions here and now, without starting Ray.

    Ends with 0; 1 when a page could not be read; 2 when nothing could start.
    """
    from jobs.preparation import find_documents, open_engine, open_formulary
    from jobs.single import answer, read_sources, save_drawings
    from multilingual.clinical.formulary_index import FormularyIndex

    documents = find_documents(files)
    reader = open_engine(engine, pairs("--engine-option", engine_option or []))
    index = FormularyIndex(open_formulary(formulary, _columns(formulary_columns)))
    read = read_sources(documents.sources, reader, index)
    if drawing:
        read = save_drawings(read, drawing)
    raise typer.Exit(answer((record for _, record in read), form, out))


@batch.command("ocr")
def batch_ocr(
    inputs: Inputs,
    output: Annotated[
        str,
        typer.Argument(
            metavar="OUTPUT",
            help="Folder for the results, here or on an object store: new, or of an earlier run of this job.",
            show_default=False,
        ),
    ],
    engine: EngineName = "paddle",
    engine_option: EngineOptions = None,
    formulary: FormularyFile = None,
    formulary_columns: FormularyColumns = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, help="Processes that read, each with its own engine. [default: one for every two cores]"
        ),
    ] = None,
    gpus_per_worker: Annotated[
        float, typer.Option(min=0, help="GPUs, or the share of one, that each worker gets.")
    ] = 0,
    address: Annotated[
        str | None,
        typer.Option(help="A running Ray to join, such as auto or HOST:PORT. [default: one is started here]"),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume/--restart",
            help="Go on where an earlier run ended, or delete its results and read everything afresh.",
        ),
    ] = True,
    retry_errors: Annotated[
        bool,
        typer.Option("--retry-errors", help="Read the pages that failed once more, and replace their rows."),
    ] = False,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Take only the first N documents of the input.")
    ] = None,
    max_failures: Annotated[
        str, typer.Option(metavar="SHARE", help="Pages that may fail: a share such as 1%, or a count.")
    ] = "1%",
) -> None:
    """Read many prescriptions on Ray into Parquet, one row a page.

    Started again it goes on where it ended; nothing is read twice. Ends with 0; 1 when more pages failed than
    --max-failures allows; 2 when nothing could start.
    """
    from jobs.preparation import Request

    request = Request(
        inputs=inputs,
        output=output,
        engine=engine,
        engine_options=pairs("--engine-option", engine_option or []),
        formulary=formulary,
        formulary_columns=_columns(formulary_columns),
        workers=workers,
        gpus_per_worker=gpus_per_worker,
        address=address,
        restart=not resume,
        retry_errors=retry_errors,
        limit=limit,
        max_failures=max_failures,
    )
    from jobs.batch import run

    raise typer.Exit(run(request))


@app.command()
def parse(
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(metavar="FILE|-", help="Text, UTF-8, a line at a time; - is stdin."),
    ],
    formulary: FormularyFile = None,
    formulary_columns: FormularyColumns = None,
) -> None:
    """Find the medicines in lines of text.

    One JSON object a line, in order: {line_number, text, medications}.
    """
    from jobs.parse import parse_lines
    from jobs.preparation import open_formulary
    from multilingual.clinical.formulary_index import FormularyIndex

    index = FormularyIndex(open_formulary(formulary, _columns(formulary_columns)))
    undecodable: list[int] = []
    for line in parse_lines(file, index, undecodable):
        typer.echo(line)
    if undecodable:
        _warn(
            f"not UTF-8, so that characters were replaced: {len(undecodable)} of the lines, "
            f"the first of them line {undecodable[0]}"
        )


@app.command()
def export(
    output: Annotated[str, typer.Argument(metavar="OUTPUT", help="The output folder of nuskha batch ocr.")],
    file: Annotated[str, typer.Argument(metavar="FILE", help="What to write: a name in .csv or .parquet.")],
) -> None:
    """Write a job's results as one table, a row a medicine.

    In CSV a box is JSON, lists are joined by '; ', and a text that a spreadsheet would take for a formula (it
    begins with = + - @) is preceded by an apostrophe. A page without medicines has no row.
    """
    from jobs.export import export as write
    from jobs.output import Output

    done = write(Output(output), file)
    _warn(
        f"{file}: {done.rows} medicines of {done.pages} pages, {done.pages_without} of them without medicines"
    )


@app.command()
def show(
    output: Annotated[str, typer.Argument(metavar="OUTPUT", help="The output folder of nuskha batch ocr.")],
) -> None:
    """Show what a job found, a table a page."""
    from jobs.output import Output
    from jobs.show import show as print_tables

    print_tables(Output(output))


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


def _columns(text: str | None) -> dict[str, str] | None:
    return pairs("--formulary-columns", text.split(",")) if text else None


def _warn(message: str) -> None:
    print(message, file=sys.stderr)


def main() -> None:
    """Run the command line; what goes wrong ends in one line on stderr.

    An unforeseen error shows where it happened, but neither its message nor any values, which may hold
    patients' text; of the system's errors it shows what the system calls them, such as a full disk.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # every script comes out, whatever the locale
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        app()
    except CannotStart as error:
        _warn(f"nuskha: {error}")
        sys.exit(Exit.NOT_STARTED)
    except Stopped as error:
        _warn(f"nuskha: {error}")
        sys.exit(Exit.FAILURES)
    except Exception as error:
        for line in traceback.format_tb(error.__traceback__):
            _warn(line.rstrip())
        reason = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
        _warn(f"nuskha: unforeseen {type(error).__name__}{reason}, at the place shown last")
        sys.exit(Exit.FAILURES)
