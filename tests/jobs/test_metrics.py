"""What a job tells Prometheus and the log: real counts of a real job on a real head, and no text."""

import json
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from prometheus_client.parser import text_string_to_metric_families
from ray.dashboard.modules.reporter.reporter_agent import METRICS_GAUGES
from ray.data._internal.execution.interfaces.op_runtime_metrics import OpRuntimeMetrics
from scans import rows_of, write_pages

from jobs.metrics import COUNTERS, SECONDS, STAGES
from ocr.records import PAGE_SCHEMA
from summarize.records import SUMMARY_SCHEMA

ROOT = Path(__file__).parents[2]
DASHBOARD = json.loads((ROOT / "jobs/deploy/grafana-nuskha.json").read_text(encoding="utf-8"))
QUERIES = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
OURS = {
    **{f"ray_{each.name}_total": {"command", each.tag} for each in COUNTERS},
    f"ray_{SECONDS}_bucket": {"command", "le"},
    f"ray_{SECONDS}_count": {"command"},
}
"""What we declare, as Ray exports it, and the tags of each."""


@dataclass(frozen=True)
class Seen:
    """What a head exported after a job, and what the job left behind."""

    samples: dict[str, list[tuple[dict[str, str], float]]]  # of each name: its tags and value
    log: str
    output: Path

    def value(self, name: str, **tags: str) -> float:
        (found,) = [value for its, value in self.samples[name] if tags.items() <= its.items()]
        return found


