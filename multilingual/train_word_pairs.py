"""Make `data/word_pairs.tsv`: `python -m multilingual.train_word_pairs DATA [OUTPUT]`.

DATA is a folder with the messages of MMCQS beside their English summaries (training part, CC BY 4.0) and
TICO-19 in Hindi and English (CC0). Which word tells which is learnt by expectation-maximisation as in IBM's
first model of translation (Brown et al., 1993, "The mathematics of statistical machine translation"): every
English word is told by one word of the message, or by none.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from multilingual.train_words import json_rows
from multilingual.word_lists import DATA, words
from multilingual.word_pairs import FILE, SHORTEST, english_stems, message_words

Pair = tuple[frozenset[str], frozenset[str]]
"""The words of a message and the stems of its English."""
Lexicon = Mapping[str, frozenset[str]]

ROUNDS = 8
FOLDS = 4
SURE = 0.2
"""The probability from which a word tells another."""
LIKELY, LIFT = 0.05, 10
"""It does, too, from this probability on, if that is so many times the English word's share of all words."""
RARE = 5  # occurrences of a message's word below which nothing is learnt of it
KNOWN = 5  # occurrences of an English stem from which it is usual, and its share told counts
TOLD = 0.7  # share of its occurrences, in parts of MMCQS that were not learnt from, that is told


@dataclass(frozen=True, slots=True)
class Texts:
    """Pairs of the two sets: summaries, whose words shall be told, and translations."""

    summaries: Sequence[Pair]
    translations: Sequence[Pair]


def read(data: Path) -> Texts:
    """The pairs of both sets."""
    return Texts(
        [_pair(row["query"], row["core"]) for row in json_rows(data / "queries/mmcqs_train.jsonl")],
        [_pair(row["hi"], row["en"]) for row in json_rows(data / "parallel/tico19_en_hi.jsonl")],
    )


def learn(pairs: Sequence[Pair]) -> Lexicon:
    """The message's words that tell each English stem."""
    tellers = {word: number for number, word in enumerate(sorted({w for told, _ in pairs for w in told}), 1)}
    stems = {word: number for number, word in enumerate(sorted({w for _, said in pairs for w in said}))}
    links: list[Any] = []  # of each English word of a text to every word of its message, 0 being none
    choices: list[Any] = []  # which English word, counted over all texts
    made = 0
    for told, said in pairs:
        sources = np.array([0, *sorted(tellers[word] for word in told)])
        targets = np.array(sorted(stems[word] for word in said), np.int64)
        links.append(np.add.outer(targets, sources * len(stems)).ravel())
        choices.append(np.repeat(np.arange(made, made + len(targets)), len(sources)))
        made += len(targets)
    kinds, kind_of = np.unique(np.concatenate(links), return_inverse=True)
    choice, source = np.concatenate(choices), kinds // len(stems)
    chance = np.ones(len(kinds))
    for _ in range(ROUNDS):
        share = chance[kind_of]
        share /= np.bincount(choice, share)[choice]
        expected = np.bincount(kind_of, share, len(kinds))
        chance = expected / np.bincount(source, expected)[source]
    return _kept(pairs, list(tellers), list(stems), zip(kinds.tolist(), chance.tolist(), strict=True))


def lexicon(texts: Texts) -> Lexicon:
    """What is learnt from all pairs, of the stems that are told in most of the summaries that have them."""
    seen, told = Counter[str](), Counter[str]()
    for fold in range(FOLDS):
        others = [pair for number, pair in enumerate(texts.summaries) if number % FOLDS != fold]
        learnt = learn([*others, *texts.translations])
        for message, said in texts.summaries[fold::FOLDS]:
            seen.update(said)
            told.update(word for word in said if message & {word, *learnt.get(word, ())})
    empty = _empty()
    everything = learn([*texts.summaries, *texts.translations])
    return {
        word: everything.get(word, frozenset())
        for word, count in sorted(seen.items())
        if count >= KNOWN and told[word] >= TOLD * count and word not in empty and len(word) >= SHORTEST
    }


def usual(texts: Texts) -> frozenset[str]:
    """The stems that people use often in summaries, and those of words that mean little by themselves."""
    seen = Counter(word for _, said in texts.summaries for word in said)
    return frozenset(word for word, count in seen.items() if count >= KNOWN) | _empty()


def _empty() -> frozenset[str]:
    return frozenset(stem for word in words("english_function_words.txt") for stem in english_stems(word))


def _kept(
    pairs: Sequence[Pair], tellers: Sequence[str], stems: Sequence[str], links: Iterable[tuple[int, float]]
) -> Lexicon:
    frequent = Counter(word for told, _ in pairs for word in told)
    share = Counter(word for _, said in pairs for word in said)
    whole = share.total()
    kept: dict[str, set[str]] = {}
    for link, chance in links:
        source, target = divmod(link, len(stems))
        teller, word = tellers[source - 1], stems[target]
        is_likely = chance >= SURE or (chance >= LIKELY and chance * whole >= LIFT * share[word])
        if source and is_likely and frequent[teller] >= RARE:
            kept.setdefault(word, set()).add(teller)
    return {word: frozenset(found) for word, found in kept.items()}


def _pair(message: str, english: str) -> Pair:
    return message_words(message), frozenset(english_stems(english))


def main() -> None:
    """Learn and write the file."""
    texts = read(Path(sys.argv[1]))
    learnt = lexicon(texts)
    others = usual(texts) - learnt.keys()
    output = Path(sys.argv[2] if len(sys.argv) > 2 else str(DATA.joinpath(FILE)))
    lines = [f"{word}\t{' '.join(sorted(found - {word}))}\n" for word, found in learnt.items()]
    output.write_text("".join(sorted([*lines, *(f"{word}\n" for word in others)])), "utf-8")
    pairs = sum(map(len, learnt.values()))
    print(f"{output}: {len(learnt)} English stems, {pairs} pairs; {len(others)} stems that are usual")


if __name__ == "__main__":
    main()
