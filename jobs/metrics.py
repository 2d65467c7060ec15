"""What Prometheus is told of a job: counts by bounded tags, and not a word from a page or a message.

Ray exports a metric as `ray_` and its name, a counter with `_total` behind it, at the metrics port of the
driver's node. The driver takes every row and so counts each once, however often a worker tried it; rows of
earlier runs are not counted again. What the pipeline's stages compute, hold and wait for is told by Ray Data
(`ray_data_*`, by operator).
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from ray.util import metrics

STAGES = frozenset({"read", "decode", "prompt", "engine", "parse", "check"})
"""Where a row can fail; what is none of these counts as `other`."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A counter: its name, and what it counts in a table of result rows, by the values of one tag."""

    name: str
    description: str
    tag: str
    columns: tuple[str, ...]  # it counts in tables that have them
    count: Callable[[pa.Table], Mapping[str, float]]


def _failures(rows: pa.Table) -> Counter[str]:
    stages = pc.drop_null(rows["error_stage"]).to_pylist()
    return Counter(stage if stage in STAGES else "other" for stage in stages)


def _medicines(rows: pa.Table) -> Counter[str]:
    doubts = pc.struct_field(pc.list_flatten(rows["medications"]), "needs_review").to_pylist()
    return Counter("yes" if doubt else "no" for doubt in doubts)


def _seconds(rows: pa.Table) -> dict[str, float]:
    return {"engine": (pc.sum(rows["elapsed_ms"]).as_py() or 0.0) / 1000}


def _tokens(rows: pa.Table) -> dict[str, int]:
    return {way: pc.sum(rows[f"{way}_tokens"]).as_py() or 0 for way in ("input", "output")}


COUNTERS = (
    Declared(
        "nuskha_rows",
        "Result rows, a page or a message each, by status: ok, review or error",
        "status",
        ("status",),
        lambda rows: Counter(rows["status"].to_pylist()),
    ),
    Declared("nuskha_failures", "Error rows, by the stage that failed", "stage", ("error_stage",), _failures),
    Declared(
        "nuskha_medicines",
        "Medicines found, by whether a person should look at them: yes or no",
        "needs_review",
        ("medications",),
        _medicines,
    ),
    Declared(
        "nuskha_tokens",
        "Tokens put to a language model and written by it: input or output",
        "direction",
        ("input_tokens", "output_tokens"),
        _tokens,
    ),
    Declared(
        "nuskha_seconds",
        "Seconds of workers spent on rows that came out, by stage: engine, parsing included",
        "stage",
        ("elapsed_ms",),
        _seconds,
    ),
)
SECONDS = "nuskha_row_seconds"
"""A histogram of the same, for quantiles: Ray makes its sum of middles of buckets, the counter's is exact."""
_UP_TO_S = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0]


class Metrics:
    """The metrics of one job, tagged with its command, ocr or summarize. Made where Ray runs.

    The tag is not called job: that is what Prometheus calls the place where it found a metric.
    """

    def __init__(self, command: str) -> None:
        self._command = {"command": command}
        self._counters = [
            (declared, metrics.Counter(declared.name, declared.description, ("command", declared.tag)))
            for declared in COUNTERS
        ]
        about = "Seconds of the engine over a row that came out, its share of its batch"
        self._seconds = metrics.Histogram(SECONDS, about, _UP_TO_S, ("command",))

    def count(self, rows: pa.Table) -> None:
        """Count result rows that were not there before."""
        for declared, counter in self._counters:
            if set(declared.columns) <= set(rows.column_names):
                for value, amount in declared.count(rows).items():
                    if amount:  # Ray takes no zero
                        counter.inc(amount, self._command | {declared.tag: value})
        for milliseconds in pc.drop_null(rows["elapsed_ms"]).to_pylist():
            self._seconds.observe(milliseconds / 1000, self._command)