HEAD = """
import ray
for last in (False, False, True):
    try:
        ray.init("local", include_dashboard=False, num_cpus=2, object_store_memory=100_000_000)
        break
    except Exception:  # Ray gives its processes 30 s to start, which a busy machine may not
        ray.shutdown()
        if last:
            raise
(node,) = ray.nodes()
print(ray.get_runtime_context().gcs_address, node["MetricsExportPort"], flush=True)
input()
ray.shutdown()
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """A head of its own, one job on it, and what Prometheus would find there after the job."""
    folder = tmp_path_factory.mktemp("metrics")
    write_pages(folder / "scans", range(4))
    (folder / "scans/text.jpg").write_text("not a picture")
    (folder / "scans/empty.png").touch()
    environment = os.environ | {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(),
        "RAY_metrics_report_interval_ms": "1000",
        "NUSKHA_LOG_FORMAT": "json",
    }
    environment.pop("RAY_ADDRESS", None)
    settings: dict[str, Any] = {"env": environment, "text": True}
    with subprocess.Popen(  # noqa: S603 - fixed words
        [sys.executable, "-c", HEAD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, **settings
    ) as head:
        assert head.stdin
        assert head.stdout
        try:
            address, port = head.stdout.readline().split()
            words = ["batch", "ocr", "scans", "out", "--engine", "fake", "--max-failures", "2"]
            command = [sys.executable, "-m", "jobs.cli", *words, "--workers", "1", "--address", address]
            settings["env"] = environment | {"PYTHONPATH": str(ROOT)}
            ended = subprocess.run(  # noqa: S603 - fixed words
                command, cwd=folder, capture_output=True, timeout=250, check=False, **settings
            )
            assert ended.returncode == 0, ended.stderr
            yield Seen(scraped(port), ended.stderr, folder / "out")
        finally:
            head.stdin.write("\n")  # it ends its Ray, and itself


def scraped(port: str, seconds: float = 60) -> dict[str, list[tuple[dict[str, str], float]]]:
    """All samples at the metrics port, once ours are among them."""
    end = time.monotonic() + seconds
    while True:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            families = list(text_string_to_metric_families(answer.read().decode()))
        found: dict[str, list[tuple[dict[str, str], float]]] = {}
        for sample in (sample for family in families for sample in family.samples):
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
        if f"ray_{SECONDS}_count" in found:
            return found
        assert time.monotonic() < end, f"none of ours among {sorted(found)}"
        time.sleep(0.5)


@pytest.mark.slow
def test_prometheus_finds_what_the_rows_hold(seen: Seen) -> None:
    rows = rows_of(seen.output)
    assert len(rows) == 6
    for status in {row["status"] for row in rows}:
        counted = seen.value("ray_nuskha_rows_total", command="ocr", status=status)
        assert counted == sum(row["status"] == status for row in rows)
    failed = [row["error_stage"] for row in rows if row["status"] == "error"]
    assert failed
    for stage in set(failed):
        assert seen.value("ray_nuskha_failures_total", command="ocr", stage=stage) == failed.count(stage)
    medicines = [medicine for row in rows for medicine in row["medications"]]
    for doubt, said in {True: "yes", False: "no"}.items():
        counted = seen.value("ray_nuskha_medicines_total", command="ocr", needs_review=said)
        assert counted == sum(medicine["needs_review"] is doubt for medicine in medicines)
    spent = sum(row["elapsed_ms"] or 0 for row in rows) / 1000
    assert seen.value("ray_nuskha_seconds_total", command="ocr", stage="engine") == pytest.approx(spent)
    assert seen.value(f"ray_{SECONDS}_count", command="ocr") == len(rows) - len(failed)


@pytest.mark.slow
def test_a_tag_is_one_of_few_words(seen: Seen) -> None:
    values = {value for name in OURS for tags, _ in seen.samples.get(name, []) for value in own(name, tags)}
    words = {"ocr", "ok", "review", "error", "yes", "no", "other", *STAGES}
    assert {value for value in values if not re.fullmatch(r"\d+\.\d+|\+Inf", value)} <= words


def own(name: str, tags: dict[str, str]) -> list[str]:
    """The values of the tags that are ours: Ray adds its own."""
    return [tags[tag] for tag in OURS[name]]


@pytest.mark.slow
def test_the_dashboard_asks_for_what_there_is(seen: Seen) -> None:
    asked = {name for query in QUERIES for name in re.findall(r"\bray_\w+", query)}
    elsewhere = {f"ray_{name}" for name in METRICS_GAUGES}  # on a node with GPUs
    elsewhere |= {f"ray_data_{metric.name}" for metric in OpRuntimeMetrics.get_metrics()}  # while it runs
    assert {name for name in asked if "nuskha" in name} == set(OURS)
    assert {name for name in asked if "nuskha" not in name} <= set(seen.samples) | elsewhere


@pytest.mark.slow
def test_the_dashboard_sorts_by_tags_that_there_are(seen: Seen) -> None:
    for query in QUERIES:
        names = re.findall(r"\bray_\w+", query)
        tags = set(re.findall(r"(\w+)=~?\"", query)) | {
            tag for group in re.findall(r"by \(([^)]*)\)", query) for tag in group.replace(" ", "").split(",")
        }
        for name in (name for name in names if name in seen.samples):
            assert tags - {"status"} <= set(seen.samples[name][0][0]) | OURS.get(name, set()), query


@pytest.mark.slow
def test_the_log_is_json_with_counts(seen: Seen) -> None:
    lines = [json.loads(line) for line in seen.log.splitlines()]
    assert [line["event"] for line in lines if line["event"] != "progress"] == ["started", "ended"]
    last = lines[-1]
    assert (last["documents"], last["documents_finished"], last["pages_this_run"]) == (6, 6, 6)
    assert last["pages_failed_this_run"] == 2
    assert last["output"] == "out"
    assert not any("page0" in value for line in lines for value in line.values() if isinstance(value, str))


def table(schema: pa.Schema, *rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist([dict.fromkeys(schema.names) | row for row in rows], schema=schema)


def counts_of(rows: pa.Table) -> dict[str, dict[str, float]]:
    present = set(rows.column_names)
    return {each.name: dict(each.count(rows)) for each in COUNTERS if set(each.columns) <= present}


def test_messages_have_tokens_and_pages_have_medicines() -> None:
    said = {"status": "ok", "input_tokens": 30, "output_tokens": 7, "elapsed_ms": 250.0}
    messages = counts_of(table(SUMMARY_SCHEMA, said, said, {"status": "error", "error_stage": "prompt"}))
    assert messages == {
        "nuskha_rows": {"ok": 2, "error": 1},
        "nuskha_failures": {"prompt": 1},
        "nuskha_tokens": {"input": 60, "output": 14},
        "nuskha_seconds": {"engine": 0.5},
    }
    assert set(counts_of(table(PAGE_SCHEMA))) == {each.name for each in COUNTERS} - {"nuskha_tokens"}


def test_a_stage_that_nobody_knows_is_no_tag_of_its_own() -> None:
    row = {"status": "error", "error_stage": "Mr Kumar's knee", "medications": []}
    assert counts_of(table(PAGE_SCHEMA, row, row))["nuskha_failures"] == {"other": 2}
