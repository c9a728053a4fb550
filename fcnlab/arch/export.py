"""A network as a standalone Keras script: nothing of FCN Lab is needed to run it."""

import re

from fcnlab.arch.check import require_valid
from fcnlab.arch.flow import flow
from fcnlab.arch.graph import Graph, Layer, LayerKind, expand
from fcnlab.arch.share import to_code
from fcnlab.arch.spec import NetSpec

_HEADER = '''"""{name}: an encoder–decoder segmentation network, {params:,} parameters.

Written by FCN Lab; its share code is
{code}

Pictures go in as float32 in [-1, 1] (uint8 / 127.5 - 1), class probabilities come out.
"""

import keras
from keras import layers

'''

_TF1_GRID = '''
@keras.saving.register_keras_serializable(package="fcnlab")
class BilinearUpsamplingTF1(layers.Layer):
    """Bilinear upsampling on TensorFlow 1's grid: output o lies at o / factor, and the last pixel is repeated."""

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        for axis in (1, 2):
            ahead = keras.ops.concatenate(
                [keras.ops.take(x, range(1, x.shape[axis]), axis=axis),
                 keras.ops.take(x, [x.shape[axis] - 1], axis=axis)], axis=axis)
            steps = [x + (ahead - x) * (step / self.factor) for step in range(self.factor)]
            shape = list(keras.ops.shape(x))
            shape[axis] *= self.factor
            x = keras.ops.reshape(keras.ops.stack(steps, axis=axis + 1), shape)
        return x

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}

'''

_FOOTER = """    return keras.Model(inputs, {last}, name="{model}")


if __name__ == "__main__":
    model = build()
    model.compile(
        optimizer=keras.optimizers.Adam(0.004),
        loss={loss},
        metrics=["accuracy"],
    )
    model.summary()
"""


def to_script(spec: NetSpec) -> str:
    """Python source whose `build()` gives the same network: same layers, names and weights.

    Raises:
        SpecError: The network has errors.
    """
    require_valid(spec)
    graph = expand(spec)
    names = _variables(graph)
    titles = [row.name for row in flow(spec).rows]
    lines, stage = ["def build():"], -1
    for layer in graph.layers:
        if layer.stage != stage:
            stage = layer.stage
            lines.append(f"    # {titles[stage]}: {' × '.join(map(str, graph.layers[graph.ends[stage]].shape))}")
        sources = [names[source] for source in layer.inputs]
        call = f"({sources[0]})" if len(sources) == 1 else f"([{', '.join(sources)}])" if sources else ""
        lines.append(f"    {names[layer.name]} = {_constructor(layer, spec)}{call}")
    header = _HEADER.format(name=spec.name, params=flow(spec).params, code=to_code(spec))
    grid = _TF1_GRID if any(layer.kind == "bilinear-tf1" for layer in graph.layers) else ""
    loss = "keras.losses.SparseCategoricalCrossentropy()"
    if spec.output.activation == "sigmoid":
        loss = "keras.losses.BinaryCrossentropy()"
    model = re.sub(r"[^A-Za-z0-9_.\-]", "_", spec.name)
    footer = _FOOTER.format(last=names[graph.layers[-1].name], model=model, loss=loss)
    return header + grid + "\n" + "\n".join(lines) + "\n" + footer


def _variables(graph: Graph) -> dict[str, str]:
    """A variable for each layer: `x` where only the next layer reads it, a name of its own where a skip does."""
    last_use = {source: index for index, layer in enumerate(graph.layers) for source in layer.inputs}
    uses: dict[str, int] = {}
    for layer in graph.layers:
        for source in layer.inputs:
            uses[source] = uses.get(source, 0) + 1
    names = {}
    for index, layer in enumerate(graph.layers):
        passing = uses.get(layer.name, 0) <= 1 and last_use.get(layer.name, index + 1) == index + 1
        names[layer.name] = "x" if passing and index else re.sub(r"^(?=\d)", "_", layer.name)
    return names


def _constructor(layer: Layer, spec: NetSpec) -> str:
    strides = f", strides={layer.stride}" if layer.stride > 1 else ""
    window = f'{layer.shape[2]}, {layer.kernel}{strides}, padding="same", use_bias={layer.bias}'
    calls: dict[LayerKind, str] = {
        "input": f"keras.Input({layer.shape}",
        "conv": f"layers.Conv2D({window}",
        "separable": f"layers.SeparableConv2D({window}",
        "transposed": f"layers.Conv2DTranspose({window}",
        "norm": f"layers.BatchNormalization(momentum={spec.norm_momentum}, epsilon={spec.norm_epsilon}",
        "activation": f'layers.Activation("{layer.function}"',
        "max_pool": f'layers.MaxPooling2D({layer.stride}, padding="same"',
        "average_pool": f'layers.AveragePooling2D({layer.stride}, padding="same"',
        "nearest": f'layers.UpSampling2D({layer.stride}, interpolation="nearest"',
        "bilinear": f'layers.UpSampling2D({layer.stride}, interpolation="bilinear"',
        "bilinear-tf1": f"BilinearUpsamplingTF1({layer.stride}",
        "concat": "layers.Concatenate(",
        "add": "layers.Add(",
        "multiply": "layers.Multiply(",
    }
    separator = "" if calls[layer.kind].endswith("(") else ", "
    return f'{calls[layer.kind]}{separator}name="{layer.name}")'
