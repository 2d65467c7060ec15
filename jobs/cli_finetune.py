"""`nuskha finetune ...`: adapters and models, trained here."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.arguments import Address

Data = Annotated[Path, typer.Option(metavar="FOLDER", help="Where the files lie that the recipe names.")]
Workers = Annotated[int, typer.Option(min=1, help="Processes that share each step.")]
GpusPerWorker = Annotated[float, typer.Option(min=0, help="GPUs that each worker gets; 0 trains on the CPU.")]
Steps = Annotated[
    int | None,
    typer.Option(min=1, help="Stop at the first checkpoint from here on; the same command goes on."),
]

finetune = typer.Typer(no_args_is_help=True, help="Adapters and models, trained on Ray Train.")


@finetune.command("summarize")
def finetune_summarize(
    output: Annotated[
        Path,
        typer.Argument(
            metavar="OUTPUT",
            help="Folder for checkpoint, log, loss curve and adapter: new, or of a stopped run. With "
            "workers on several machines, one that all of them see.",
        ),
    ],
    data: Data,
    recipe: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Sources, mixture and settings as TOML. [default: that of the adapter that ships, "
            "summarize/train/recipe.toml]",
        ),
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="A LoRA adapter to start from, such as summarize/adapters/gemma3-270m. [default: none]",
        ),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="A transformers model. [default: the packaged Gemma-3-270M]"),
    ] = None,
    workers: Workers = 1,
    gpus_per_worker: GpusPerWorker = 0,
    address: Address = None,
    steps: Steps = None,
) -> None:
    """Train a LoRA adapter of a summary model. Started again it goes on from its checkpoint.

    Ends with 0; 1 when training stopped; 2 when nothing could start.
    """
    from jobs.finetune import SHIPPED_RECIPE, Finetune
    from jobs.finetune import finetune as run

    request = Finetune(
        output=output,
        data=data,
        recipe=recipe or SHIPPED_RECIPE,
        start=start,
        model=model,
        workers=workers,
        gpus_per_worker=gpus_per_worker,
        address=address,
        most_steps=steps,
    )
    raise typer.Exit(run(request))


@finetune.command("recogniser")
def finetune_recogniser(
    output: Annotated[
        Path,
        typer.Argument(
            metavar="OUTPUT",
            help="Folder for crops, checkpoint, log, curves and recogniser: new, or of a stopped run. With "
            "workers on several machines, one that all of them see.",
        ),
    ],
    data: Data,
    recipe: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Real words, lists of names and settings as TOML. [default: that of the recogniser that "
            "ships, ocr/train/recipe.toml]",
        ),
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A recogniser to start from, such as ocr/models/recogniser.onnx. "
            "[default: PP-OCRv6 small's]",
        ),
    ] = None,
    workers: Workers = 1,
    gpus_per_worker: GpusPerWorker = 0,
    address: Address = None,
    steps: Steps = None,
) -> None:
    """Train the recogniser of lines and words. Started again it goes on from its checkpoint.

    Simulated crops are drawn first. Ends with 0; 1 when training stopped; 2 when nothing could start.
    """
    from jobs.finetune_recogniser import SHIPPED_RECIPE, FinetuneRecogniser
    from jobs.finetune_recogniser import finetune_recogniser as run

    request = FinetuneRecogniser(
        output=output,
        data=data,
        recipe=recipe or SHIPPED_RECIPE,
        start=start,
        workers=workers,
        gpus_per_worker=gpus_per_worker,
        address=address,
        most_steps=steps,
    )
    raise typer.Exit(run(request))
