"""Make `data/word_model.safetensors`: `python -m multilingual.train_words DATA [OUTPUT]`.

DATA is a folder with the sets named below, each under a licence that lets weights be made from it. English
words come from MeQSum (CC BY 4.0), TICO-19's English side (CC0), Hinglish-TOP's English side (Apache-2.0),
the English summaries of MMCQS (CC BY 4.0) and our own list; Portuguese ones from TICO-19 (CC0) and our own
list; Hindi ones from our own lexicon and spelling rules. The mixed texts of MMCQS and Hinglish-TOP (training
parts) have no tags: two rounds of expectation-maximisation tell how often each of their words is Hindi there.
"""

import csv
import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from multilingual.romanise import spellings
from multilingual.word_lists import hindi_verb_forms, hindi_words, shared_words, words
from multilingual.word_model import BUCKETS, LANGUAGES, features, written

Counts = tuple[Counter[str], Counter[str], Counter[str]]
Floats = NDArray[np.float64]

ROUNDS = 2
STEPS = 150
STEP_SIZE = 0.05
SHRINKAGE = 2e-6
STAY = 0.75
LISTED, SPELLED = 8, 3  # occurrences that a word of our lists, and a spelling made by rule, stands for
SURE = 3  # occurrences in English texts from which a word without a Hindi reading is English

_WORD = re.compile(r"[a-zà-ÿ]+(?:'[a-z]+)?")


def texts_of(data: Path) -> tuple[Counts, list[list[str]]]:
    """Counts of words in en, hi and pt; and the words of the texts that mix English and Hindi."""
    english, hindi, portuguese = Counter[str](), Counter[str](), Counter[str]()
    mixed = []
    for row in json_rows(data / "queries/en_meqsum.jsonl"):
        english.update(_words(f"{row['query']} {row['summary']}"))
    for row in json_rows(data / "parallel/tico19_en_pt.jsonl"):
        english.update(_words(row["en"]))
        portuguese.update(_words(row["pt"]))
    for row in json_rows(data / "queries/mmcqs_train.jsonl"):
        english.update(_words(row["summary"]))
        mixed.append(_words(row["query"]))
    with (data / "hinglish/hinglish_top_train.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            english.update(_words(row["en_query"]))
            mixed.append(_words(row["cs_query"]))
    _add(english, words("english_words.txt"), LISTED)
    _add(portuguese, words("portuguese_words.txt"), LISTED)
    for word in [word for word in portuguese if _plain(word) != word]:
        portuguese[_plain(word)] += portuguese[word] // 2 + 1
    for lexeme in hindi_words():
        _add(hindi, (lexeme.roman, *lexeme.variants), LISTED)
    _add(hindi, words("names_indian.txt"), SPELLED)
    for roman in (*(lexeme.roman for lexeme in hindi_words()), *(form for form, _ in hindi_verb_forms())):
        _add(hindi, spellings(roman), SPELLED)
    return (english, hindi, portuguese), [text for text in mixed if text]


def train(counts: Counts, mixed: Sequence[Sequence[str]]) -> Floats:
    """Weights of shape (BUCKETS, 3), refined on the mixed texts by expectation-maximisation."""
    english, hindi, portuguese = counts
    weights = fit(*counts)
    for _ in range(ROUNDS):
        expected = _expected(weights, mixed)
        more_english, more_hindi = Counter(english), Counter(hindi)
        for word, (as_english, as_hindi) in expected.items():
            if as_english > 0.5 and (english[word] or not hindi[word]):
                more_english[word] += round(as_english)
            if as_hindi > 0.5 and (hindi[word] or english[word] < SURE):
                more_hindi[word] += round(as_hindi)
        weights = fit(more_english, more_hindi, portuguese)
    return weights


def fit(*counts: Counter[str]) -> Floats:
    """Multinomial logistic regression over the words' features, by Adam on the whole set, in balance."""
    vocabulary = sorted(set().union(*counts))
    occurrences = np.array([[count[word] for count in counts] for word in vocabulary], dtype=np.float64)
    rates = occurrences / occurrences.sum(axis=0) + 1e-15
    wanted = rates / rates.sum(axis=1, keepdims=True)
    importance = np.log1p(occurrences.sum(axis=1))
    importance *= (wanted / (importance[:, None] * wanted).sum(axis=0)).sum(axis=1)
    importance /= importance.sum()

    rows = [features(written(word)) for word in vocabulary]
    columns = np.concatenate([np.array(row) for row in rows])
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])[:-1]])
    words_of = np.repeat(np.arange(len(rows)), [len(row) for row in rows])

    weights = np.zeros((BUCKETS, len(LANGUAGES)))
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        error = (_softmax(np.add.reduceat(weights[columns], starts)) - wanted) * importance[:, None]
        slope = SHRINKAGE * weights + np.stack(
            [np.bincount(columns, error[words_of, k], BUCKETS) for k in range(len(LANGUAGES))], axis=1
        )
        first = 0.9 * first + 0.1 * slope
        second = 0.99 * second + 0.01 * slope**2
        corrected = np.sqrt(second / (1 - 0.99**step)) + 1e-7
        weights -= STEP_SIZE * first / (1 - 0.9**step) / corrected
    return weights


def save(weights: Floats, path: Path) -> None:
    """Write the weights as bytes and their step size."""
    step = np.abs(weights).max() / 127
    tensors = {
        "weights": np.round(weights / step).astype(np.int8),
        "step": np.array([step], dtype=np.float32),
    }
    save_file(
        tensors, path, metadata={"languages": " ".join(LANGUAGES), "made_by": "multilingual.train_words"}
    )


def _expected(weights: Floats, mixed: Sequence[Sequence[str]]) -> dict[str, tuple[float, float]]:
    """How often each word of the mixed texts is English and Hindi there, by forward and backward sums."""
    vocabulary = {word for text in mixed for word in text}
    likelihoods = {word: _likelihoods(weights, word) for word in vocabulary}
    stay = np.array([[STAY, 1 - STAY], [1 - STAY, STAY]])
    expected: dict[str, Floats] = {word: np.zeros(2) for word in vocabulary}
    for text in mixed:
        seen = [likelihoods[word] for word in text]
        before = [np.full(2, 0.5)]
        for one in seen:
            told = before[-1] * one @ stay
            before.append(told / told.sum())
        after = np.full(2, 0.5)
        for word, one, prior in zip(reversed(text), reversed(seen), reversed(before[:-1]), strict=True):
            both = prior * one * after
            expected[word] += both / both.sum()
            after = stay @ (one * after)
            after /= after.sum()
    return {word: (float(as_english), float(as_hindi)) for word, (as_english, as_hindi) in expected.items()}


def _likelihoods(weights: Floats, word: str) -> Floats:
    rates = shared_words().get(word)
    told = np.array(rates) if rates else _softmax(weights[features(written(word))].sum(axis=0)[None])[0]
    return np.asarray(np.maximum(told[:2] / told.sum(), 1e-3))


def _softmax(sums: Floats) -> Floats:
    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def json_rows(path: Path) -> Iterator[dict[str, str]]:
    """The objects of a file of JSON Lines."""
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFC", text).lower())


def _add(counts: Counter[str], added: Iterable[str], times: int) -> None:
    for word in added:
        counts[word.lower()] += times


def _plain(word: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", word) if not unicodedata.combining(char))


if __name__ == "__main__":
    shipped = Path(__file__).parent / "data" / "word_model.safetensors"
    save(train(*texts_of(Path(sys.argv[1]))), Path(sys.argv[2]) if len(sys.argv) > 2 else shipped)
