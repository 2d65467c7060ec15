"""ROUGE of many summaries in a Ray job beside rouge-score called in a loop: pairs a second, and memory.

Both score the same pairs in four measures with the same tokens (stems remembered for both), on the same
machine. rouge-score scores a sample of them in this process, before the job and after it; the job is Ray
Data's `map_batches` over all with one worker a core, its workers' start counted. The job's numbers are
compared with rouge-score's on the sample.
"""

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil
import pyarrow as pa
import pyarrow.compute as pc
import ray.data
from rouge_score.rouge_scorer import RougeScorer

from eval.rouge import MEASURES, rouge, sentences
from eval.tokens import tokens_for
from jobs.cluster import cluster

BAR: Final = 3.0
GROWTH: Final = 1.1  # of a worker's memory from a tenth of the job to its end
TOLERANCE: Final = 1e-9
_BATCH: Final = 1_000  # pairs

# What a made-up summary is put together of: who, what, what else, for how long, and the question.
_PARTS: Final = {
    "en": (
        ("A young man", "My mother", "A patient with diabetes", "The child", "A pregnant woman"),
        ("has a dry cough", "feels dizzy after meals", "has an itching rash on both arms", "sleeps badly"),
        ("and no fever", "with swelling of the left ankle", "and loses weight", "and takes metformin"),
        ("since last week.", "for three months.", "after taking 500 mg of amoxicillin.", "every evening."),
        ("Which tests are needed?", "Could the tablet be the cause?", "Is it safe to travel?"),
    ),
    "hi-en": (
        ("Mere pati ko", "Meri beti ko", "Mujhe", "Ek buzurg mahila ko"),
        ("tez bukhar aur badan dard hai", "raat ko khansi hoti hai", "ghutne mein sujan hai"),
        ("aur ulti nahi hoti", "aur kamzori rehti hai", "jo dawa se theek nahi hui"),
        ("teen din se.", "do hafte se.", "dawa badalne ke baad se.", "subah ke samay."),
        ("Kya doctor ko dikhana chahiye?", "Kaun si jaanch karwani chahiye?", "Ghar par kya karein?"),
    ),
    "hi": (
        ("मेरे बेटे को", "मुझे", "माँ को", "एक मरीज़ को"),
        ("पेट में दर्द रहता है", "चक्कर आते हैं", "हाथ सुन्न हो जाते हैं"),
        ("और बुखार नहीं है", "और भूख नहीं लगती", "जो आराम करने से कम होता है"),
        ("दो दिन से।", "खाने के बाद।", "एक महीने से।"),
        ("क्या यह गंभीर है?", "कौन सी दवा लेनी चाहिए?", "किस डॉक्टर को दिखाएँ?"),
    ),
    "zh": (
        ("孩子五岁，", "我妈妈", "患者有高血压，", "孕妇"),
        ("晚上咳嗽得厉害", "吃完饭胃胀", "右边膝盖疼", "身上起红疹很痒"),
        ("，没有发烧，", "，吃了阿莫西林没有好转，", "，睡眠也不好，"),
        ("已经三天了。", "两个月了。", "吃药以后更严重。"),
        ("需要去医院吗？", "应该挂哪个科？", "是什么原因引起的？"),
    ),
    "pt": (
        ("Minha mãe", "O paciente", "Uma gestante", "Meu filho de seis anos"),
        ("está com dor de cabeça", "sente azia depois do jantar", "tem uma mancha escura nas costas"),
        ("e não tem febre", "e perdeu peso", "que piora com o calor"),
        ("há quatro dias.", "desde que mudou o remédio.", "toda noite."),
        ("Deve procurar um médico?", "Qual exame é indicado?", "Pode ser alergia?"),
    ),
}


@dataclass(frozen=True, slots=True)
class Done:
    """What the job came to: seconds, in all and to its first results; bytes of its largest worker; scores."""

    seconds: float
    start: float
    early: int
    late: int
    scores: dict[int, tuple[float, ...]]


