"""Evaluations that nobody made: items of each kind with what real ones may hold, hostile texts among them."""

import io
import random
from collections.abc import Sequence
from dataclasses import replace

from PIL import Image, ImageDraw

from eval.figures import figures
from eval.measures import Better, Measure, detection, mean
from eval.records import EntityItem, Item, PageItem, ScoredMedicine, SummaryItem
from eval.results import Curve, Results
from ocr.fonts import PRINT

SCRIPT = "<script>document.title = 'taken'</script><img src=x onerror=alert(1)>"
LONG = "pneumonoultramicroscopicsilicovolcanoconiosis" * 12
ARABIC = "دواء الضغط مرتين يوميا"
HINDI = "मुझे तीन दिन से बुखार है और दाहिने घुटने में दर्द है, क्या करूँ?"
CHINESE = "我妈妈六十一岁，左膝疼了三周，没有发烧，需要拍片吗？"
PORTUGUESE = "Minha mãe tem dor no joelho esquerdo há três semanas, sem febre; pode tomar dipirona?"
ENGLISH = 'Mujhe "khujli" & lal daane hain 5 din se; cream lagayi par aaram nahi. Kya karu?'

MEASURES: dict[str, tuple[Measure, ...]] = {
    "summaries": (
        mean("rouge1", "F1 of words in common with the reference"),
        mean("rougeL", "F1 of the longest common subsequence of words"),
        *detection("drug", "drugs of the reference that the summary names"),
        mean("invented", "share of summaries with a fact that nothing tells", Better.LOWER),
        mean("failed", "share without a summary", Better.LOWER),
        mean("length", "length of the summary in tokens", Better.NEITHER),
    ),
    "ocr": (
        *detection("name", "medicines by their names"),
        mean("strength", "share of the medicines found with the right strength"),
        mean("cer", "edits by grapheme clusters over those of gold", Better.LOWER),
        mean("critical", "wrong or look-alike drugs, tenfold doses, wrong frequencies", Better.LOWER),
        mean("failed", "share of pages without a reading", Better.LOWER),
    ),
    "entities": (*detection("entity", "entities by type and words"),),
}
APART = {"summaries": "target", "ocr": None, "entities": None}

PROVENANCE = {
    "commit": "0123456789abcdef0123456789abcdef01234567",
    "dirty": True,
    "versions": {"python": "3.11.9", "nuskha": "0.1.0", "torch": "2.13.0"},
    "engine": "invented",
    "engine_version": "1 sha256:ab12",
    "prompt_hashes": ["5d41402abc4b2a76b9719d911017c592"],
    "arguments": {"column": "summary", "only": ["image=a.jpg", SCRIPT]},
    "defaults": {"column": "summary", "seed": 0, "against": None},
    "predictions": "s3://bucket/output of monday",
    "references": "references.jsonl",
    "dataset_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "created": "2026-11-28T20:15:00+00:00",
    "run": {"run_id": "run-7", "reading": {"engine": "invented", "options": {"greedy": True}}},
}


