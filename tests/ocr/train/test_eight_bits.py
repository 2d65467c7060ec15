"""A recogniser calculated in 8 bits reads as the one it was made of."""

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image, ImageDraw

from ocr.engines.crops import Crop, to_height
from ocr.engines.paddle_weights import model_folders
from ocr.engines.recogniser import Recogniser
from ocr.fonts import PRINT
from ocr.onnx_weights import halve
from ocr.simulate.words import alphabet
from ocr.train.eight_bits import in_eight_bits
from ocr.train.head import cut_head

WORDS = ("Paracetamol", "Tab Augmentin 625 mg", "1-0-1 x 5 days", "Omeprazole", "cápsula à noite", "B.D.")


def crop(text: str, size: int) -> Crop:
    sheet = Image.new("L", (round(PRINT.width(text, size)) + 16, round(1.6 * size)), 245)
    PRINT.draw(ImageDraw.Draw(sheet), (8, round(1.15 * size)), text, size, 40)
    return to_height(np.asarray(sheet), 160)


@pytest.fixture(scope="module")
def whole() -> onnx.ModelProto:
    model = onnx.load(model_folders().recogniser / "inference.onnx")
    cut_head(model, alphabet(), np.random.default_rng(0))
    return model


@pytest.fixture(scope="module")
def small(whole: onnx.ModelProto) -> onnx.ModelProto:
    return in_eight_bits(whole, [crop(word, 30) for word in WORDS])


def recogniser(model: onnx.ModelProto, file: Path) -> Recogniser:
    onnx.save(model, file)
    return Recogniser(file, 1, columns=True)


def test_it_reads_the_same_with_nearly_the_same_chances(
    whole: onnx.ModelProto, small: onnx.ModelProto, tmp_path: Path
) -> None:
    crops = [crop(word, 40) for word in WORDS]
    expected = recogniser(whole, tmp_path / "whole.onnx").read(crops)
    read = recogniser(small, tmp_path / "small.onnx").read(crops)
    assert [reading.text for reading in expected] == list(WORDS)
    assert [reading.text for reading in read] == list(WORDS)
    assert [reading.score for reading in read] == pytest.approx([r.score for r in expected], abs=0.03)


def test_a_crop_reads_alike_whatever_is_read_beside_it(small: onnx.ModelProto, tmp_path: Path) -> None:
    reader = recogniser(small, tmp_path / "small.onnx")
    crops = [crop(word, 40) for word in WORDS]
    together = [reading.score for reading in reader.read(crops)]
    alone = [reader.read([each])[0].score for each in crops]
    assert together == pytest.approx(alone, abs=1e-4)


def test_most_of_the_work_is_in_eight_bits_and_it_ships_smaller(
    whole: onnx.ModelProto, small: onnx.ModelProto
) -> None:
    integer = [node for node in small.graph.node if node.op_type == "MatMulIntegerToFloat"]
    assert len(integer) == 18
    assert all(len(node.input) == 7 for node in integer)  # the last is the bias, which no node adds then
    kinds = Counter(node.op_type for node in small.graph.node)
    assert (kinds["FastGelu"], kinds["Erf"]) == (13, 0)
    assert halve(small).ByteSize() < 0.7 * halve(whole).ByteSize()
    assert small.metadata_props == whole.metadata_props
    assert not [node for node in whole.graph.node if node.op_type == "MatMulIntegerToFloat"]