def main() -> int:
    """Print the figures; exit status 1 where a bar is missed or numbers differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--sample", type=int, default=2_000, help="pairs that rouge-score scores")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--references", type=Path, help="JSON lines with English `summary`; default: made up")
    asked = parser.parse_args()
    texts = _given(asked.references) if asked.references else None
    table = pa.Table.from_pylist(list(_pairs(asked.pairs, texts)))
    sample = table.slice(0, asked.sample).to_pylist()
    before, wanted = _in_a_loop(sample)
    with cluster(None, asked.workers):
        done = _job(table, asked.workers, asked.sample)
    after, _ = _in_a_loop(sample)
    loop, job = (before + after) / 2, asked.pairs / done.seconds
    apart = max(
        abs(one - other)
        for pair, scores in wanted.items()
        for one, other in zip(scores, done.scores[pair], strict=True)
    )
    tokens = sum(len(tokens_for(None).tokenize(pair["reference"])) for pair in sample) / len(sample)
    print(f"{asked.pairs:,} pairs, {tokens:.0f} tokens a reference, {len(MEASURES)} measures")
    print(f"rouge-score in a loop   {before:,.0f} pairs/s before, {after:,.0f} after, of {len(sample):,}")
    print(f"job of {asked.workers} workers        {job:,.0f} pairs/s, {done.seconds:.1f} s in all")
    print(f"its start               {done.start:.1f} s of them, to the first results")
    print(f"ratio                   {job / loop:.1f} (bar {BAR:g})")
    print(f"largest difference      {apart:.1e} (bar {TOLERANCE:g})")
    print(
        f"memory of a worker      {done.early / 2**20:.0f} MiB at 10%, {done.late / 2**20:.0f} MiB at the end"
    )
    return int(job / loop < BAR or apart > TOLERANCE or done.late > GROWTH * done.early)


def _given(path: Path) -> list[str]:
    rows = (json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip())
    return [row["summary"] for row in rows if row.get("summary")]


def _pairs(number: int, texts: Sequence[str] | None) -> Iterator[dict[str, Any]]:
    """Summaries beside references that differ from them here and there, in five languages or English."""
    chance = random.Random(0)  # noqa: S311  # a reproducible draw, no secret
    languages = list(_PARTS)
    for pair in range(number):
        language = "en" if texts else languages[pair % len(languages)]
        reference, other = (_text(chance, language, texts) for _ in range(2))
        prediction = _altered(chance, reference, other, "" if language == "zh" else " ")
        yield {"pair": pair, "language": language, "reference": reference, "prediction": prediction}


def _text(chance: random.Random, language: str, texts: Sequence[str] | None) -> str:
    if texts:
        return chance.choice(texts)
    return ("" if language == "zh" else " ").join(chance.choice(part) for part in _PARTS[language])


def _altered(chance: random.Random, text: str, other: str, blank: str) -> str:
    """The text with a third of its words left out or taken from another one."""
    words, others = (list(each) if not blank else each.split(blank) for each in (text, other))
    kept = [chance.choice((word, word, word, word, "", chance.choice(others))) for word in words]
    return blank.join(word for word in kept if word)


def _in_a_loop(pairs: Sequence[dict[str, Any]]) -> tuple[float, dict[int, tuple[float, ...]]]:
    """Pairs a second of rouge-score called one by one, and its F1 by pair."""
    scorers = {language: RougeScorer(list(MEASURES), tokenizer=tokens_for(language)) for language in _PARTS}
    found = {}
    started = time.perf_counter()
    for pair in pairs:
        # It wants a sentence a line.
        reference, prediction = ("\n".join(sentences(pair[name])) for name in ("reference", "prediction"))
        scores = scorers[pair["language"]].score(reference, prediction)
        found[pair["pair"]] = tuple(float(scores[name].fmeasure) for name in MEASURES)
    return len(pairs) / (time.perf_counter() - started), found


class ScorePairs:
    """A worker: F1 of each pair, and the worker's own memory."""

    def __call__(self, pairs: pa.Table) -> pa.Table:
        """Columns pair, each measure, worker and memory (bytes)."""
        rows = pairs.to_pylist()
        scores = [rouge(row["prediction"], row["reference"], row["language"]) for row in rows]
        process = psutil.Process()
        return pa.table(
            {
                "pair": pairs["pair"],
                **{name: [score[name].f1 for score in scores] for name in MEASURES},
                "worker": [os.getpid()] * len(rows),
                "memory": [process.memory_full_info().uss] * len(rows),
            }
        )


def _job(table: pa.Table, workers: int, sample: int) -> Done:
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = context.print_on_execution_start = False
    blocks = [table.slice(start, _BATCH) for start in range(0, len(table), _BATCH)]
    scored = ray.data.from_arrow(blocks).map_batches(
        ScorePairs,
        batch_format="pyarrow",
        batch_size=_BATCH,
        compute=ray.data.ActorPoolStrategy(size=workers),
        num_cpus=1,
    )
    memory: dict[int, int] = {}
    found: dict[int, tuple[float, ...]] = {}
    seen = early = 0
    first = 0.0
    started = time.perf_counter()
    batches: Iterator[Any] = iter(scored.iter_batches(batch_format="pyarrow", batch_size=_BATCH))
    for batch in batches:
        first = first or time.perf_counter()
        memory |= {row["worker"]: row["memory"] for row in batch.slice(len(batch) - 1).to_pylist()}
        for row in batch.filter(pc.less(batch["pair"], sample)).to_pylist():
            found[row["pair"]] = tuple(row[name] for name in MEASURES)
        seen += len(batch)
        if not early and seen >= len(table) / 10:
            early = max(memory.values())
    ended = time.perf_counter()
    return Done(ended - started, first - started, early, max(memory.values()), found)


if __name__ == "__main__":
    sys.exit(main())
