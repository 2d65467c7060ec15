"""Pictures that leak: hashes by hand, pictures worked over, and files of both kinds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from eval.leakage.files import read_pictures
from eval.leakage.image_hash import Pixels, image_hash
from eval.leakage.search import find_image_leaks


def picture(seed: int, size: int = 200) -> Pixels:
    """Soft blots of colour, unlike those of any other seed."""
    coarse = np.random.default_rng(seed).integers(0, 256, (7, 7, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC))


def compressed(pixels: Pixels) -> Pixels:
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 40])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def test_hashes_worked_out_by_hand() -> None:
    rising = np.tile(np.arange(9, dtype=np.uint8) * 10, (8, 1))
    assert image_hash(rising) == 2**64 - 1  # every pixel is lighter than the one before it
    assert image_hash(rising[:, ::-1].copy()) == image_hash(np.full((8, 9), 7, np.uint8)) == 0
    first_alone = np.zeros((8, 9), np.uint8)
    first_alone[0, 1] = 200
    assert image_hash(first_alone) == 2**63
    assert image_hash(np.repeat(rising[:, :, None], 3, axis=2)) == 2**64 - 1


@pytest.mark.parametrize(
    "change",
    [
        compressed,
        lambda pixels: cv2.resize(pixels, (90, 70), interpolation=cv2.INTER_AREA),
        lambda pixels: (pixels * 0.7 + 20).astype(np.uint8),
    ],
    ids=["compressed", "smaller", "paler"],
)
def test_a_picture_that_was_worked_over_is_near(change: Callable[[Pixels], Pixels]) -> None:
    train = [(str(seed), picture(seed)) for seed in range(40)]
    leaks = find_image_leaks([(name, change(pixels)) for name, pixels in train[:20]], train)
    assert [(leak.test_id, leak.train_id, leak.exact) for leak in leaks] == [
        (str(seed), str(seed), False) for seed in range(20)
    ]


def test_equal_pictures_are_exact_and_others_are_none() -> None:
    train = [(str(seed), picture(seed)) for seed in range(30)]
    test = [("other", picture(100)), ("same", picture(7)), ("turned", picture(8)[:, ::-1].copy())]
    (leak,) = find_image_leaks(test, train)
    assert (leak.test_id, leak.train_id, leak.exact, leak.similarity) == ("same", "7", True, 1.0)
    assert find_image_leaks(test, []) == find_image_leaks([], train) == []


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4), np.float32),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros(9, np.uint8),
        np.zeros((0, 4), np.uint8),
    ],
    ids=["floats", "four channels", "a line", "nothing"],
)
def test_what_is_no_picture_is_refused(pixels: Any) -> None:
    with pytest.raises(ValueError, match="no picture of 8 bits"):
        image_hash(pixels)


def test_pictures_are_read_upright_by_their_path(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    upright = Image.fromarray(picture(1)).crop((0, 0, 200, 120))
    upright.save(tmp_path / "deep" / "b.png")
    turned = upright.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees, clockwise
    turned.save(tmp_path / "a.png", exif=exif)
    (tmp_path / "notes.txt").write_text("no picture")
    read = dict(read_pictures(tmp_path))
    assert list(read) == ["a.png", str(Path("deep") / "b.png")]
    assert np.array_equal(read["a.png"], read[str(Path("deep") / "b.png")])
    (tmp_path / "c.png").write_bytes(b"\x89PNG, cut off")
    with pytest.raises(ValueError, match=r"c\.png can't be read"):
        dict(read_pictures(tmp_path))
    with pytest.raises(ValueError, match="holds no picture"):
        dict(read_pictures(tmp_path / "deep" / "none"))
