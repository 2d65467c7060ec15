"""A trained model as it ships: weights stored in 16 bits, and calculated with in 32.

The runtime widens them once, when the model is loaded, so nothing is slower than before; half the size is
half the download.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

_FEWEST = 256
"""Smaller arrays stay as they are."""


def halve(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy of the model whose large weights are float16, each cast to float32 where it is used."""
    halved = onnx.ModelProto()
    halved.CopyFrom(model)
    casts = []
    for each in halved.graph.initializer:
        value = numpy_helper.to_array(each)
        if value.dtype == np.float32 and value.size >= _FEWEST:
            name = each.name
            each.CopyFrom(numpy_helper.from_array(value.astype(np.float16), f"{name}.half"))
            casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *halved.graph.node]
    del halved.graph.node[:]
    halved.graph.node.extend(nodes)
    onnx.checker.check_model(halved)
    return halved


def widen(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy of a halved model with float32 weights, as training wants it; others come back as they are."""
    wide = onnx.ModelProto()
    wide.CopyFrom(model)
    cast = {node.input[0]: node.output[0] for node in wide.graph.node if node.op_type == "Cast"}
    for each in wide.graph.initializer:
        if each.name in cast:
            value = numpy_helper.to_array(each).astype(np.float32)
            each.CopyFrom(numpy_helper.from_array(value, cast[each.name]))
    kept = [node for node in wide.graph.node if node.op_type != "Cast" or node.input[0] not in cast]
    del wide.graph.node[:]
    wide.graph.node.extend(kept)
    return wide
