"""What a command checks before anything starts: engine, formulary, inputs and output folder.

Whatever is not in order is a CannotStart; nothing is written.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from jobs.exits import CannotStart
from jobs.output import Output
from multilingual.clinical.formulary import Formulary, load_formulary
from multilingual.unavailable import EngineUnavailable
from ocr.engines import make_engine
from ocr.engines.base import Engine
from ocr.sources import Listing, NoInput, Source, find_sources

_THREADS = "threads"
_PACE = frozenset({_THREADS, "batch_tokens", "concurrency", "base_url", "timeout_s", "retries", "backoff_s"})
"""Engine options that change how fast an engine is, and not what it answers."""


@contextmanager
def refusing(*errors: type[Exception], why: str = "") -> Iterator[None]:
    """Turn these errors into CannotStart with their message, after `why`."""
    try:
        yield
    except errors as error:
        raise CannotStart(f"{why}{error}") from None


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of an input, in order, found while they are iterated over, which can be done once."""

    sources: Iterator[Source]
    listing: Listing

    @property
    def hidden(self) -> int:
        """Hidden and system files passed over so far."""
        return self.listing.hidden


def open_engine(name: str, options: Mapping[str, str]) -> Engine:
    """The engine that reads pages; raises CannotStart where it is unknown or can't start."""
    with refusing(ValueError, EngineUnavailable):
        return make_engine(name, options)


def models_of(engine: object) -> dict[str, str]:
    """The SHA-256 of each file of weights that the engine has, by its name; none where it can't tell."""
    return dict(getattr(engine, "models", {}))


def open_formulary(path: str | None, columns: Mapping[str, str] | None) -> Formulary:
    """The formulary, a user's with the generics of the one that ships; raises CannotStart if unreadable."""
    if columns and not path:
        raise CannotStart("--formulary-columns says how to read a --formulary, and none is named")
    with refusing(ValueError, OSError, why="formulary: "):
        shipped = load_formulary()
        return load_formulary(path, columns).with_generics_of(shipped) if path else shipped


def find_documents(inputs: Sequence[str], output: str | None = None) -> Documents:
    """The documents of the input that do not lie in `output`. Raises CannotStart where there are none."""
    outside = outside_of(output)
    with refusing(NoInput):
        listing = find_sources(inputs)
        sources = (source for source in listing if outside(source.address))
        first = next(sources, None)
    if first is None:
        raise CannotStart(
            f"INPUT {' '.join(inputs)} holds nothing but OUTPUT {output}; name a folder of documents"
        )
    return Documents(chain([first], sources), listing)


def outside_of(output: str | None) -> Callable[[str], bool]:
    """Tells the addresses that do not lie in an output folder; without one all do not."""
    inside = absolute(output).rstrip("/") + "/" if output else None
    return lambda address: inside is None or not absolute(address).startswith(inside)


def check_gpus(engine: str, uses_gpu: bool, gpus_per_worker: float) -> None:
    """Raises CannotStart where an engine is promised GPUs that it can't use."""
    if gpus_per_worker and not uses_gpu:
        raise CannotStart(f"engine {engine} cannot use a GPU; leave out --gpus-per-worker")


def check_output(output: Output, job: str, reading: Mapping[str, Any], *, restart: bool) -> None:
    """Raises CannotStart unless the folder is new, or of earlier runs of this job that read alike."""
    foreign = output.foreign()
    if foreign:
        shown = ", ".join(foreign[:3]) + (f" and {len(foreign) - 3} more" if len(foreign) > 3 else "")
        raise CannotStart(
            f"OUTPUT {output.address} holds files that no run wrote: {shown}; choose another folder"
        )
    earlier = output.run() if output.parts() else None  # a run that wrote no row binds nobody
    if earlier and earlier["job"] != job:
        raise CannotStart(
            f"OUTPUT {output.address} is of nuskha batch {earlier['job']}, not {job}; choose another folder"
        )
    changes = changed(earlier["reading"], reading) if earlier and not restart else []
    if changes:
        raise CannotStart(
            f"OUTPUT {output.address} was read otherwise ({'; '.join(changes)}); "
            "give the same options to resume it, --restart to read everything afresh, or another folder"
        )


def changed(earlier: Mapping[str, Any], reading: Mapping[str, Any]) -> list[str]:
    """What differs from how an earlier run read, as 'name: old -> new'."""
    return [
        f"{name.replace('_', ' ')}: {_shown(earlier.get(name))} -> {_shown(value)}"
        for name, value in reading.items()
        if earlier.get(name) != value
    ]


def settings(options: BaseModel) -> dict[str, Any]:
    """An engine's options, less what changes its pace alone."""
    return options.model_dump(mode="json", exclude={"kind", *_PACE})


def with_pace(known: type[BaseModel], options: Mapping[str, str], threads: int) -> dict[str, str]:
    """An engine's options with a number of threads, where it knows such an option and none was asked for."""
    takes_threads = _THREADS in known.model_fields
    return {_THREADS: str(threads), **options} if takes_threads else dict(options)


def absolute(address: str) -> str:
    """A path from the root; an address as it is."""
    return address if "://" in address else str(Path(address).absolute())


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ",".join(f"{name}={setting}" for name, setting in value.items()) or "none"
    text = str(value)
    return text if len(text) <= 40 else f"{text[:12]}..."
