"""`nuskha submit ...` and `nuskha jobs ...`: jobs on a cluster that runs elsewhere."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from jobs.cli_batch import batch_ocr, batch_summarize
from jobs.cli_evaluate import evaluate_entities, evaluate_ocr, evaluate_summaries
from jobs.cli_finetune import (
    finetune_recogniser,
    finetune_summarize,
    finetune_vlm_ocr,
    finetune_vlm_summarize,
)
from jobs.cli_simulate import simulate
from jobs.exits import CannotStart
from jobs.masking import masked

PLACES = frozenset({"INPUT", "OUTPUT", "PREDICTIONS", "REFERENCES", "DIR", "FOLDER", "FILE"})
"""What the commands call the values that name a file or a folder."""
_NO_PLACES = frozenset({"facts"})  # of evaluate entities, in the place of a file

_Url = Annotated[
    str,
    typer.Option(
        metavar="URL",
        envvar=["RAY_API_SERVER_ADDRESS", "RAY_ADDRESS"],
        show_envvar=True,
        help="The dashboard of the cluster, such as http://HOST:8265.",
    ),
]
_NoWait = Annotated[
    bool, typer.Option("--no-wait", help="Print the id of the job, and leave it to the cluster.")
]
_Pip = Annotated[
    bool,
    typer.Option(
        "--pip",
        help="Have the cluster install the pinned dependencies from its package index. [default: they are "
        "in its image]",
    ),
]
_Patience = Annotated[
    float, typer.Option(min=0, metavar="SECONDS", help="How long to wait for a head that is starting.")
]
_Job = Annotated[str, typer.Argument(metavar="JOB", help="Its id, as nuskha jobs list tells it.")]

submit = typer.Typer(
    no_args_is_help=True,
    help="Jobs on a cluster, with the arguments of the local commands. The code travels with them, and the "
    "token that RAY_AUTH_TOKEN holds. Files are those that the cluster's machines see: a path that is not "
    "from the root is refused, unless the cluster is on this machine.",
)
jobs = typer.Typer(no_args_is_help=True, help="The jobs of a cluster, of nuskha submit and others.")


def _submission(
    address: _Url, no_wait: _NoWait = False, pip: _Pip = False, patience: _Patience = 60.0
) -> None: ...


def _on_cluster(local: Callable[..., None], *path: str) -> Callable[..., None]:
    """The command that submits the local one: its arguments, and those of `_submission`."""
    arguments = {
        name: parameter
        for name, parameter in inspect.signature(local).parameters.items()
        if name != "address"
    }

    def command(
        context: typer.Context, address: str, no_wait: bool, pip: bool, patience: float, **given: Any
    ) -> None:
        from jobs.submit import connect, is_here

        asked = {name: value for name, value in given.items() if value != arguments[name].default}
        words = [*path, *_words(context, asked, address, is_here(address))]
        head = connect(address, patience)
        job = head.submit(words, pip=pip)
        if no_wait:
            print(job)
            return
        typer.echo(f"submitted {job}", err=True)
        raise typer.Exit(head.follow(job))

    own = inspect.signature(_submission).parameters
    every = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in (
            inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
            *arguments.values(),
            *own.values(),
        )
    ]
    # typer reads all three:
    command.__doc__ = local.__doc__
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in every}
    command.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]
    return command


def _words(context: typer.Context, asked: Mapping[str, Any], url: str, here: bool) -> list[str]:
    """The arguments that were asked for, as words of a command line with every path from the root."""
    options: list[str] = []
    positional: list[str] = []
    for parameter in context.command.params:
        if parameter.name not in asked:
            continue
        value = asked[parameter.name]
        if isinstance(value, bool):
            options.append((parameter.opts if value else parameter.secondary_opts)[0])
            continue
        for each in value if isinstance(value, list) else [value]:
            text = _place(str(each), parameter.metavar, url, here)
            if parameter.param_type_name == "argument":
                positional.append(text)
            else:
                options.append(f"{parameter.opts[0]}={text}")
    return [*options, "--", *positional]


def _place(text: str, metavar: str | None, url: str, here: bool) -> str:
    if masked(text) != text:
        raise CannotStart(
            f"{metavar} {masked(text)} holds a credential, which all who see the dashboard of the cluster "
            "could read; set it in the environment of the cluster's machines"
        )
    if metavar not in PLACES or text in _NO_PLACES or "://" in text or Path(text).is_absolute():
        return text
    if not here:
        raise CannotStart(
            f"{metavar} {text} is a path of this machine, and the job runs on those of {url}; give a path "
            "from the root that they see, or an address such as s3://bucket/folder"
        )
    return str(Path(text).absolute())


submit.command("ocr")(_on_cluster(batch_ocr, "batch", "ocr"))
submit.command("summarize")(_on_cluster(batch_summarize, "batch", "summarize"))
submit.command("simulate")(_on_cluster(simulate, "simulate"))
_evaluate = typer.Typer(no_args_is_help=True, help="Figures against a gold reading or references.")
_evaluate.command("ocr")(_on_cluster(evaluate_ocr, "evaluate", "ocr"))
_evaluate.command("summaries")(_on_cluster(evaluate_summaries, "evaluate", "summaries"))
_evaluate.command("entities")(_on_cluster(evaluate_entities, "evaluate", "entities"))
submit.add_typer(_evaluate, name="evaluate")
_finetune = typer.Typer(no_args_is_help=True, help="Adapters and models, trained on Ray Train.")
_finetune.command("summarize")(_on_cluster(finetune_summarize, "finetune", "summarize"))
_finetune.command("recogniser")(_on_cluster(finetune_recogniser, "finetune", "recogniser"))
_vlm = typer.Typer(no_args_is_help=True, help="Vision-language models, trained on Ray Train.")
_vlm.command("ocr")(_on_cluster(finetune_vlm_ocr, "finetune", "vlm", "ocr"))
_vlm.command("summarize")(_on_cluster(finetune_vlm_summarize, "finetune", "vlm", "summarize"))
_finetune.add_typer(_vlm, name="vlm")
submit.add_typer(_finetune, name="finetune")


@jobs.command("list")
def list_jobs(address: _Url) -> None:
    """The jobs of the cluster, the latest last: id, state, start (UTC), seconds, command."""
    from jobs.submit import connect

    for line in _lines(connect(address).jobs()):
        print(line)


@jobs.command("logs")
def job_logs(
    job: _Job,
    address: _Url,
    follow: Annotated[
        bool, typer.Option("--follow", help="Until the job is over; end with its exit status.")
    ] = False,
) -> None:
    """What a job said."""
    from jobs.submit import connect

    head = connect(address)
    if follow:
        head.job(job)
        raise typer.Exit(head.follow(job))
    print(head.logs(job), end="")


@jobs.command("stop")
def stop_job(job: _Job, address: _Url) -> None:
    """Stop a job; what it had done is written, and the same command goes on from there."""
    from jobs.submit import connect

    print(f"{job}: {connect(address).stop(job).lower()}")


def _lines(found: Any) -> Iterator[str]:
    for job in found:
        end = job.end_time or datetime.now(UTC).timestamp() * 1000
        start = job.start_time or end
        began = datetime.fromtimestamp(start / 1000, UTC).isoformat(" ", "seconds").removesuffix("+00:00")
        yield (
            f"{job.submission_id:<24} {job.status.lower():<10} {began} {(end - start) / 1000:>7.0f} s  "
            f"{job.entrypoint}"
        )