def summary_items(number: int = 60) -> list[Item]:
    """Summaries in three target languages; some failed, some without a reference."""
    chance, texts = random.Random(5), [HINDI, CHINESE, PORTUGUESE, ENGLISH, SCRIPT, LONG, ARABIC, " \n\n "]
    items: list[Item] = []
    for place in range(number):
        query, failed, unscored = texts[place % len(texts)], place % 17 == 3, place % 20 == 7
        counts: dict[str, tuple[float, ...]] = {
            "drug": (
                float(chance.random() > 0.4),
                float(chance.random() > 0.8),
                float(chance.random() > 0.7),
            ),
            "invented": (float(chance.random() > 0.8), 1.0),
            "failed": (float(failed), 1.0),
            "length": (0.0, 0.0) if failed else (float(chance.randint(8, 40)), 1.0),
        }
        if not unscored:
            score = 0.0 if failed else chance.betavariate(4, 6)
            counts |= {"rouge1": (min(1.0, score * 1.1), 1.0), "rougeL": (score, 1.0)}
        items.append(
            SummaryItem(
                item_id=f"q{place:03}",
                cluster=f"image-{place % 23}",
                failed=failed,
                failure="the engine gave nothing & stopped <early>" if failed else None,
                slices={
                    "target": ("en", "hi", "zh")[place % 3],
                    "code mix": ("0 to 10", "10 to 50")[place % 2],
                    "image": ("none", "skin <rash>, arms", "document")[place % 5 % 3],
                },
                counts=counts,
                query=query if place % 9 else f"{query}\n{PORTUGUESE} " * 9,
                reference=None if unscored else f"A reference of {query}",
                prediction=None if failed else f"What helps? {query[::-1] if place % 4 == 0 else query}",
                flags=("unsupported_number: 500",) if place % 3 == 0 else (),
                lost=("duration: 3 weeks", "negation: no fever") if place % 4 == 1 else (),
                added=("symptom: rash",) if place % 4 == 2 else (),
                invented=(f"drug: {LONG}", "number: 500") if place % 5 == 0 else (),
            )
        )
    return items


def crop(line: str) -> bytes:
    """JPEG of a drawn line."""
    sheet = Image.new("RGB", (460, 84), (247, 243, 232))
    PRINT.draw(ImageDraw.Draw(sheet), (18, 58), line, 36, (36, 42, 84))
    data = io.BytesIO()
    sheet.save(data, "JPEG", quality=80)
    return data.getvalue()


_LINES = (
    ("Tab Pan-D 40 1-0-0 x 5d", "Tab Pand 10 1-0-0 x 5d", "Pan-D", ("strength: 10 for 40",), ("wrong drug",)),
    ("Cap Amoxil 500 TDS", "Cap Amoxit 50 TDS", "Amoxil", ("strength: 50 for 500",), ("tenfold dose",)),
    ("Syp Ascoril 5ml BD", "Syp Ascoril 5ml HS", "Ascoril", ("frequency: HS for BD",), ("wrong frequency",)),
    ("सिरप कोफ़ेक्स दिन में तीन बार", "सिरप कोफेक्स दिन मे दो बार", "Cofex", ("frequency: 2 for 3",), ()),
    ("阿莫西林胶囊 每日三次", "阿莫西林胶襄 每日三次", "阿莫西林", ("form: 胶襄 for 胶囊",), ()),
    ("Inj Ceftriaxone 1g IV", "Inj Ceftriaxone 1g IV", "Ceftriaxone", (), ()),
    (SCRIPT, f"{LONG} {SCRIPT}", ARABIC, (f"duration: {SCRIPT} for 5",), ()),
)


def page_items(number: int = 24) -> list[Item]:
    """Pages with medicines read rightly, wrongly, not at all and out of nothing; some pages failed."""
    chance = random.Random(9)
    items: list[Item] = []
    for place in range(number):
        failed = place % 11 == 4
        medicines = tuple(_medicine(chance, place + step) for step in range(3))
        if place % 6 == 1:
            medicines += (
                ScoredMedicine(outcome="invented", line="Tab Imagined 10", name="Imagined", confidence=0.61),
                ScoredMedicine(outcome="excused", line="Tab Unsure", name="Unsure", confidence=0.4),
            )
        right = sum(medicine.outcome == "found" for medicine in medicines)
        items.append(
            PageItem(
                item_id=f"page{place:02}.jpg" if place else f"{SCRIPT}.jpg",
                cluster=f"page{place:02}",
                failed=failed,
                failure="decode: the file is cut short" if failed else None,
                slices={"legibility": ("clear", "fair", "poor")[place % 3]},
                counts={
                    "name": (0.0, 0.0, 3.0) if failed else (float(right), float(place % 6 == 1), 3.0 - right),
                    "strength": (0.0, 0.0) if failed else (chance.random() * right, float(right)),
                    "cer": (60.0, 60.0) if failed else (float(chance.randint(3, 22)), 60.0),
                    "critical": (float(any(medicine.critical for medicine in medicines)), 1.0),
                    "failed": (float(failed), 1.0),
                },
                source=f"scans/page{place:02}.jpg",
                page=1,
                text="\n".join(medicine.line or "" for medicine in medicines),
                medicines=() if failed else medicines,
                confusions={}
                if failed
                else {"0>O": 3 + place, "1>l": 2, "क्ष>क": 1, "ा>": 4, ">>": 1}
                | {" >": 2, ">.": place % 4 + 1, f"{chr(97 + place)}>c": 1, "\u200d>": 1, "<>&": 1},
            )
        )
    return items


