"""Networks whose skips are replaced the plain way, one whole network for each set, to compare with."""

import keras
import numpy as np

from fcnlab.arch import expand
from fcnlab.data import Pairs


def uneven(model, seed=0):
    """Batch norm statistics and biases as after a training, so that a term left out shows."""
    random = np.random.default_rng(seed)
    for weight in model.weights:
        if len(weight.shape) == 1:
            low, high = (0.5, 1.5) if "variance" in weight.path or "gamma" in weight.path else (-0.5, 0.5)
            weight.assign(random.uniform(low, high, weight.shape))
    return model


def balanced(model, images):
    """The same network, whose last bias makes each class about as probable as the others."""
    scores = keras.Model(model.input, model.get_layer("outputs_conv").output)(images.astype(np.float32) / 127.5 - 1)
    kernel, bias = model.get_layer("outputs_conv").get_weights()
    model.get_layer("outputs_conv").set_weights([kernel, bias - np.asarray(scores).mean(axis=(0, 1, 2))])
    return model


def edges(spec):
    """(decoder stage, layer that its skip taps) from the bottom up, found by the stages' names."""
    graph = expand(spec)
    ends = {"inputs": 0} | {stage.name: number for number, stage in enumerate(spec.encoder, 1)}
    return [(name, graph.layers[graph.ends[ends[skip.source]]].name) for name, skip in spec.skips]


def with_skips_replaced(spec, model, replaced):
    """A network of its own in which skips carry maps: `replaced` {decoder stage: float32 [H, W, C]}."""
    rows = {
        stage.name: number for number, stage in enumerate(spec.decoder, 1 + len(spec.encoder) + len(spec.bottleneck))
    }
    maps = {(rows[name], layer): replaced[name] for name, layer in edges(spec) if name in replaced}
    tensors = {}
    for layer in expand(spec).layers:
        if layer.kind == "input":
            tensors[layer.name] = keras.Input(layer.shape)
            continue
        sources = []
        for name in layer.inputs:
            tensor = tensors[name]
            carried = maps.get((layer.stage, name))
            sources.append(tensor if carried is None else keras.ops.zeros_like(tensor) + carried)
        tensors[layer.name] = model.get_layer(layer.name)(sources if len(sources) > 1 else sources[0])
    return keras.Model(tensors["inputs"], tensors[expand(spec).layers[-1].name])


def every_set(spec, model, images, off):
    """Probabilities [2^k, N, H, W, K] of 2^k networks; `off` what each skip carries when it is off."""
    names = [name for name, _ in spec.skips]
    found = []
    for number in range(2 ** len(names)):
        replaced = {name: off[bit] for bit, name in enumerate(names) if not number >> bit & 1}
        network = with_skips_replaced(spec, model, replaced)
        found.append(np.asarray(network(images.astype(np.float32) / 127.5 - 1, training=False)))
    return np.stack(found)


def pairs_of(images, labels, classes):
    """Pairs whose planes are their labels."""
    presence = np.left_shift(1, labels).astype(np.uint8)
    names = tuple(str(number) for number in range(len(images)))
    return Pairs(images, labels.astype(np.uint8), presence, names, classes)
