"""ROUGE of many summaries in a Ray job beside rouge-score called in a loop: pairs a second, and memory.

Both score the same pairs in four measures with the same tokens (stems remembered for both), on the same
machine. rouge-score scores a sample of them in this process, before the job and after it. The job is that of
`nuskha evaluate summaries`, chunks in parallel on all cores, timed as a whole once Ray is up. Its numbers are
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
from typing import Final, NamedTuple

import psutil
from rouge_score.rouge_scorer import RougeScorer

from eval.rouge import MEASURES, rouge, sentences
from eval.tokens import tokens_for
from jobs.cluster import cluster
from jobs.in_parallel import in_parallel

BAR: Final = 3.0
GROWTH: Final = 1.1  # of a worker's memory from a tenth of the job to its end
TOLERANCE: Final = 1e-9
_CHUNK: Final = 1_000  # pairs

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


class Pair(NamedTuple):
    """A summary and its reference, both in one language."""

    language: str
    reference: str
    prediction: str


@dataclass(frozen=True, slots=True)
class Done:
    """The job: seconds in all and to its first results, workers, bytes of the largest, F1 of the sample."""

    seconds: float
    first: float
    workers: int
    early: int
    late: int
    scores: list[tuple[float, ...]]


def main() -> int:
    """Print the figures; exit status 1 where a bar is missed or numbers differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--sample", type=int, default=2_000, help="pairs that rouge-score scores")
    parser.add_argument("--references", type=Path, help="JSON lines with English `summary`; default: made up")
    asked = parser.parse_args()
    texts = _given(asked.references) if asked.references else None
    pairs = list(_pairs(asked.pairs, texts))
    sample = pairs[: asked.sample]
    before, wanted = _in_a_loop(sample)
    with cluster(None, None):
        done = _job(pairs, len(sample))
    after, _ = _in_a_loop(sample)
    loop, job = (before + after) / 2, len(pairs) / done.seconds
    apart = max(
        abs(one - other)
        for ours, theirs in zip(done.scores, wanted, strict=True)
        for one, other in zip(ours, theirs, strict=True)
    )
    tokens = sum(len(tokens_for(None).tokenize(pair.reference)) for pair in sample) / len(sample)
    early, late = done.early / 2**20, done.late / 2**20
    print(f"{len(pairs):,} pairs, {tokens:.0f} tokens a reference, {len(MEASURES)} measures")
    print(f"rouge-score in a loop   {before:,.0f} pairs/s before, {after:,.0f} after, of {len(sample):,}")
    print(f"job of {done.workers} workers        {job:,.0f} pairs/s, {done.seconds:.1f} s in all")
    print(f"its first results       after {done.first:.1f} s")
    print(f"ratio                   {job / loop:.1f} (bar {BAR:g})")
    print(f"largest difference      {apart:.1e} (bar {TOLERANCE:g})")
    print(f"memory of a worker      {early:.0f} MiB at 10%, {late:.0f} MiB at the end (bar {GROWTH:g} times)")
    return int(job / loop < BAR or apart > TOLERANCE or late > GROWTH * early)


def _given(path: Path) -> list[str]:
    rows = (json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip())
    return [row["summary"] for row in rows if row.get("summary")]


def _pairs(number: int, texts: Sequence[str] | None) -> Iterator[Pair]:
    """Summaries beside references that differ from them here and there, in five languages or English."""
    chance = random.Random(0)  # noqa: S311  # a reproducible draw, no secret
    languages = list(_PARTS)
    for count in range(number):
        language = "en" if texts else languages[count % len(languages)]
        reference, other = (_text(chance, language, texts) for _ in range(2))
        prediction = _altered(chance, reference, other, "" if language == "zh" else " ")
        yield Pair(language, reference, prediction)


def _text(chance: random.Random, language: str, texts: Sequence[str] | None) -> str:
    if texts:
        return chance.choice(texts)
    return ("" if language == "zh" else " ").join(chance.choice(part) for part in _PARTS[language])


def _altered(chance: random.Random, text: str, other: str, blank: str) -> str:
    """The text with a third of its words left out or taken from another one."""
    words, others = (list(each) if not blank else each.split(blank) for each in (text, other))
    kept = [chance.choice((word, word, word, word, "", chance.choice(others))) for word in words]
    return blank.join(word for word in kept if word)


def _in_a_loop(pairs: Sequence[Pair]) -> tuple[float, list[tuple[float, ...]]]:
    """Pairs a second of rouge-score called one by one, and its F1 of each."""
    scorers = {language: RougeScorer(list(MEASURES), tokenizer=tokens_for(language)) for language in _PARTS}
    found = []
    started = time.perf_counter()
    for pair in pairs:
        # It wants a sentence a line.
        reference, prediction = ("\n".join(sentences(text)) for text in (pair.reference, pair.prediction))
        scores = scorers[pair.language].score(reference, prediction)
        found.append(tuple(float(scores[name].fmeasure) for name in MEASURES))
    return len(pairs) / (time.perf_counter() - started), found


@dataclass(frozen=True, slots=True)
class Chunk:
    """F1 of the pairs of a chunk in their order, the worker that made them, and its memory in bytes."""

    scores: list[tuple[float, ...]]
    worker: int
    memory: int


def score_chunk(pairs: Sequence[Pair]) -> Chunk:
    """What a worker does."""
    scores = [rouge(pair.prediction, pair.reference, pair.language) for pair in pairs]
    values = [tuple(score[name].f1 for name in MEASURES) for score in scores]
    return Chunk(values, os.getpid(), psutil.Process().memory_full_info().uss)


def _job(pairs: Sequence[Pair], sample: int) -> Done:
    chunks = (pairs[start : start + _CHUNK] for start in range(0, len(pairs), _CHUNK))
    memory: dict[int, int] = {}
    found: list[tuple[float, ...]] = []
    seen = early = 0
    first = 0.0
    started = time.perf_counter()
    for chunk in in_parallel(score_chunk, chunks):
        first = first or time.perf_counter() - started
        memory[chunk.worker] = chunk.memory
        found += chunk.scores[: max(0, sample - seen)]
        seen += len(chunk.scores)
        if not early and seen >= len(pairs) / 10:
            early = max(memory.values())
    seconds = time.perf_counter() - started
    return Done(seconds, first, len(memory), early, max(memory.values()), found)


if __name__ == "__main__":
    sys.exit(main())
