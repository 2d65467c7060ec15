"""BERTScore beside bert-score with the same encoder, layer, threads and pairs, in one process, in turns.

Figures are pairs a second, on Chinese and on English, and of a second system on references that the first was
scored on; and the largest difference of any precision, recall or F1. bert-score is its `BERTScorer`, which
has loaded the model already; `bert_score.score` loads it again at each call. References are the summaries of
real messages under NUSKHA_DATA, and the two systems take the first and the last sentence of a message; where
there are none, all are put together from invented clauses.
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bert_score
import numpy as np

from eval.bertscore.encoder import Encoder
from eval.bertscore.packaged import model_folder
from eval.bertscore.scorer import BertScorer
from eval.rouge import sentences

DATA = Path(os.environ.get("NUSKHA_DATA", Path(__file__).parents[2] / "shared" / "data")) / "queries"
TOLERANCE = 1e-4
WARM_UP = 32  # pairs
CLAUSES = {
    "zh": (
        "发烧三天", "晚上咳嗽得厉害", "孩子今年五岁", "吃了退烧药", "没有好转", "上楼梯时膝盖疼", "血压正常",
        "是什么原因", "需要做检查吗", "应该挂哪个科", "已经两个星期了", "手指早上僵硬", "能吃布洛芬吗",
    ),
    "en": (
        "a fever for three days", "the cough is worse at night", "my son is five", "the syrup did not help",
        "my knee hurts on stairs", "is an X-ray needed", "which doctor should I see", "for two weeks now",
        "my fingers are stiff in the morning", "may I take ibuprofen", "her blood pressure is normal",
    ),
}  # fmt: skip
SYSTEMS = ("first system", "second, on kept references")


@dataclass(frozen=True, slots=True)
class Timed:
    """What a program gave, and in how many seconds."""

    seconds: float
    result: Any


@dataclass(frozen=True, slots=True)
class Trial:
    """References, what two systems wrote, and how many times as fast as bert-score each must be scored."""

    language: str
    file: str
    n: int
    bars: tuple[float, float]


TRIALS = (
    Trial("zh", "zh_toyhom_train.jsonl", 2000, (1.5, 1.5)),
    Trial("en", "en_meqsum.jsonl", 1000, (1.0, 1.5)),
)


def main() -> int:
    """Print the figures; exit status 1 where a bar is missed or values differ."""
    encoder = Encoder()
    rival = bert_score.BERTScorer(model_type=str(model_folder()), num_layers=encoder.layer)
    print(encoder)
    found = [report(trial, encoder, rival) for trial in TRIALS]
    return 0 if all(found) else 1


def report(trial: Trial, encoder: Encoder, rival: bert_score.BERTScorer) -> bool:
    """Score both systems by both programs, ours before and after the other; whether all is well."""
    references, *systems = texts_of(trial)
    lengths = [len(tokens.ids) for tokens in encoder.tokenise([*references, *systems[0]])]
    print(f"\n{trial.language}, {len(references):,} pairs, texts of {np.mean(lengths):.0f} tokens")
    some = references[:WARM_UP]
    BertScorer(encoder).score(some, some)
    rival.score(some, some)
    before = ours(encoder, systems, references)
    others = [_timed(rival.score, system, references) for system in systems]
    after = ours(encoder, systems, references)
    good = True
    for name, bar, one, other, two in zip(SYSTEMS, trial.bars, before, others, after, strict=True):
        seconds = (one.seconds + two.seconds) / 2
        ratio = other.seconds / seconds
        difference = np.abs(np.array(one.result) - np.stack(other.result, axis=1)).max()
        print(f"  {name:27} {len(references) / seconds:6.1f} pairs/s, bert-score "
              f"{len(references) / other.seconds:6.1f}: {ratio:.2f} times (bar {bar:g}), "
              f"values differ by {difference:.1e} at most")  # fmt: skip
        good &= bool(ratio >= bar and difference <= TOLERANCE)
    return good


def ours(encoder: Encoder, systems: Sequence[list[str]], references: list[str]) -> list[Timed]:
    """Score the systems one after the other with one scorer, which keeps the references."""
    scorer = BertScorer(encoder)
    return [_timed(scorer.score, system, references) for system in systems]


def _timed(work: Callable[[list[str], list[str]], Any], system: list[str], references: list[str]) -> Timed:
    started = time.perf_counter()
    result = work(system, references)
    return Timed(time.perf_counter() - started, result)


def texts_of(trial: Trial) -> tuple[list[str], list[str], list[str]]:
    """References, and the summaries of two systems."""
    file = DATA / trial.file
    if not file.is_file():
        chance = random.Random(0)  # noqa: S311 - seeded, no secret
        first, second, third = ([_invented(trial.language, chance) for _ in range(trial.n)] for _ in range(3))
        return first, second, third
    with file.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    found = [
        (row["summary"], parts[0], parts[-1])
        for row in rows
        if row["summary"].strip() and (parts := sentences(row["query"]))
    ]
    first, second, third = map(list, zip(*found[: trial.n], strict=True))
    return first, second, third


def _invented(language: str, chance: random.Random) -> str:
    clauses = chance.choices(CLAUSES[language], k=chance.randint(1, 6))
    return "，".join(clauses) + "？" if language == "zh" else ", ".join(clauses) + "?"


if __name__ == "__main__":
    sys.exit(main())
