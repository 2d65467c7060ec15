"""`nuskha batch ...`: the jobs on Ray."""

from typing import Annotated

import typer

from jobs.arguments import (
    Address,
    EngineOptions,
    FormularyColumns,
    FormularyFile,
    GpusPerWorker,
    Grow,
    Inboxes,
    InputUnit,
    MaxFailures,
    OutputFolder,
    Reader,
    Results,
    Resume,
    RetryErrors,
    Scans,
    Summariser,
    TargetLanguage,
    TimeLimit,
    Workers,
)
from jobs.options import MESSAGE_LIMIT_S, PAGE_LIMIT_S, Target, columns, pairs
from ocr.units import BEST_ENGINE, Unit

batch = typer.Typer(no_args_is_help=True, help="Jobs over many documents or messages, on Ray.")


@batch.command("ocr")
def batch_ocr(
    inputs: Scans,
    output: OutputFolder,
    engine: Reader = None,
    engine_option: EngineOptions = None,
    unit: InputUnit = Unit.PAGE,
    formulary: FormularyFile = None,
    formulary_columns: FormularyColumns = None,
    workers: Workers = None,
    gpus_per_worker: GpusPerWorker = 0,
    grow: Grow = 0,
    address: Address = None,
    resume: Resume = True,
    retry_errors: RetryErrors = False,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Take only the first N documents of the input.")
    ] = None,
    max_failures: MaxFailures = "1%",
    time_limit: TimeLimit = PAGE_LIMIT_S,
) -> None:
    """Read many prescriptions on Ray into Parquet, one row a page.

    Started again it goes on where it ended; nothing is read twice. Ends with 0; 1 when more pages failed than
    --max-failures allows; 2 when nothing could start.
    """
    from jobs.batch import run
    from jobs.ocr_job import OcrRequest, prepare

    request = OcrRequest(
        inputs=inputs,
        output=output,
        engine=engine or BEST_ENGINE[unit],
        engine_options=pairs("--engine-option", engine_option or []),
        formulary=formulary,
        formulary_columns=columns(formulary_columns),
        unit=unit,
        workers=workers,
        gpus_per_worker=gpus_per_worker,
        grow_s=grow,
        address=address,
        restart=not resume,
        retry_errors=retry_errors,
        limit=limit,
        max_failures=max_failures,
        limit_s=time_limit,
    )
    raise typer.Exit(run(prepare(request)))


@batch.command("summarize")
def batch_summarize(
    inputs: Inboxes,
    output: OutputFolder,
    target: TargetLanguage = Target.ENGLISH,
    engine: Summariser = "causal-lm",
    engine_option: EngineOptions = None,
    workers: Workers = None,
    gpus_per_worker: GpusPerWorker = 0,
    grow: Grow = 0,
    address: Address = None,
    resume: Resume = True,
    retry_errors: RetryErrors = False,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Take only the first N messages of the input.")
    ] = None,
    max_failures: MaxFailures = "1%",
    time_limit: TimeLimit = MESSAGE_LIMIT_S,
) -> None:
    """Condense many patients' messages on Ray into Parquet, one row a message.

    Of a row are read query, query_id, language, image, context and the patient's columns: age, sex, vitals,
    diagnoses, medications, triage, history. Images lie relative to the file that names them.
    Started again it goes on where it ended; no message is condensed twice. Ends with 0; 1 when more messages
    failed than --max-failures allows; 2 when nothing could start.
    """
    from jobs.batch import run
    from jobs.summarize_job import SummarizeRequest, prepare

    request = SummarizeRequest(
        inputs=inputs,
        output=output,
        target=target,
        engine=engine,
        engine_options=pairs("--engine-option", engine_option or []),
        workers=workers,
        gpus_per_worker=gpus_per_worker,
        grow_s=grow,
        address=address,
        restart=not resume,
        retry_errors=retry_errors,
        limit=limit,
        max_failures=max_failures,
        limit_s=time_limit,
    )
    raise typer.Exit(run(prepare(request)))


def compact(output: Results) -> None:
    """Merge the small result files of a finished job into large ones.

    The rows stay as they are, and the job can be run again as before. Ends with 0; 1 when it stopped
    half-way, and the same command goes on; 2 when nothing could start, as while the job is running.
    """
    from jobs.compact import compact as merge
    from jobs.output import Output

    print(f"{output}: {merge(Output(output))}")
