"""How a sheet looks when it is photographed: tilted on a table, shaded, a little blurred and noisy."""

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.base import Picture

_TABLE = (112, 92, 74)


def photograph(sheet: Picture, tilt: float, turn: int, shadow: float, random: np.random.Generator) -> Picture:
    """Photograph a sheet tilted by `tilt` degrees, the camera turned by `turn` (0, 90, 180 or 270).

    `shadow` is how much light is lost in the darkest corner.
    """
    picture = _on_table(_creased(sheet, random), tilt, random)
    blurred = cv2.GaussianBlur(_shaded(picture, shadow, random), (0, 0), random.uniform(0.6, 1.0))
    noisy = blurred + random.normal(0, 2.5, blurred.shape)
    turned = np.rot90(np.clip(noisy, 0, 255).astype(np.uint8), turn // 90)
    return np.ascontiguousarray(turned)


def _creased(sheet: Picture, random: np.random.Generator) -> Picture:
    """Paper with fibres and a fold across the middle."""
    height, width = sheet.shape[:2]
    fibres = cv2.GaussianBlur(random.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 2.0)
    fold = np.abs(np.arange(height) - height * random.uniform(0.45, 0.55))
    light = 1 + 0.03 * fibres - 0.05 * np.exp(-((fold / 6) ** 2))[:, np.newaxis]
    return cast(Picture, np.clip(sheet * light[:, :, np.newaxis], 0, 255).astype(np.uint8))


def _on_table(sheet: Picture, tilt: float, random: np.random.Generator) -> Picture:
    """The sheet turned and seen a little from the side, on a table that shows at the edges."""
    height, width = sheet.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    centre = np.array([width / 2, height / 2])
    angle = np.deg2rad(tilt)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    seen = (corners - centre) @ turn.T * 0.97 + centre + random.normal(0, 0.008, (4, 2)) * width
    lens = cv2.getPerspectiveTransform(corners, seen.astype(np.float32))
    table = np.array(_TABLE) + random.normal(0, 6, (height, width, 1))
    flat = cv2.warpPerspective(sheet, lens, (width, height), flags=cv2.INTER_AREA)
    inside = cv2.warpPerspective(np.full((height, width), 255, np.uint8), lens, (width, height))
    return cast(
        Picture, np.where(inside[:, :, np.newaxis] > 127, flat, np.clip(table, 0, 255)).astype(np.uint8)
    )


def _shaded(picture: Picture, shadow: float, random: np.random.Generator) -> NDArray[np.float64]:
    """Light that falls off to one side, and warms."""
    height, width = picture.shape[:2]
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    direction = random.uniform(0, 2 * np.pi)
    fall = (columns / width - 0.5) * np.cos(direction) + (rows / height - 0.5) * np.sin(direction)
    light = 1 - shadow * np.clip(fall + 0.5, 0, 1)
    warmth = np.array([1.0, 0.98, 0.93])
    shaded: NDArray[np.float64] = picture * light[:, :, np.newaxis] * warmth
    return shaded
