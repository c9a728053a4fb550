"""From the last decoder stage to what is counted, without what is not: no probabilities of all classes.

A class's scores lie in one plane, so that every operation runs over contiguous memory: along [N, H, W, 3] an argmax
and a softmax take several times as long.
"""

from typing import Any

from keras import ops

from fcnlab.net.skips.cut import Cut, Row


def planes(cut: Cut, outputs: Row, entering: Any) -> Any:
    """Class scores [K, N·H·W], before the last activation, for what enters the row `outputs` [N, H, W, C]."""
    *before, _ = outputs.layers
    if [layer.kind for layer in before] == ["conv"] and before[0].kernel == 1:
        layer = cut.model.get_layer(before[0].name)
        _, _, channels, classes = layer.kernel.shape
        kernel = ops.reshape(layer.kernel, (channels, classes))
        pixels = ops.reshape(entering, (-1, channels))
        scores = ops.matmul(ops.transpose(kernel), ops.transpose(pixels))
        return scores + ops.reshape(layer.bias, (-1, 1)) if layer.use_bias else scores
    tensors = {outputs.entry: entering}
    name = outputs.entry
    for layer in before:
        tensors[layer.name] = cut.apply(layer, tensors)
        name = layer.name
    return ops.transpose(ops.reshape(tensors[name], (-1, tensors[name].shape[-1])))


def read_codes(scores: Any, activation: str) -> tuple[Any, Any]:
    """Codes uint8 [P] of scores [K, P], and whether all scores are numbers.

    A code is twice the most probable class (the first one of equals), plus 1 where floor(255 p) > 127 for the last
    class; see `fcnlab.net.metrics` for both readings.

    Args:
        scores: Before the activation.
        activation: "softmax" or "sigmoid".
    """
    classes = [scores[number] for number in range(scores.shape[0])]
    if activation == "sigmoid":
        # Of these the probabilities are compared, not the scores: two of them can be 1 in float32.
        classes = [ops.sigmoid(plane) for plane in classes]
        hit = classes[-1] * 255 >= 128
    else:
        # 255 / (1 + others) ≥ 128, where others / (1 + others) is the probability of all other classes together.
        hit = sum(ops.exp(plane - classes[-1]) for plane in classes[:-1]) <= 127 / 128
    best, codes = classes[0], ops.zeros_like(classes[0], dtype="uint8")
    for number, plane in enumerate(classes[1:], 1):
        codes = ops.where(plane > best, ops.cast(2 * number, "uint8"), codes)
        best = ops.maximum(plane, best)
    return codes + ops.cast(hit, "uint8"), ops.logical_not(ops.isnan(ops.sum(best)))
