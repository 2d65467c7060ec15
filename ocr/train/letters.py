"""Real words cut into letters, each word at one size.

Words are brought to a common size by what their letters are: small ones tell the height of an x, all that do
not hang tell the baseline, and the width follows from how many there are, since the crops were squeezed. Cuts
run between two letters where there is least ink, bending as they must.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.train.alignment import Letter
from ocr.train.augment import Grey

ROWS, BASELINE, X_HEIGHT, PITCH = 88, 56, 20, 20
"""Pixels of a word at the common size: its height, where its baseline is, an x's height and width."""
_OUTERMOST = 1.2  # of a letter's width: from the middle of a word's first or last letter to its end, at most
_TALL, _HANGING, _PLACED = frozenset("bdfhklt"), frozenset("gjpqy"), frozenset("acemnorsuvwxz")
_TALLER = 1.7  # capitals, digits and letters with ascenders, beside an x
_WIDTHS = {
    **dict.fromkeys("iIl1.,'|", 0.55),
    **dict.fromkeys("fjrt-", 0.75),
    **dict.fromkeys("mwMW", 1.5),
    " ": 0.9,
}
_CAPITAL = 1.25
_FAINTEST = 12  # grey levels between ink and paper
_STROKE = 0.4  # ink from which a pixel belongs to a stroke
_ASIDE, _BENT = 0.04, 0.02
"""Cost of a cut far from the middle between two letters, and of a bend, a row; that of full ink is 1."""
_SLANTS = np.linspace(-0.3, 0.9, 13)


@dataclass(frozen=True, slots=True)
class Hand:
    """How a word looks: what makes two look like one hand, and its paper."""

    features: NDArray[np.float32]
    paper: float
    """Grey level of the paper."""
    contrast: float
    """How much darker the ink is."""
    noise: float
    """Standard deviation of the paper's grey levels."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word at the common size: ink (ROWS, width) from 0 to 255, and where each letter begins."""

    text: str
    ink: Grey
    cuts: NDArray[np.int16]
    """Shape (letters + 1, ROWS): the column of each cut in each row."""
    hand: Hand


def sized_word(picture: Grey, letters: Sequence[Letter]) -> Word | None:
    """The word of a squeezed picture at the common size; None where it is faint or its lines are not told."""
    paper = _paper(picture)
    darker = np.maximum(paper - picture, 0.0)
    level = float(np.percentile(darker, 99))
    if level < _FAINTEST:
        return None
    faint = darker[darker < 0.25 * level]
    noise = float(faint.std()) if faint.size else 0.0
    floor = max(0.12 * level, 2 * noise)
    ink = np.clip((darker - floor) / (level - floor), 0, 1).astype(np.float32)
    lines = _lines(ink, letters)
    if lines is None:
        return None
    slope, base, x_height = lines
    high = X_HEIGHT / x_height
    centres = np.array([each.centre * picture.shape[1] for each in letters])
    widths = PITCH * np.array([_width_of(each.character) for each in letters])
    wide = float((widths[1:] + widths[:-1]).sum() / 2 / max(1.0, centres[-1] - centres[0]))
    if not 0.8 < wide / high < 6:
        return None
    small = cv2.resize(ink, None, fx=wide, fy=high, interpolation=cv2.INTER_AREA)
    left = centres[0] * wide - _OUTERMOST * widths[0]
    columns = int(centres[-1] * wide + _OUTERMOST * widths[-1] - left)
    moved = np.array([[1, 0, -left], [-slope * high / wide, 1, BASELINE - base * high]], np.float32)
    sized = np.asarray(cv2.warpAffine(small, moved, (columns, ROWS)), np.float32)
    middles = centres * wide - left
    _clean(sized, middles[0] - widths[0] / 2, middles[-1] + widths[-1] / 2)
    thick = _thickness(sized)
    features = np.array(
        [thick, _slant(sized), np.log(wide / high), level / 64, paper.mean() / 64], np.float32
    )
    hand = Hand(features, float(np.median(paper)), level, noise)
    text = "".join(each.character for each in letters)
    return Word(text, (sized * 255).astype(np.uint8), _cuts(sized, middles), hand)


def _paper(picture: Grey) -> NDArray[np.float32]:
    """The picture's grey levels as they would be without ink."""
    closed = cv2.morphologyEx(picture, cv2.MORPH_CLOSE, np.ones((31, 31), np.uint8))
    return np.asarray(cv2.GaussianBlur(closed.astype(np.float32), (0, 0), 8), np.float32)


