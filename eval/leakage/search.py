"""Test items that occur in training files, exactly or nearly.

Texts are compared in a normal form: NFKC, case folded, runs of blanks, punctuation and
symbols as one blank, none beside a Han character. Near are texts whose shingles of 5 characters have a
Jaccard similarity of 0.8 or more, and pictures whose difference hashes differ in 4 of 64 bits or fewer.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import numpy as np

from eval.leakage.image_hash import BITS, Pixels, image_hash, nearest
from eval.leakage.near_duplicates import NearDuplicates

NEAR: Final = 0.8
NEAR_BITS: Final = 4

_HAN: Final = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_BESIDE_HAN: Final = re.compile(rf"(?<=[{_HAN}]) | (?=[{_HAN}])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A test item that training has, with one of the training items that it is."""

    test_id: str
    train_id: str
    exact: bool  # the same normal form or pixels; else it is near
    similarity: float  # Jaccard of shingles, or the share of equal bits; 1 where exact


class _Kept(dict[int, str | None]):
    """For `str.translate`: letters and marks stay, digits become ASCII, zero widths go, the rest is blank."""

    def __missing__(self, point: int) -> str | None:
        char = chr(point)
        match unicodedata.category(char):
            case "Nd":
                self[point] = str(unicodedata.decimal(char))
            case "Cf":
                self[point] = None
            case category:
                self[point] = char if category[0] in "LMN" else " "
        return self[point]


_KEPT: Final = _Kept()


def normal_form(text: str) -> str:
    """What texts have in common that differ in looks alone; empty where there is no letter or digit."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    words = " ".join(folded.translate(_KEPT).split())
    return words if words.isascii() else _BESIDE_HAN.sub("", words)


def find_leaks(test: Mapping[str, str], train: Mapping[str, str], near: float = NEAR) -> list[Leak]:
    """Texts of `test` that `train` has, in the order of `test`; both are texts by id.

    A near leak names a training text that is near enough, not always the nearest. Texts without letters and
    digits are left out. Raises ValueError when `near` is not in (0, 1].
    """
    if not 0 < near <= 1:
        raise ValueError(f"near is {near}, and is to be above 0 and at most 1")
    known: dict[str, str] = {}
    for train_id, text in train.items():
        known.setdefault(normal_form(text), train_id)
    sought: defaultdict[str, list[str]] = defaultdict(list)
    for test_id, text in test.items():
        sought[normal_form(text)].append(test_id)
    for texts in (known, sought):
        texts.pop("", None)
    found: dict[str, Leak] = {}
    for form in sought.keys() & known.keys():
        for test_id in sought.pop(form):
            found[test_id] = Leak(test_id=test_id, train_id=known[form], exact=True, similarity=1.0)
    forms = list(sought)
    index = NearDuplicates(forms, near)
    for form, train_id in known.items():
        for place, similarity in index.find(form):
            for test_id in sought[forms[place]]:
                found[test_id] = Leak(test_id=test_id, train_id=train_id, exact=False, similarity=similarity)
    return [found[test_id] for test_id in test if test_id in found]


def find_image_leaks(
    test: Iterable[tuple[str, Pixels]], train: Iterable[tuple[str, Pixels]], bits: int = NEAR_BITS
) -> list[Leak]:
    """Pictures of `test` that `train` has, in the order of `test`; both are ids with pixels, read one by one.

    Exact are equal pixels, near are hashes that differ in `bits` or fewer. Raises ValueError when an array is
    no picture.
    """
    known: dict[bytes, str] = {}
    train_ids: list[str] = []
    hashes: list[int] = []
    for train_id, pixels in train:
        known.setdefault(_digest(pixels), train_id)
        train_ids.append(train_id)
        hashes.append(image_hash(pixels))
    if not train_ids:
        return []
    others = np.array(hashes, np.uint64)
    found: list[Leak] = []
    for test_id, pixels in test:
        place, differing = nearest(image_hash(pixels), others)
        same = known.get(_digest(pixels))
        if same is not None:
            found.append(Leak(test_id=test_id, train_id=same, exact=True, similarity=1.0))
        elif differing <= bits:
            similarity = 1 - differing / BITS
            found.append(Leak(test_id=test_id, train_id=train_ids[place], exact=False, similarity=similarity))
    return found


def _digest(pixels: Pixels) -> bytes:
    return blake2b(pixels.tobytes(), digest_size=16, key=str(pixels.shape).encode()).digest()


def count_leaks(leaks: Iterable[Leak]) -> dict[str, int]:
    """How many test items leaked exactly, and how many nearly."""
    kinds = Counter(leak.exact for leak in leaks)
    return {"exact": kinds[True], "near": kinds[False]}
