"""`nuskha simulate ...`: prescriptions drawn on Ray."""

from typing import Annotated

import typer

from jobs.arguments import Address, FormularyColumns, FormularyFile, OutputFolder, Resume
from jobs.options import columns


def simulate(
    pages: Annotated[int, typer.Argument(min=1, metavar="N", help="How many pages.", show_default=False)],
    output: OutputFolder,
    seed: Annotated[int, typer.Option(min=0, help="Another seed draws other pages.")] = 0,
    formulary: FormularyFile = None,
    formulary_columns: FormularyColumns = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that draw at once. [default: one a core]")
    ] = None,
    address: Address = None,
    resume: Resume = True,
) -> None:
    """Draw N prescriptions that nobody wrote, on Ray, into Parquet that nuskha batch ocr reads.

    Beside them _gold.json says what stands on them, for nuskha evaluate ocr. The same seed and formulary draw
    the same pages, with any number of workers; started again it goes on where it ended.
    """
    from jobs.simulate import Simulate
    from jobs.simulate import simulate as run

    request = Simulate(
        pages=pages,
        output=output,
        seed=seed,
        formulary=formulary,
        formulary_columns=columns(formulary_columns),
        workers=workers,
        address=address,
        restart=not resume,
    )
    raise typer.Exit(run(request))