def _lines(ink: NDArray[np.float32], letters: Sequence[Letter]) -> tuple[float, float, float] | None:
    """Slope of the baseline, its row at column 0, and the height of an x; None where too few letters tell."""
    centres = [each.centre * ink.shape[1] for each in letters]
    if len(letters) < 2:
        return None
    half = 0.35 * float(np.median(np.diff(centres)))
    bottoms, tops = [], []
    for each, centre in zip(letters, centres, strict=True):
        strip = ink[:, max(0, int(centre - half)) : int(centre + half) + 1]
        rows = np.flatnonzero((strip > _STROKE).any(axis=1))
        if not len(rows) or not each.character.isalnum():
            continue
        if each.character not in _HANGING:
            bottoms.append((centre, float(rows[-1])))
        if each.character in _PLACED | _HANGING - {"j"}:
            tops.append((centre, float(rows[0]), 1.0))
        elif each.character in _TALL or each.character.isupper() or each.character.isdigit():
            tops.append((centre, float(rows[0]), _TALLER))
    if len(bottoms) < 2 or not tops:
        return None
    x, y = np.array(bottoms).T
    apart = x[:, np.newaxis] - x
    far = apart > 0.2 * ink.shape[1]
    slopes = ((y[:, np.newaxis] - y)[far]) / apart[far]
    slope = float(np.clip(np.median(slopes), -0.35, 0.35)) if len(slopes) >= 3 else 0.0
    base = float(np.median(y - slope * x))
    height = float(np.median([(base + slope * at - top) / taller for at, top, taller in tops]))
    return (slope, base, height) if height > 8 else None


def _clean(ink: NDArray[np.float32], left: float, right: float) -> None:
    """Take away what belongs to no letter: strokes wholly below the baseline, specks beside the word."""
    count, parts, sizes, _ = cv2.connectedComponentsWithStats((ink > 0.3).astype(np.uint8))
    for part in range(1, count):
        x, y, wide, high, _ = sizes[part]
        beside = x > right or x + wide < left
        if y > BASELINE + X_HEIGHT // 5 or (beside and high < X_HEIGHT // 2):
            ink[cv2.dilate((parts == part).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0] = 0


def _width_of(character: str) -> float:
    return _WIDTHS.get(character, _CAPITAL if character.isupper() else 1.0)


def _thickness(ink: NDArray[np.float32]) -> float:
    """Mean width of the strokes, from their area and their edges."""
    strokes = (ink > _STROKE).astype(np.uint8)
    inner = cv2.erode(strokes, np.ones((3, 3), np.uint8))
    return float(2 * strokes.sum() / max(1, int(strokes.sum()) - int(inner.sum())))


def _slant(ink: NDArray[np.float32]) -> float:
    """How far the strokes lean to the right, in columns a row: upright ones leave the most columns empty."""
    rows, columns = ink.shape
    sharpest = []
    for slant in _SLANTS:
        upright = np.array([[1, slant, -slant * BASELINE], [0, 1, 0]], np.float32)
        sharpest.append(float((cv2.warpAffine(ink, upright, (columns, rows)).sum(axis=0) ** 2).sum()))
    return float(_SLANTS[int(np.argmax(sharpest))])


def _cuts(ink: NDArray[np.float32], middles: NDArray[np.float64]) -> NDArray[np.int16]:
    """Cuts between neighbouring middles, two at least, and at both ends: shape (letters + 1, rows).

    Each is the path of least cost from the top to the foot that moves at most one column a row.
    """
    rows, columns = ink.shape
    cuts = np.zeros((len(middles) + 1, rows), np.int16)
    cuts[-1] = columns
    gaps = np.maximum(np.diff(middles), 4)
    low, span = middles[:-1] + 0.12 * gaps, int(0.76 * gaps.max()) + 1
    places = np.clip(low[:, np.newaxis].astype(int) + np.arange(span), 0, columns - 1)
    off = (places - (middles[:-1] + gaps / 2)[:, np.newaxis]) / gaps[:, np.newaxis]
    aside = np.where(np.abs(off) < 0.4, _ASIDE * off**2, np.inf)
    cost = ink[:, places].transpose(1, 0, 2) + aside[:, np.newaxis]  # (cuts, rows, span)
    paths = np.zeros((rows, len(gaps), span), np.int16)
    total, beside = cost[:, 0], np.full((len(gaps), span + 2), np.inf)
    for row in range(1, rows):
        beside[:, 1:-1] = total
        ways = np.stack((beside[:, 1:-1], beside[:, :-2] + _BENT, beside[:, 2:] + _BENT))
        step = ways.argmin(axis=0)
        paths[row] = np.array([0, -1, 1])[step]
        total = ways.min(axis=0) + cost[:, row]
    at = total.argmin(axis=1)
    each = np.arange(len(gaps))
    for row in range(rows - 1, -1, -1):
        cuts[1:-1, row] = places[each, at]
        at = at + paths[row, each, at]
    return cuts
