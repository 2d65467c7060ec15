"""The command line. Models, Ray and Arrow are imported by the commands that need them, not for a help."""

import io
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

from jobs.arguments import (
    EngineOptions,
    FormularyColumns,
    FormularyFile,
    InputUnit,
    MessageFormat,
    OutFile,
    PageFormat,
    PageRegion,
    Reader,
    Results,
    Scans,
    Summariser,
    TargetLanguage,
)
from jobs.cli_batch import batch, compact
from jobs.cli_evaluate import compare, evaluate, report
from jobs.cli_finetune import finetune
from jobs.cli_simulate import simulate
from jobs.cli_submit import jobs, submit
from jobs.exits import CannotStart, Exit, Stopped
from jobs.options import Format, Target, columns, pairs
from ocr.units import BEST_ENGINE, Unit

app = typer.Typer(
    help="Reads handwritten prescriptions into rows of medicines, and condenses patients' messages. An aid, "
    "not a medical device: whatever is doubtful is marked for review.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
)
app.add_typer(batch, name="batch")
app.command()(compact)
app.add_typer(evaluate, name="evaluate")
app.command()(compare)
app.command()(report)
app.add_typer(finetune, name="finetune")
app.command()(simulate)
app.add_typer(submit, name="submit")
app.add_typer(jobs, name="jobs")


def _say_version(asked: bool) -> None:
    if asked:
        from jobs.versions import own_version

        print(f"nuskha {own_version()}")
        raise typer.Exit


@app.callback()
def _nuskha(
    version: Annotated[
        bool, typer.Option("--version", help="Say the version.", callback=_say_version, is_eager=True)
    ] = False,
) -> None: ...


@app.command("ocr")
def ocr_files(
    files: Scans,
    engine: Reader = None,
    engine_option: EngineOptions = None,
    unit: InputUnit = Unit.PAGE,
    region: PageRegion = None,
    formulary: FormularyFile = None,
    formulary_columns: FormularyColumns = None,
    form: PageFormat = Format.TABLE,
    out: OutFile = None,
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
    from jobs.answer import answer
    from jobs.preparation import find_documents, open_engine, open_formulary
    from jobs.single import read_sources, region_given, save_drawings
    from jobs.views import view_of
    from multilingual.clinical.formulary_index import FormularyIndex
    from ocr.records import to_row
    from ocr.region import InRegion

    only = region_given(region)
    documents = find_documents(files)
    reader = open_engine(engine or BEST_ENGINE[unit], pairs("--engine-option", engine_option or []))
    if only is not None:
        reader = InRegion(reader, only)
    index = FormularyIndex(open_formulary(formulary, columns(formulary_columns)))
    read = read_sources(documents.sources, reader, index, unit)
    if drawing:
        read = save_drawings(read, drawing)
    raise typer.Exit(answer((to_row(record) for _, record in read), view_of("ocr"), form, out))


@app.command("summarize")
def summarize_text(
    given: Annotated[
        str,
        typer.Argument(
            metavar="TEXT|FILE|-",
            help="A message; or a file, where there is one of that name: .jsonl, .ndjson, .csv, .tsv or "
            ".parquet with a row a message, any other with one message; or - for stdin. What is no such "
            "table is taken for JSON Lines when its first line is a JSON object.",
            show_default=False,
        ),
    ],
    is_text: Annotated[
        bool, typer.Option("--text", help="It is a message, though there be a file of that name.")
    ] = False,
    image: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="A photograph, or a picture or PDF of a document, that came with it."
        ),
    ] = None,
    target: TargetLanguage = Target.ENGLISH,
    engine: Summariser = "causal-lm",
    engine_option: EngineOptions = None,
    form: MessageFormat = Format.TABLE,
    out: OutFile = None,
) -> None:
    """Condense a patient's message, or a file of them, here and now, without starting Ray.

    Ends with 0; 1 when a message could not be condensed; 2 when nothing could start.
    """
    from jobs.answer import answer
    from jobs.summariser import open_engine
    from jobs.typed import given_messages, summaries
    from jobs.views import view_of
    from summarize.records import to_row

    messages = given_messages(given, image, is_text=is_text)
    summariser = open_engine(engine, pairs("--engine-option", engine_option or []))
    records = summaries(messages, summariser, target)
    raise typer.Exit(answer(map(to_row, records), view_of("summarize"), form, out))


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

    index = FormularyIndex(open_formulary(formulary, columns(formulary_columns)))
    undecodable: list[int] = []
    for line in parse_lines(file, index, undecodable):
        typer.echo(line)
    _warn_of_undecodable(undecodable)


@app.command()
def languages(
    given: Annotated[
        str,
        typer.Argument(
            metavar="TEXT|FILE|-",
            help="Text, or a file of it where there is one of that name, a line at a time; - is stdin.",
            show_default=False,
        ),
    ],
    is_text: Annotated[
        bool, typer.Option("--text", help="It is text, though there be a file of that name.")
    ] = False,
) -> None:
    """Tell the languages of lines of text, and of each word.

    One JSON object a line, in order: {line_number, language, code_mix_index, tokens: [{text, tag}]}; a tag is
    hi, en, zh, pt or other.
    """
    from jobs.languages import language_lines
    from jobs.options import opened

    undecodable: list[int] = []
    with opened(given, is_text=is_text) as lines:
        for line in language_lines(lines, undecodable):
            typer.echo(line)
    _warn_of_undecodable(undecodable)


@app.command()
def export(
    output: Results,
    file: Annotated[str, typer.Argument(metavar="FILE", help="What to write: a name in .csv or .parquet.")],
) -> None:
    """Write a job's results as one table: a row a medicine, or a row a message.

    In CSV a box is JSON, lists are joined by '; ', and a text that a spreadsheet would take for a formula (it
    begins with = + - @) is preceded by an apostrophe. A page without medicines has no row.
    """
    from jobs.export import export as write
    from jobs.output import Output

    _warn(f"{file}: {write(Output(output), file)}")


@app.command()
def show(output: Results) -> None:
    """Show what a job found: a table a page, or each message's summary."""
    from jobs.output import Output
    from jobs.show import show as print_tables

    print_tables(Output(output))


def _warn_of_undecodable(lines: Sequence[int]) -> None:
    if lines:
        _warn(
            f"not UTF-8, so that characters were replaced: {len(lines)} of the lines, "
            f"the first of them line {lines[0]}"
        )


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


if __name__ == "__main__":  # as a cluster runs it, where nothing is installed
    main()
