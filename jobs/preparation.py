"""Everything a job checks before Ray starts: engine, formulary, inputs and output folder."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from jobs.exits import CannotStart
from jobs.output import Output
from multilingual.clinical.formulary import Formulary, load_formulary
from ocr.engines import OPTIONS, make_engine, read_options
from ocr.engines.base import Engine, EngineUnavailable
from ocr.sources import NoInput, Source, find_sources

PACE = "threads"  # the one engine option that changes how fast a page is read, and not what is read


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A batch job as asked for on the command line; the fields are its options."""

    inputs: Sequence[str]
    output: str
    engine: str
    engine_options: Mapping[str, str] = field(default_factory=dict)
    formulary: str | None = None
    formulary_columns: Mapping[str, str] | None = None
    workers: int | None = None
    gpus_per_worker: float = 0.0
    address: str | None = None
    restart: bool = False
    retry_errors: bool = False
    limit: int | None = None
    max_failures: str = "1%"


@dataclass(frozen=True, slots=True)
class Reading:
    """What decides how a page is read; all rows of one output folder share it."""

    engine: str
    engine_version: str
    engine_options: Mapping[str, Any]
    formulary: str

    def changes_since(self, earlier: Mapping[str, Any]) -> list[str]:
        """What differs from an earlier run's, as 'name: old -> new'."""
        return [
            f"{name.replace('_', ' ')}: {_shown(earlier.get(name))} -> {_shown(value)}"
            for name, value in asdict(self).items()
            if earlier.get(name) != value
        ]


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of an input, in order, and how many hidden and system files were passed over."""

    sources: Sequence[Source]
    hidden: int


@dataclass(frozen=True, slots=True)
class Job:
    """A request whose every part was found in order.

    `sources` are the documents of the input, in order; `hidden` counts the hidden and system files passed
    over.
    """

    request: Request
    reading: Reading
    formulary: Formulary
    sources: Sequence[Source]
    hidden: int
    output: Output


def prepare(request: Request) -> Job:
    """Check everything that can be checked without Ray. Raises CannotStart; writes nothing."""
    engine = open_engine(request.engine, request.engine_options)
    if request.gpus_per_worker and not engine.uses_gpu:
        raise CannotStart(f"engine {engine.name} cannot use a GPU; leave out --gpus-per-worker")
    formulary = open_formulary(request.formulary, request.formulary_columns)
    options = read_options(request.engine, request.engine_options).model_dump(
        mode="json", exclude={"kind", PACE}
    )
    reading = Reading(engine.name, engine.version, options, formulary.digest)
    output = Output(request.output)
    _check_output(request, output, reading)
    documents = find_documents(request.inputs, request.output)
    return Job(request, reading, formulary, documents.sources[: request.limit], documents.hidden, output)


def open_engine(name: str, options: Mapping[str, str]) -> Engine:
    """The engine; raises CannotStart where it is unknown or can't start."""
    try:
        return make_engine(name, options)
    except (ValueError, EngineUnavailable) as error:
        raise CannotStart(str(error)) from None


def open_formulary(path: str | None, columns: Mapping[str, str] | None) -> Formulary:
    """The formulary, a user's with the generics of the one that ships; raises CannotStart if unreadable."""
    if columns and not path:
        raise CannotStart("--formulary-columns says how to read a --formulary, and none is named")
    try:
        shipped = load_formulary()
        return load_formulary(path, columns).with_generics_of(shipped) if path else shipped
    except (ValueError, OSError) as error:
        raise CannotStart(f"formulary: {error}") from None


def _absolute(address: str) -> str:
    return address if "://" in address else str(Path(address).absolute())


def find_documents(inputs: Sequence[str], output: str | None = None) -> Documents:
    """The documents of the input that do not lie in `output`. Raises CannotStart where there are none."""
    inside = _absolute(output).rstrip("/") + "/" if output else None
    try:
        listing = find_sources(inputs)
        sources = [
            source for source in listing if inside is None or not _absolute(source.address).startswith(inside)
        ]
    except NoInput as error:
        raise CannotStart(str(error)) from None
    if not sources:
        raise CannotStart(
            f"INPUT {' '.join(inputs)} holds nothing but OUTPUT {output}; name a folder of documents"
        )
    return Documents(sources, listing.hidden)


def with_pace(engine: str, options: Mapping[str, str], threads: int) -> dict[str, str]:
    """The engine's options with a number of threads, where it has such an option and none was asked for."""
    takes_threads = PACE in OPTIONS[engine].model_fields
    return {PACE: str(threads), **options} if takes_threads else dict(options)


def _check_output(request: Request, output: Output, reading: Reading) -> None:
    foreign = output.foreign()
    if foreign:
        shown = ", ".join(foreign[:3]) + (f" and {len(foreign) - 3} more" if len(foreign) > 3 else "")
        raise CannotStart(
            f"OUTPUT {request.output} holds files that no run wrote: {shown}; choose another folder"
        )
    if request.restart:
        return
    earlier = output.run() if output.parts() else None  # a run that wrote no row binds nobody
    changes = reading.changes_since(earlier["reading"]) if earlier else []
    if changes:
        raise CannotStart(
            f"OUTPUT {request.output} was read otherwise ({'; '.join(changes)}); "
            "give the same options to resume it, --restart to read everything afresh, or another folder"
        )


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ",".join(f"{name}={setting}" for name, setting in value.items()) or "none"
    text = str(value)
    return text if len(text) <= 40 else f"{text[:12]}..."
