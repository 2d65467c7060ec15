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


vlm = typer.Typer(
    no_args_is_help=True, help="Vision-language models: a LoRA adapter, or a small model whole."
)
finetune.add_typer(vlm, name="vlm")

VlmOutput = Annotated[
    str,
    typer.Argument(
        metavar="OUTPUT",
        help="Folder or address (s3://bucket/run) for lines, checkpoint, log, loss curve, what is made and "
        "its validation: new, or of a stopped run. With workers on several machines, an address, or a folder "
        "that all of them see.",
    ),
]
VlmData = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Where the files lie that the recipe names; the recipe test needs none.",
    ),
]
VlmStart = Annotated[
    Path | None,
    typer.Option("--adapter", metavar="FOLDER", help="A LoRA adapter to start from. [default: none]"),
]


@vlm.command("ocr")
def finetune_vlm_ocr(
    output: VlmOutput,
    data: VlmData = None,
    recipe: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Sources and settings as TOML. [default: that of the preset, else "
            "ocr/train/vision_language/recipes/records.toml]",
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="test, full, or the settings of a published run, which replace the recipe's: mirage-llava, "
            "mirage-idefics2. [default: test, if no recipe is named]",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="A folder, a name on the model hub, nuskha-small (the small one that ships), new (one like "
            "it, untrained) or gemma3-270m (the packaged Gemma with our recogniser's eyes). [default: that "
            "of the preset, else new]",
        ),
    ] = None,
    adapter: VlmStart = None,
    workers: Workers = 1,
    gpus_per_worker: GpusPerWorker = 0,
    address: Address = None,
    steps: Steps = None,
) -> None:
    """Train a model that reads lines or pages into JSON. Started again it goes on from its checkpoint.

    Simulated lines are drawn first. Ends with 0; 1 when training stopped; 2 when nothing could start.
    """
    from jobs.finetune_vlm import FinetuneVlm, finetune_vlm

    request = FinetuneVlm(
        task="ocr",
        output=output,
        data=data,
        recipe=recipe,
        preset=preset,
        model=model,
        start=adapter,
        workers=workers,
        gpus_per_worker=gpus_per_worker,
        address=address,
        most_steps=steps,
    )
    raise typer.Exit(finetune_vlm(request))


@vlm.command("summarize")
def finetune_vlm_summarize(
    output: VlmOutput,
    data: Data,
    recipe: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Pairs and settings as TOML. [default: summarize/train/recipe_pairs.toml, which names "
            "pairs.jsonl]",
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The settings of a published run, which replace the recipe's: medsumm-zephyr, "
            "medsumm-llama2. [default: none]",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="A folder or a name on the model hub of a model that sees. [default: that of the preset]",
        ),
    ] = None,
    adapter: VlmStart = None,
    workers: Workers = 1,
    gpus_per_worker: GpusPerWorker = 0,
    address: Address = None,
    steps: Steps = None,
) -> None:
    """Train an adapter of a model that condenses messages with pictures. Started again it goes on.

    Ends with 0; 1 when training stopped; 2 when nothing could start.
    """
    from jobs.finetune_vlm import FinetuneVlm, finetune_vlm

    request = FinetuneVlm(
        task="summarize",
        output=output,
        data=data,
        recipe=recipe,
        preset=preset,
        model=model,
        start=adapter,
        workers=workers,
        gpus_per_worker=gpus_per_worker,
        address=address,
        most_steps=steps,
    )
    raise typer.Exit(finetune_vlm(request))