def _medicine(chance: random.Random, place: int) -> ScoredMedicine:
    gold, line, name, wrong, critical = _LINES[place % len(_LINES)]
    if place % 8 == 5:
        return ScoredMedicine(outcome="missed", gold=gold, gold_name=name)
    return ScoredMedicine(
        outcome="found",
        gold=gold,
        gold_name=name,
        line=line,
        name=name,
        wrong=wrong,
        critical=critical,
        needs_review=place % 3 == 0,
        confidence=round(chance.random(), 3),
        box=(10.0, 10.0, 470.0, 10.0, 470.0, 94.0, 10.0, 94.0),
        crop=(crop(gold[:26]) if place % 5 else b"no JPEG <b>") if wrong or critical else None,
    )


def entity_items() -> list[Item]:
    """Sentences with their entities; the last has none."""
    texts = ("Fever for 3 days, on Dolo 650.", HINDI, CHINESE, SCRIPT, ARABIC, "")
    return [
        EntityItem(
            item_id=f"s{place}",
            cluster=f"d{place // 2}",
            failed=False,
            slices={"set": "invented"},
            counts={"entity": (0.0, 0.0, 0.0) if not text else (float(place % 3), float(place % 2), 1.0)},
            text=text,
            gold=("drug: Dolo 650", "problem: fever") if text else (),
            missed=("problem: fever",) if place % 2 else (),
            invented=(f"drug: {SCRIPT}",) if place % 3 == 1 else (),
        )
        for place, text in enumerate(texts)
    ]


def results_of(kind: str, items: Sequence[Item]) -> Results:
    """Results as an evaluation makes them, with two baselines and a curve; of no items, without a figure."""
    measures, apart = MEASURES[kind], APART[kind]
    baselines = {
        name: tuple(figures([_scaled(item, times) for item in items], measures, apart)) if items else ()
        for name, times in (("lead", 0.9), ("constant", 1.2))
    }
    failures: dict[str, int] = {}
    for item in items:
        if item.failure:
            failures[item.failure] = failures.get(item.failure, 0) + 1
    points = tuple((step / 100, 0.3 * (step / 100) ** 2, 1 - step / 100) for step in range(1, 101))
    return Results(
        kind=kind,
        provenance=PROVENANCE,
        figures=tuple(figures(items, measures, apart)) if items else (),
        baselines=baselines if kind != "entities" else {},
        failures=failures,
        curves={"risk_coverage": Curve(points=points, operating=(0.72, 0.1555))} if kind == "ocr" else {},
        leakage={"train.jsonl": {"exact": 2, "near": 5}, "<b>.jsonl": {"exact": 0, "near": 0}},
        notes=(f"A note that holds {SCRIPT}.",),
    )


def _scaled(item: Item, times: float) -> Item:
    """The item with other scores: a share stays one, and of what was found less was found."""
    counts = {
        name: tuple(part * (0.6 if place == 0 else 1.2) for place, part in enumerate(value))
        if len(value) == 3
        else (min(value[0] * times, value[1]) if value[0] <= value[1] else value[0] * times, value[1])
        for name, value in item.counts.items()
    }
    return replace(item, counts=counts)


ITEMS: dict[str, list[Item]] = {
    "summaries": summary_items(),
    "ocr": page_items(),
    "entities": entity_items(),
}
