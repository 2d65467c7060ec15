"""An ONNX graph as a torch module, whose trained weights go back into the same graph.

The graph that is trained is the graph that ships: nothing is exported, each initializer is a parameter under
its own name. Only the operators of PP-OCRv6's recogniser are known (opset 11). A few runs of nodes are what
torch has one operator for (a bias, GELU, layer normalisation); they are taken together, which trains twice as
fast.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional

Attributes = Mapping[str, Any]
Operator = Callable[[list[Any], Attributes], Any]

_FEWEST = 2
"""An initializer of fewer dimensions with a single value is a constant of the graph, no weight."""


def _pads(values: list[Any], attributes: Attributes) -> tuple[Tensor, tuple[int, int]]:
    """The input padded where both sides differ, and the padding that is left to the operator."""
    x, (rows, columns) = values[0], attributes["kernel_shape"]
    if attributes.get("auto_pad") == b"SAME_UPPER":
        if attributes["strides"] != [1, 1]:
            raise ValueError("SAME_UPPER is known at stride 1 only")
        top, left = (rows - 1) // 2, (columns - 1) // 2
        return functional.pad(x, (left, columns - 1 - left, top, rows - 1 - top)), (0, 0)
    top, left, bottom, right = attributes["pads"]
    if (top, left) != (bottom, right):
        return functional.pad(x, (left, right, top, bottom)), (0, 0)
    return x, (top, left)


def _conv(values: list[Any], attributes: Attributes) -> Tensor:
    x, padding = _pads(values, attributes)
    bias = values[2].flatten() if len(values) > 2 else None
    return functional.conv2d(
        x, values[1], bias, tuple(attributes["strides"]), padding, 1, attributes["group"]
    )


def _max_pool(values: list[Any], attributes: Attributes) -> Tensor:
    x, padding = _pads(values, attributes)  # after a ReLU: zeros at the border change no maximum
    return functional.max_pool2d(x, tuple(attributes["kernel_shape"]), tuple(attributes["strides"]), padding)


def _average_pool(values: list[Any], attributes: Attributes) -> Tensor:
    x, padding = _pads(values, attributes)
    return functional.avg_pool2d(x, tuple(attributes["kernel_shape"]), tuple(attributes["strides"]), padding)


def _slice(values: list[Any], attributes: Attributes) -> Tensor:
    x: Tensor
    x, starts, ends, axes = values[:4]  # all steps are 1
    for start, end, axis in zip(starts.tolist(), ends.tolist(), axes.tolist(), strict=True):
        x = x.narrow(axis, start, min(end, x.shape[axis]) - start)
    return x


def _reshape(values: list[Any], attributes: Attributes) -> Tensor:
    x: Tensor
    x, shape = values
    return x.reshape([x.shape[axis] if size == 0 else size for axis, size in enumerate(shape.tolist())])


def _squeeze(values: list[Any], attributes: Attributes) -> Tensor:
    x: Tensor = values[0]
    return x.squeeze(tuple(attributes["axes"]))


def _unsqueeze(values: list[Any], attributes: Attributes) -> Tensor:
    (axis,) = attributes["axes"]
    x: Tensor = values[0]
    return x.unsqueeze(axis)


def _layer_norm(values: list[Any], attributes: Attributes) -> Tensor:
    x, epsilon, scale, shift = values
    return functional.layer_norm(x, x.shape[-1:], scale.flatten(), shift.flatten(), float(epsilon))


OPERATORS: Mapping[str, Operator] = {
    "Add": lambda v, a: v[0] + v[1],
    "Sub": lambda v, a: v[0] - v[1],
    "Mul": lambda v, a: v[0] * v[1],
    "Div": lambda v, a: v[0] / v[1],
    "Pow": lambda v, a: v[0] ** v[1],
    "Sqrt": lambda v, a: v[0].sqrt(),
    "Erf": lambda v, a: v[0].erf(),
    "Relu": lambda v, a: functional.relu(v[0]),
    "Sigmoid": lambda v, a: v[0].sigmoid(),
    "HardSigmoid": lambda v, a: (v[0] * a["alpha"] + a["beta"]).clamp(0, 1),
    "Softmax": lambda v, a: v[0].softmax(a["axis"]),
    "MatMul": lambda v, a: v[0] @ v[1],
    "ReduceMean": lambda v, a: v[0].mean(a["axes"], keepdim=bool(a.get("keepdims", 1))),
    "Concat": lambda v, a: torch.cat(v, a["axis"]),
    "Transpose": lambda v, a: v[0].permute(a["perm"]),
    "Shape": lambda v, a: torch.tensor(v[0].shape),
    "BatchNormalization": lambda v, a: functional.batch_norm(v[0], v[3], v[4], v[1], v[2], eps=a["epsilon"]),
    "Conv": _conv,
    "MaxPool": _max_pool,
    "AveragePool": _average_pool,
    "Slice": _slice,
    "Reshape": _reshape,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    # Taken together from several nodes, see RUNS.
    "Bias": lambda v, a: _conv(v, a),
    "Gelu": lambda v, a: functional.gelu(v[0]),
    "Silu": lambda v, a: functional.silu(v[0]),
    "LayerNormalization": _layer_norm,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One operator: what it takes, by name, and the name of what it gives."""

    operator: str
    inputs: tuple[str, ...]
    output: str
    attributes: Attributes


