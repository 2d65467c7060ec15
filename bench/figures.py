"""The figures of the README: both jobs on the real sets, evaluated, and their tables written into it.

    python -m bench.figures --data ../shared/data --out figures-output

The jobs resume, so only what is missing is made again. The tables stand between two marks of README.md; the
sets are not part of the project, and where one is absent the command says so and stops.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.records import Figure
from eval.results import Results, read_results
from eval.summaries.scoring import names_condition
from summarize.train.rules import in_first_half

README = Path(__file__).parent.parent / "README.md"
_NUSKHA = (sys.executable, "-c", "from jobs.cli import main; main()")
_MARKS = re.compile(r"(?<=<!-- measured -->\n).*?(?=<!-- /measured -->)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """A set of messages or pages, how it is evaluated, and which figures the README shows.

    `select` takes the lines of a file of messages and gives those that belong to the set.
    """

    name: str
    title: str
    inputs: str  # relative to the data folder
    references: str
    metrics: tuple[str, ...]
    slices: tuple[str, ...]
    baselines: tuple[str, ...]
    job: tuple[str, ...]
    evaluate: tuple[str, ...]
    trained_on: tuple[str, ...] = ()
    select: Callable[[Iterable[str]], list[str]] | None = None


def kept_apart(lines: Iterable[str], each: int = 100) -> list[str]:
    """Of the half that training did not see the first rows that name their condition, and as many others."""
    chosen: dict[bool, list[str]] = {True: [], False: []}
    kept = []
    for line in filter(str.strip, lines):
        row = json.loads(line)
        of_kind = chosen[names_condition(row["query"], row["condition"])]
        if not in_first_half(row["query_id"]) and len(of_kind) < each:
            of_kind.append(line)
            kept.append(line)
    return kept


_SUMMARY = (
    "rouge1",
    "rouge2",
    "rougeL",
    "bertscore_f1",
    "bertscore_rescaled",
    "facts_f1",
    "invented_rate",
    "in_target",
)

SETS = (
    Set(
        name="mmcqs",
        title="MMCQS validation: Hinglish to English, question part",
        inputs="queries/mmcqs_valid.jsonl",
        references="queries/mmcqs_valid.jsonl",
        metrics=_SUMMARY,
        slices=("target=en",),
        baselines=("lead", "constant"),
        job=("summarize", "--target", "en"),
        evaluate=("summaries", "--reference", "core"),
        trained_on=("queries/mmcqs_train.jsonl",),
    ),
    Set(
        name="mediqa",
        title="MEDIQA 2021 validation: English",
        inputs="queries/en_mediqa_valid.jsonl",
        references="queries/en_mediqa_valid.jsonl",
        metrics=_SUMMARY,
        slices=("target=en",),
        baselines=("lead", "constant"),
        job=("summarize", "--target", "en"),
        evaluate=("summaries",),
        trained_on=("queries/en_meqsum.jsonl",),
    ),
    Set(
        name="toyhom",
        title="Toyhom validation: Chinese, titles that are not in the text",
        inputs="queries/zh_toyhom_valid.jsonl",
        references="queries/zh_toyhom_valid.jsonl",
        metrics=_SUMMARY,
        slices=("target=zh",),
        baselines=("lead", "constant"),
        job=("summarize", "--target", "source"),
        evaluate=("summaries", "--only", "title_in_ask=false"),
        trained_on=("queries/zh_toyhom_train.jsonl",),
    ),
    Set(
        name="medpt",
        title="MedPT, of the half that training did not see: Portuguese, the condition of the question",
        inputs="queries/pt_medpt_dev_no_summary.jsonl",
        references="queries/pt_medpt_dev_no_summary.jsonl",
        metrics=("condition_kept", "condition_introduced", "invented_rate", "in_target"),
        slices=("target=pt",),
        baselines=("lead",),
        job=("summarize", "--target", "source"),
        evaluate=("summaries", "--bertscore", "none"),
        select=kept_apart,
    ),
    Set(
        name="pages",
        title="32 real pages, ten of them Indian outpatient pages with several medicines each",
        inputs="prescriptions/pages/*.jpg",
        references="prescriptions/pages/dev_gold.json",
        metrics=(
            "name_f1",
            "name_precision",
            "name_recall",
            "strength_f1",
            "frequency_f1",
            "duration_f1",
            "name_dosage_f1",
            "page_exact",
            "review_rate",
        ),
        slices=("all", "legibility=easy", "legibility=medium", "legibility=hard"),
        baselines=("the commonest medicine",),
        job=("ocr",),
        evaluate=("ocr",),
    ),
)


def run(one: Set, data: Path, out: Path) -> Results:
    """The set through its job and its evaluation; both folders lie in `out`."""
    made, scored = out / one.name / "output", out / one.name / "evaluation"
    inputs, references = data / one.inputs, data / one.references
    if one.select is not None:
        inputs = references = selected(one.select, inputs, out / one.name)
    _nuskha("batch", one.job[0], str(inputs), str(made), *one.job[1:], "--max-failures", "100%")
    trained = [word for file in one.trained_on for word in ("--trained-on", str(data / file))]
    _nuskha(
        "evaluate",
        one.evaluate[0],
        str(made),
        str(references),
        *one.evaluate[1:],
        *trained,
        "--out",
        str(scored),
    )
    return read_results(scored)


def selected(select: Callable[[Iterable[str]], list[str]], messages: Path, folder: Path) -> Path:
    """A file in `folder` of the lines that `select` gives; left as it is where it holds them already."""
    text = "".join(f"{line.rstrip()}\n" for line in select(messages.read_text("utf-8").splitlines()))
    path = folder / "messages.jsonl"
    if not path.exists() or path.read_text("utf-8") != text:  # the job reads a file that changed anew
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return path


def _nuskha(*words: str) -> None:
    subprocess.run([*_NUSKHA, *words], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command


def table(one: Set, results: Results) -> str:
    """Markdown: a row a measure, the system's columns first, then the trivial baselines'."""
    several = len(one.slices) > 1
    heads = [slice_.partition("=")[2] or slice_ if several else "nuskha" for slice_ in one.slices]
    lines = [
        f"**{one.title}**",
        "",
        "| " + " | ".join(["measure", *heads, *(f"`{name}`" for name in one.baselines)]) + " |",
        "|" + "---|" * (1 + len(heads) + len(one.baselines)),
    ]
    for metric in one.metrics:
        cells = [_cell(results.figures, metric, slice_, interval=True) for slice_ in one.slices]
        cells += [
            _cell(results.baselines.get(name, ()), metric, one.slices[0], interval=False)
            for name in one.baselines
        ]
        lines.append("| " + " | ".join([metric, *cells]) + " |")
    return "\n".join([*lines, ""])


def _cell(figures: Sequence[Figure], metric: str, slice_: str, *, interval: bool) -> str:
    found = next((each for each in figures if (each.metric, each.slice) == (metric, slice_)), None)
    if found is None or found.n == 0:
        return "-"
    return f"{found.value:.3f}" + (f" [{found.low:.3f}, {found.high:.3f}], n={found.n}" if interval else "")


def main() -> None:
    """Run what is missing, and write the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder of the real sets")
    parser.add_argument("--out", type=Path, default=Path("figures-output"))
    parser.add_argument("--set", action="append", choices=[one.name for one in SETS], help="only these")
    chosen = parser.parse_args()
    sets = [one for one in SETS if not chosen.set or one.name in chosen.set]
    absent = [one.references for one in sets if not (chosen.data / one.references).exists()]
    if absent:
        sys.exit(f"{chosen.data / absent[0]} is not there; --data names the folder of the real sets")
    tables = [table(one, run(one, chosen.data, chosen.out)) for one in sets]
    if chosen.set:
        print("\n".join(tables))
        return
    README.write_text(_MARKS.sub(lambda _: "\n".join(tables), README.read_text("utf-8")), encoding="utf-8")
    print(f"{README}: the tables between <!-- measured --> and <!-- /measured -->")


if __name__ == "__main__":
    main()
