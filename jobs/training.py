"""Training on Ray Train: workers that share each step, the last line of their log shown now and then."""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ray.train import RunConfig, ScalingConfig
from ray.train.torch import TorchTrainer

from jobs.cluster import share_out
from jobs.exits import CannotStart, Stopped
from multilingual.unavailable import EngineUnavailable

_SHOW_EVERY_S = 15.0


def train_on_ray(
    worker: Callable[[dict[str, Any]], None],
    plan: dict[str, Any],
    output: Path,
    workers: int,
    gpus_per_worker: float,
    log: Path,
) -> None:
    """Run `worker(plan)` in each process of a training; Ray is up. Raises CannotStart, Stopped."""
    shares = share_out(workers, gpus_per_worker)
    gpu = {"GPU": gpus_per_worker} if gpus_per_worker else {}
    trainer = TorchTrainer(
        worker,
        train_loop_config=plan,
        scaling_config=ScalingConfig(
            num_workers=workers,
            use_gpu=bool(gpus_per_worker),
            resources_per_worker={"CPU": shares.threads} | gpu,
        ),
        run_config=RunConfig(name="ray", storage_path=str(output.absolute())),
    )
    with _following(log):
        try:
            trainer.fit()
        except Exception as error:  # whatever a worker raised comes wrapped by Ray
            if cause := _unavailable(error):
                raise CannotStart(cause) from None
            raise Stopped(
                f"training stopped ({type(error).__name__}); the same command goes on from its checkpoint "
                f"in {output}"
            ) from None


def _unavailable(error: BaseException | None) -> str | None:
    """Why a worker found no model to begin with, if that is what ended it."""
    while error is not None:
        failures = getattr(error, "worker_failures", {}).values()
        for each in (error, *failures):
            for found in (each, getattr(each, "cause", None), each.__cause__):
                if isinstance(found, EngineUnavailable):
                    return str(found)
        error = error.__cause__
    return None


def check_same_run(output: Path, record: dict[str, Any]) -> None:
    """Write down what a folder trains. Raises CannotStart where an earlier run there trained otherwise."""
    output.mkdir(parents=True, exist_ok=True)
    file = output / "run.json"
    if file.exists() and json.loads(file.read_text(encoding="utf-8")) != record:
        *first, last = (name.removesuffix("_sha256") for name in record)
        raise CannotStart(
            f"{output} holds a run of another {', '.join(first)} or {last}; choose another folder, "
            "or delete it"
        )
    file.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


@contextmanager
def _following(log: Path) -> Iterator[None]:
    """Show the last line of the log now and then, on stderr."""
    over = threading.Event()

    def follow() -> None:
        shown = ""
        while not over.wait(_SHOW_EVERY_S):
            lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
            if lines and lines[-1] != shown:
                shown = lines[-1]
                print(
                    ", ".join(f"{name} {figure}" for name, figure in json.loads(shown).items()),
                    file=sys.stderr,
                )

    following = threading.Thread(target=follow, daemon=True)
    following.start()
    try:
        yield
    finally:
        over.set()
        following.join()
