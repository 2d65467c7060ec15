"""`nuskha batch ...`: the jobs on Ray."""

from typing import Annotated

import typer

from jobs.arguments import (
    Address,
    EngineOptions,
    FormularyColumns,
    FormularyFile,
    GpusPerWorker,
    Inboxes,
    InputUnit,
    MaxFailures,
    OutputFolder,
    Reader,
    Resume,
    RetryErrors,
    Scans,
    Summariser,
    TargetLanguage,
    Workers,
)
from jobs.options import Target, columns, pairs
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
    address: Address = None,
    resume: Resume = True,
    retry_errors: RetryErrors = False,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Take only the first N documents of the input.")
    ] = None,
    max_failures: MaxFailures = "1%",
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
        address=address,
        restart=not resume,
        retry_errors=retry_errors,
        limit=limit,
        max_failures=max_failures,
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
    address: Address = None,
    resume: Resume = True,
    retry_errors: RetryErrors = False,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Take only the first N messages of the input.")
    ] = None,
    max_failures: MaxFailures = "1%",
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
        address=address,
        restart=not resume,
        retry_errors=retry_errors,
        limit=limit,
        max_failures=max_failures,
    )
    raise typer.Exit(run(prepare(request)))
