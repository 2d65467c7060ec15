"""The paper under a line, and the camera over it."""

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.base import Picture

Light = NDArray[np.float32]
"""Brightness 0 to 255, shape (height, width, 3)."""

_SCANNED, _PHOTOGRAPHED, _YELLOWED, _TINTED = range(4)


def draw_paper(shape: tuple[int, ...], baseline: float, random: np.random.Generator) -> Light:
    """Blank paper: white, grey in a photo, yellowed or tinted; ruled, dotted or squared; folded, stained."""
    height, width = shape
    kind = random.choice(4, p=(0.45, 0.35, 0.12, 0.08))
    colour = np.full(3, random.uniform(244, 255), np.float32)
    if kind == _PHOTOGRAPHED:
        colour = np.full(3, random.uniform(130, 220), np.float32) + random.normal(0, 2, 3).astype(np.float32)
    elif kind == _YELLOWED:
        colour = random.uniform(190, 250) * np.array([1, 0.97, random.uniform(0.78, 0.93)], np.float32)
    elif kind == _TINTED:
        colour = random.uniform((205, 215, 205), (245, 250, 255)).astype(np.float32)
    paper = np.empty((height, width, 3), np.float32)
    paper[:] = colour
    if kind != _SCANNED:
        paper *= _lighting(height, width, random)[:, :, np.newaxis]
    if random.random() < 0.3:
        _rule(paper, baseline, random)
    if random.random() < 0.08:
        _stain(paper, random)
    return paper


def see(paper: Light, random: np.random.Generator) -> Picture:
    """The crop as a phone's picture, an enhancing scanner program or a black-and-white file holds it."""
    height, width = paper.shape[:2]
    if random.random() < 0.45:
        paper = np.repeat(paper.mean(axis=2, keepdims=True), 3, axis=2)
    # Real crops are often taken from few pixels, and not by the same factor both ways.
    scale = random.uniform(0.65, 1.0)
    small = (max(24, round(width * scale * random.uniform(0.75, 1.0))), max(24, round(height * scale)))
    picture: Light = cv2.resize(paper, small, interpolation=cv2.INTER_AREA).astype(np.float32, copy=False)
    if random.random() < 0.5:
        picture = cast(Light, cv2.GaussianBlur(picture, (0, 0), random.uniform(0.3, 0.65)))
    if random.random() < 0.12:
        picture = _moved(picture, random)
    contrast, brightness = np.float32(random.uniform(0.75, 1.1)), np.float32(random.uniform(-12, 12))
    picture = (picture - 128) * contrast + 128 + brightness
    if random.random() < 0.6:
        noise = random.standard_normal((small[1], small[0], 1), dtype=np.float32)
        picture = picture + noise * np.float32(random.uniform(0.5, 7))
    grey = random.random()
    if grey < 0.08:
        picture = _binarised(picture, random)
    elif grey < 0.35:  # programs for scanning whiten the paper
        white = max(float(np.percentile(picture[::2, ::2], 80)), 60.0)
        picture = picture * np.float32(random.uniform(245, 265) / white)
    seen: Picture = np.clip(picture, 0, 255).astype(np.uint8)
    if random.random() < 0.7:
        quality = int(random.integers(30, 92))
        _, packed = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, quality])
        seen = cast(Picture, cv2.imdecode(packed, cv2.IMREAD_COLOR))
    return cast(Picture, cv2.resize(seen, (width, height), interpolation=cv2.INTER_LINEAR))


def _lighting(height: int, width: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Light that falls off to a side, and paper that is not flat."""
    corners = random.uniform(0.82, 1.06, (2, 3)).astype(np.float32)
    light = cv2.resize(corners, (width, height), interpolation=cv2.INTER_LINEAR)
    if random.random() < 0.12:
        across = np.arange(width) - random.uniform(0, width)
        slope = np.arange(height)[:, np.newaxis] * random.normal(0, 0.3)
        light = light * (
            1 - random.uniform(0.05, 0.2) * np.exp(-(((across + slope) / random.uniform(2, 8)) ** 2))
        )
    if random.random() < 0.1:
        edge = (
            np.arange(width)
            + np.arange(height)[:, np.newaxis] * random.normal(0, 1)
            - random.uniform(0, width)
        )
        light = light * (1 - random.uniform(0.1, 0.4) / (1 + np.exp(-edge * random.choice((-0.2, 0.2)))))
    return cast(NDArray[np.float32], light.astype(np.float32))


def _rule(paper: Light, baseline: float, random: np.random.Generator) -> None:
    """A printed line, dotted line or squares, level or a little tilted."""
    height, width = paper.shape[:2]
    shade = random.uniform(0.35, 0.93, 3) if random.random() < 0.4 else np.full(3, random.uniform(0.35, 0.93))
    colour = paper.mean(axis=(0, 1)) * shade
    tilt = random.normal(0, 0.015) * width
    step = random.uniform(0.35, 0.9) * height
    kind = random.random()
    tops = [baseline + random.normal(0, 0.12) * height]
    if kind < 0.5:
        tops += [tops[0] - step, tops[0] + step]
    thickness = 2 if random.random() < 0.25 else 1
    for y in tops:
        start, end = (0, round(y - tilt)), (width, round(y + tilt))
        if kind > 0.75:
            for x in range(int(random.integers(0, 6)), width, int(random.integers(4, 9))):
                cv2.circle(paper, (x, round(y - tilt + 2 * tilt * x / width)), 1, colour.tolist(), -1)
        else:
            cv2.line(paper, start, end, colour.tolist(), thickness, cv2.LINE_AA)
    if kind < 0.15:
        for x in range(int(random.uniform(0, step)), width, max(6, round(step))):
            cv2.line(paper, (x, 0), (x + round(tilt), height), colour.tolist(), 1, cv2.LINE_AA)


def _stain(paper: Light, random: np.random.Generator) -> None:
    """A faint blot or specks."""
    height, width = paper.shape[:2]
    spot = np.ones((height, width), np.float32)
    for _ in range(int(random.integers(1, 5))):
        centre = (int(random.integers(0, width)), int(random.integers(0, height)))
        radius = int(random.exponential(0.12) * height) + 1
        cv2.circle(spot, centre, radius, (float(random.uniform(0.55, 0.95)),), -1)
    paper *= cv2.GaussianBlur(spot, (0, 0), 1.5)[:, :, np.newaxis]


def _moved(picture: Light, random: np.random.Generator) -> Light:
    length = int(random.integers(2, 5))
    kernel = np.ones((1, length) if random.random() < 0.5 else (length, 1), np.float32) / length
    return cast(Light, cv2.filter2D(picture, -1, kernel))


def _binarised(picture: Light, random: np.random.Generator) -> Light:
    grey = np.clip(picture.mean(axis=2), 0, 255).astype(np.uint8)
    level = cv2.threshold(grey, 0, 255, cv2.THRESH_OTSU)[0] + random.uniform(-12, 12)
    return cast(
        Light, np.repeat(np.where(grey > level, 255.0, 0.0)[:, :, np.newaxis], 3, axis=2).astype(np.float32)
    )
