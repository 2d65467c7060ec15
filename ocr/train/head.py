"""The output layer of a recogniser, cut down to an alphabet of ours.

PP-OCRv6 tells 18,708 characters apart, nearly all of them Chinese. A smaller layer is faster, and leaves
room for what the large one lacks. Characters that were known keep their weights; `〓`, printers' sign for a
missing letter, stands for any Chinese character and starts from their mean; what is new starts near nothing.
"""

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import numpy_helper

from ocr.engines.base import ANY_HAN

_METADATA = "character"
_FIRST_HAN, _LAST_HAN = "\u4e00", "\u9fff"
_SPREAD = 0.02
"""Standard deviation of new weights; those that are there have 0.1."""


def alphabet_of(model: onnx.ModelProto) -> list[str]:
    """The characters of classes 1, 2, ...; class 0 is the blank of CTC."""
    listed = next(entry.value for entry in model.metadata_props if entry.key == _METADATA).split("\n")
    classes = _output_layer(model)[1].dims[0]
    # The original leaves its last class, the space, out of its list.
    return listed if len(listed) + 1 == classes else [*listed, " "]


def cut_head(model: onnx.ModelProto, alphabet: Sequence[str], random: np.random.Generator) -> None:
    """Give the model an output layer over `alphabet`, in place."""
    weights, bias = (numpy_helper.to_array(each) for each in _output_layer(model))
    known = {character: place for place, character in enumerate(alphabet_of(model), start=1)}
    han = [place for character, place in known.items() if _FIRST_HAN <= character <= _LAST_HAN]
    columns, values = [weights[:, 0]], [bias[0]]
    for character in alphabet:
        if character in known:
            columns.append(weights[:, known[character]])
            values.append(bias[known[character]])
        elif character == ANY_HAN:
            columns.append(weights[:, han].mean(axis=1))
            values.append(bias[han].mean())
        else:
            columns.append(random.normal(0, _SPREAD, len(weights)).astype(np.float32))
            values.append(bias[1:].mean())
    for each, value in zip(_output_layer(model), (np.stack(columns, axis=1), np.array(values)), strict=True):
        each.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(value, np.float32), each.name))
    for size in model.graph.output[0].type.tensor_type.shape.dim[-1:]:
        size.dim_value = len(alphabet) + 1
    del model.graph.value_info[:]  # the old layer's shapes
    del model.metadata_props[:]
    model.metadata_props.add(key=_METADATA, value="\n".join(alphabet))


def _output_layer(model: onnx.ModelProto) -> tuple[onnx.TensorProto, onnx.TensorProto]:
    """Weights (features, classes) and bias (classes,) of the last multiplication."""
    graph = model.graph
    by_name = {each.name: each for each in graph.initializer}
    product = next(node for node in reversed(graph.node) if node.op_type == "MatMul")
    same = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "Identity"}
    addition = next(
        node
        for node in graph.node
        if node.op_type == "Add" and same.get(node.input[0], node.input[0]) == product.output[0]
    )
    return by_name[product.input[1]], by_name[addition.input[1]]