_LAYER_NORM = ("ReduceMean", "Sub", "Pow", "ReduceMean", "Add", "Sqrt", "Div", "Mul", "Add")
RUNS: Mapping[tuple[str, ...], tuple[str, tuple[tuple[int, int], ...]]] = {
    # The nodes' types: the operator they make, and which (node, input) it takes.
    _LAYER_NORM: ("LayerNormalization", ((0, 0), (4, 1), (7, 1), (8, 1))),
    ("Div", "Erf", "Add", "Mul", "Mul"): ("Gelu", ((0, 0),)),
    ("Conv", "Add"): ("Bias", ((0, 0), (0, 1), (1, 1))),
    ("Sigmoid", "Mul"): ("Silu", ((0, 0),)),
}


class GraphModule(nn.Module):
    """The graph of `model`, from its input (N, 3, 48, W) to its output, without a last softmax if `logits`.

    Raises ValueError for an operator that is not known.
    """

    def __init__(self, model: onnx.ModelProto, *, logits: bool = False) -> None:
        super().__init__()
        graph = model.graph
        self._input = graph.input[0].name
        weights = {each.name: _array(each) for each in graph.initializer}
        self._places = {name: f"weight_{place}" for place, name in enumerate(weights)}
        trained = _trained(graph, weights)
        for name, value in weights.items():
            tensor = torch.from_numpy(value.copy())
            if name in trained:
                self.register_parameter(self._places[name], nn.Parameter(tensor))
            else:
                self.register_buffer(self._places[name], tensor)
        self._steps = list(_together(list(_steps(graph)), frozenset(weights)))
        if logits and self._steps[-1].operator == "Softmax":
            self._steps.pop()
        unknown = {step.operator for step in self._steps} - OPERATORS.keys()
        if unknown:
            raise ValueError(f"operators that are not known: {', '.join(sorted(unknown))}")

    def drop_last(self, steps: int) -> None:
        """Leave out the last operators: the output is what they would take first."""
        del self._steps[-steps:]

    def forward(self, x: Tensor) -> Tensor:
        """The graph's output; with `logits`, what its last softmax would take."""
        values: dict[str, Any] = {self._input: x}
        for step in self._steps:
            taken = [
                values[name] if name in values else getattr(self, self._places[name]) for name in step.inputs
            ]
            values[step.output] = OPERATORS[step.operator](taken, step.attributes)
        result: Tensor = values[self._steps[-1].output]
        return result

    def write_to(self, model: onnx.ModelProto) -> None:
        """Make `model`, read from where this module was, give what it gives with the weights of now."""
        own = {**dict(self.named_parameters()), **dict(self.named_buffers())}
        write_back(model, {name: own[at] for name, at in self._places.items() if own[at].is_floating_point()})
        del model.graph.output[:]
        model.graph.output.append(onnx.ValueInfoProto(name=self._steps[-1].output))

    def weights(self) -> dict[str, Tensor]:
        """The trained weights by the initializers' names."""
        own = dict(self.named_parameters())
        return {name: own[place] for name, place in self._places.items() if place in own}


def write_back(model: onnx.ModelProto, weights: Mapping[str, Tensor]) -> None:
    """Put weights into the model's initializers, by name."""
    for each in model.graph.initializer:
        if each.name in weights:
            value = weights[each.name].detach().cpu().float().numpy()
            each.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(value), each.name))


def _array(tensor: onnx.TensorProto) -> np.ndarray[Any, Any]:
    return np.asarray(numpy_helper.to_array(tensor))


def _trained(graph: onnx.GraphProto, weights: Mapping[str, np.ndarray[Any, Any]]) -> set[str]:
    """What is learned: arrays of floats, the statistics of batch normalisation aside."""
    statistics = {
        name for node in graph.node if node.op_type == "BatchNormalization" for name in node.input[3:5]
    }
    return {
        name
        for name, value in weights.items()
        if np.issubdtype(value.dtype, np.floating) and value.size >= _FEWEST and name not in statistics
    }


def _steps(graph: onnx.GraphProto) -> Iterator[Step]:
    """The graph's nodes in order; what only hands a value on is resolved."""
    same: dict[str, str] = {}
    for node in graph.node:
        inputs = tuple(same.get(name, name) for name in node.input)
        if node.op_type == "Identity":
            same[node.output[0]] = inputs[0]
            continue
        attributes = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
        yield Step(node.op_type, inputs, node.output[0], attributes)


def _together(steps: Sequence[Step], weights: frozenset[str]) -> Iterator[Step]:
    place = 0
    while place < len(steps):
        taken, step = _run_at(steps, place, weights)
        yield step
        place += taken


def _run_at(steps: Sequence[Step], place: int, weights: frozenset[str]) -> tuple[int, Step]:
    """The step at `place`, with those after it that make one operator with it, and how many they are."""
    for operators, (operator, inputs) in RUNS.items():
        run = steps[place : place + len(operators)]
        if tuple(step.operator for step in run) != operators:
            continue
        if operator == "Bias" and not (run[1].inputs[0] == run[0].output and run[1].inputs[1] in weights):
            continue
        taken = tuple(run[node].inputs[which] for node, which in inputs)
        return len(run), Step(operator, taken, run[-1].output, run[0].attributes)
    return 1, steps[place]
