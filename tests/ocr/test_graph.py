from collections.abc import Iterator

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import numpy_helper

from ocr.engines.base import ANY_HAN
from ocr.engines.paddle_weights import model_folders
from ocr.graph import GraphModule, write_back
from ocr.onnx_weights import halve, widen
from ocr.simulate.words import alphabet
from ocr.train.averaged import mean_with
from ocr.train.head import alphabet_of, cut_head

CROPS = np.random.default_rng(0).uniform(-1, 1, (2, 3, 48, 96)).astype(np.float32)


@pytest.fixture(scope="module")
def original() -> onnx.ModelProto:
    return onnx.load(model_folders().recogniser / "inference.onnx")


@pytest.fixture(scope="module")
def cut(original: onnx.ModelProto) -> Iterator[onnx.ModelProto]:
    model = onnx.ModelProto()
    model.CopyFrom(original)
    cut_head(model, alphabet(), np.random.default_rng(0))
    yield model


def in_runtime(model: onnx.ModelProto) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (answer,) = session.run(None, {session.get_inputs()[0].name: CROPS})
    return np.asarray(answer)


def in_torch(model: onnx.ModelProto) -> np.ndarray:
    with torch.no_grad():
        return np.asarray(GraphModule(model)(torch.from_numpy(CROPS)).numpy())


def test_torch_answers_as_the_runtime_does(original: onnx.ModelProto) -> None:
    np.testing.assert_allclose(in_torch(original), in_runtime(original), atol=2e-5)


def test_weights_go_back_into_the_graph(cut: onnx.ModelProto) -> None:
    module = GraphModule(cut, logits=True)
    with torch.no_grad():
        for weight in module.weights().values():
            weight.mul_(1.01)
    changed = onnx.ModelProto()
    changed.CopyFrom(cut)
    write_back(changed, module.weights())
    with torch.no_grad():
        expected = module(torch.from_numpy(CROPS)).softmax(dim=2).numpy()
    np.testing.assert_allclose(in_runtime(changed), expected, atol=2e-5)
    assert np.abs(in_runtime(cut) - expected).max() > 1e-3


def test_every_weight_is_trained(cut: onnx.ModelProto) -> None:
    module = GraphModule(cut, logits=True)
    module(torch.from_numpy(CROPS)).log_softmax(dim=2).square().sum().backward()
    idle = [name for name, weight in module.weights().items() if weight.grad is None]
    assert not idle


def test_a_graph_of_other_operators_is_refused() -> None:
    node = onnx.helper.make_node("Tanh", ["x"], ["y"])
    ends = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in "xy"]
    model = onnx.helper.make_model(onnx.helper.make_graph([node], "other", ends[:1], ends[1:]))
    with pytest.raises(ValueError, match="Tanh"):
        GraphModule(model)


def test_known_characters_keep_what_they_score(original: onnx.ModelProto, cut: onnx.ModelProto) -> None:
    before, after = ({c: k for k, c in enumerate(alphabet_of(m), start=1)} for m in (original, cut))
    letters = [letter for letter in "aZ09é" if letter in before]
    scores, kept = in_runtime(original), in_runtime(cut)
    places = [before[letter] for letter in letters], [after[letter] for letter in letters]
    # Probabilities are over other classes now; what stays is each letter's share beside the blank's.
    np.testing.assert_allclose(
        kept[..., places[1]] / kept[..., :1], scores[..., places[0]] / scores[..., :1], rtol=2e-3
    )


def test_the_cut_alphabet_is_ours_with_the_space_last(cut: onnx.ModelProto) -> None:
    assert alphabet_of(cut) == list(alphabet())
    assert alphabet_of(cut)[-1] == " "
    assert {"क", "्", "ã", "½", "→", ANY_HAN} <= set(alphabet_of(cut))


def test_halved_weights_answer_alike_and_widen_to_the_same(cut: onnx.ModelProto) -> None:
    halved = halve(cut)
    assert len(halved.SerializeToString()) < 0.6 * len(cut.SerializeToString())
    np.testing.assert_allclose(in_runtime(halved), in_runtime(cut), atol=5e-3)
    np.testing.assert_array_equal(in_runtime(widen(halved)), in_runtime(halved))
    assert halve(widen(halved)).SerializeToString() == halved.SerializeToString()


@pytest.mark.slow
def test_the_mean_of_weights_keeps_what_the_original_does_not_know(
    original: onnx.ModelProto, cut: onnx.ModelProto
) -> None:
    trained = onnx.ModelProto()
    trained.CopyFrom(cut)
    for each in trained.graph.initializer:
        value = numpy_helper.to_array(each)
        if value.dtype == np.float32:
            each.CopyFrom(numpy_helper.from_array(value + np.float32(1), each.name))
    new = [place for place, c in enumerate(alphabet_of(cut), 1) if c not in set(alphabet_of(original))]
    for before, after in zip(
        cut.graph.initializer, mean_with(original, trained, 0.25).graph.initializer, strict=True
    ):
        value = numpy_helper.to_array(before)
        if value.dtype == np.float32:
            moved = numpy_helper.to_array(after) - value
            if value.shape[-1:] == (len(alphabet_of(cut)) + 1,):  # the output layer
                assert len(new) > 50
                np.testing.assert_allclose(moved[..., new], 1, atol=1e-4)
                moved = np.delete(moved, new, axis=-1)
            np.testing.assert_allclose(moved, 0.75, atol=1e-4)
    with pytest.raises(ValueError, match="differ"):
        mean_with(original, other_shapes(trained), 0.25)


def other_shapes(model: onnx.ModelProto) -> onnx.ModelProto:
    other = onnx.ModelProto()
    other.CopyFrom(model)
    first = next(e for e in other.graph.initializer if numpy_helper.to_array(e).dtype == np.float32)
    first.CopyFrom(numpy_helper.from_array(np.zeros((1, 2), np.float32), first.name))
    return other
