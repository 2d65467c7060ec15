"""The mean of a trained model's weights and of those that it came from, which reads better than either.

Weight-space ensembles (Wortsman et al., 2022, Robust fine-tuning of zero-shot models): what was read before
and is not trained on is kept, and what was learned as well.
"""

import numpy as np
import onnx
from onnx import numpy_helper

from ocr.train.head import alphabet_of, cut_head


def mean_with(original: onnx.ModelProto, trained: onnx.ModelProto, share: float) -> onnx.ModelProto:
    """The mean of both models' float32 weights, that of the original counting `share`, 0 to 1.

    `trained` is the original with its output layer cut to an alphabet and trained; characters that the
    original does not know keep their trained weights. ValueError where the models are not alike.
    """
    alphabet = alphabet_of(trained)
    known = np.array([True, *(character in set(alphabet_of(original)) for character in alphabet)])
    cut = onnx.ModelProto()
    cut.CopyFrom(original)
    cut_head(cut, alphabet, np.random.default_rng(0))
    before = {each.name: numpy_helper.to_array(each) for each in cut.graph.initializer}
    mean = onnx.ModelProto()
    mean.CopyFrom(trained)
    for each in mean.graph.initializer:
        value = numpy_helper.to_array(each)
        if value.dtype != np.float32:
            continue
        if each.name not in before or before[each.name].shape != value.shape:
            raise ValueError(f"the models differ in {each.name}")
        shares = np.where(known, share, 0.0) if value.shape[-1:] == known.shape else share
        between = value + (before[each.name] - value) * shares
        each.CopyFrom(numpy_helper.from_array(np.asarray(between, np.float32), each.name))
    return mean
