"""How a sheet looks when it is photographed or scanned: tilted, shaded, creased, blurred, noisy."""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.base import Picture
from ocr.simulate.doctors import Colour
from ocr.simulate.surface import Corners

_KNOT = 48  # light changes slowly: it is computed on points so many pixels apart
_TILE = 256  # noise repeats after so many pixels


@dataclass(frozen=True, slots=True)
class Camera:
    """How the picture is taken. Angles are in degrees, lengths in shares of the sheet's width."""

    tilt: float = 0.0
    turn: int = 0  # 0, 90, 180 or 270: how the phone was held
    distance: float = 1.03  # of the camera: above 1 the table shows around the sheet
    askew: float = 0.008  # the corners' displacement, standard deviation
    table: Colour = (112, 92, 74)
    shadow: float = 0.0  # light lost in the darkest corner
    folds: int = 1
    crumple: float = 0.0  # unevenness of the light on paper that was crumpled
    warmth: float = 0.07  # blue lost
    contrast: float = 1.0
    blur: float = 0.8  # standard deviation, pixels
    noise: float = 2.5  # standard deviation, of 255
    grey: bool = False


def simulated_camera(random: np.random.Generator) -> Camera:
    """A phone over a table, in two cases of three; else a scanner, or a program that makes photos look so."""
    if random.random() < 0.33:
        return Camera(
            tilt=float(random.normal(0, 0.5)),
            distance=1.0,
            askew=0.001,
            table=(255, 255, 255),
            folds=0,
            warmth=0.0,
            contrast=float(random.uniform(0.95, 1.15)),
            blur=float(random.uniform(0.2, 0.7)),
            noise=float(random.uniform(0.0, 2.0)),
            grey=bool(random.random() < 0.4),
        )
    shade = random.uniform(20, 210)
    return Camera(
        tilt=float(random.normal(0, 2.2)),
        distance=float(random.uniform(0.99, 1.12)),
        askew=float(random.uniform(0.0, 0.018)),
        table=cast(Colour, tuple(int(c) for c in np.clip(shade + random.normal(0, 18, 3), 5, 250))),
        shadow=float(random.uniform(0.0, 0.5)),
        folds=int(random.choice(4, p=(0.4, 0.3, 0.2, 0.1))),
        crumple=float(random.choice((0.0, random.uniform(0.004, 0.02)))),
        warmth=float(random.uniform(-0.04, 0.12)),
        contrast=float(random.uniform(0.75, 1.05)),
        blur=float(random.uniform(0.3, 1.1)),
        noise=float(random.uniform(0.5, 6.0)),
    )


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture, and where the points of the sheet are in it."""

    picture: Picture
    lens: NDArray[np.float64]  # homography from the sheet to the picture as it was before the phone's turn
    size: tuple[int, int]  # width and height before the turn

    def seen(self, corners: Corners) -> Corners:
        """Where corners on the sheet lie in the picture before the phone's turn, cut off at its edges."""
        return cast(Corners, np.clip(self._moved(corners), 0, self.size).astype(np.float32))

    def share_seen(self, corners: Corners) -> float:
        """About which share of a box on the sheet is in the picture."""
        return float(cv2.contourArea(self.seen(corners)) / max(1.0, cv2.contourArea(self._moved(corners))))

    def _moved(self, corners: Corners) -> Corners:
        moved = cv2.perspectiveTransform(corners[np.newaxis].astype(np.float64), self.lens)[0]
        return cast(Corners, moved.astype(np.float32))


def photograph(sheet: Picture, camera: Camera, random: np.random.Generator) -> Photo:
    """The sheet as the camera sees it, as large as it is."""
    height, width = sheet.shape[:2]
    lens = _lens(height, width, camera, random)
    seen = cv2.warpPerspective(sheet, lens, (width, height), borderValue=camera.table)
    if camera.blur > 0.25:
        seen = cv2.GaussianBlur(seen, (0, 0), camera.blur)
    light = _light(height, width, camera, random)
    colours = camera.contrast * np.array([1, 1 - 0.3 * camera.warmth, 1 - camera.warmth], np.float32)
    base = 255 * (1 - camera.contrast) * 0.6  # what lost contrast adds to black
    noise = _noise(height, width, camera.noise, random) + np.float32(base)
    picture = np.clip(seen * (light[:, :, np.newaxis] * colours) + noise[:, :, np.newaxis], 0, 255)
    taken = picture.astype(np.uint8)
    if camera.grey:
        taken = cv2.cvtColor(cv2.cvtColor(taken, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB).astype(np.uint8)
    return Photo(np.ascontiguousarray(np.rot90(taken, camera.turn // 90)), lens, (width, height))


def _lens(height: int, width: int, camera: Camera, random: np.random.Generator) -> NDArray[np.float64]:
    """The sheet turned, seen a little from the side and from some way off."""
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    centre = np.array([width / 2, height / 2])
    angle = np.deg2rad(camera.tilt)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    seen = (corners - centre) @ turn.T / camera.distance + centre
    seen += random.normal(0, camera.askew, (4, 2)) * width
    return cast(NDArray[np.float64], cv2.getPerspectiveTransform(corners, seen.astype(np.float32)))


def _light(height: int, width: int, camera: Camera, random: np.random.Generator) -> NDArray[np.float32]:
    """How much light each pixel gets: less to one side, less in folds, uneven on crumpled paper."""
    rows, columns = max(3, height // _KNOT), max(3, width // _KNOT)
    down, across = np.mgrid[0 : 1 : rows * 1j, 0 : 1 : columns * 1j]
    direction = random.uniform(0, 2 * np.pi)
    fall = (across - 0.5) * np.cos(direction) + (down - 0.5) * np.sin(direction)
    light = 1 - camera.shadow * np.clip(fall + 0.5, 0, 1)
    light += random.normal(0, 1, light.shape) * camera.crumple
    even = cv2.resize(light.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    for number in range(camera.folds):
        length = height if number % 2 == 0 else width
        place = np.abs(np.arange(length, dtype=np.float32) - length * random.uniform(0.3, 0.7))
        fold = 1 - np.float32(random.uniform(0.03, 0.1)) * np.exp(-((place / random.uniform(2, 7)) ** 2))
        even *= fold[:, np.newaxis] if number % 2 == 0 else fold
    return cast(NDArray[np.float32], even)


def _noise(height: int, width: int, strength: float, random: np.random.Generator) -> NDArray[np.float32]:
    """A tile of noise, laid out over the picture."""
    tile = random.standard_normal((_TILE, _TILE), dtype=np.float32) * np.float32(strength)
    return np.tile(tile, (-(-height // _TILE), -(-width // _TILE)))[:height, :width]
