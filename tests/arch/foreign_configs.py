"""Configurations in Keras' words, written by hand."""

import json


class Config:
    """A functional network of Keras 2, layer by layer; each reads the one before unless it is told otherwise."""

    def __init__(self, side=32, channels=3, version="2.2.4", **changes):
        self.layers = []
        self.document = {"class_name": "Model", "keras_version": version, **changes}
        self.add("InputLayer", "input_1", batch_input_shape=[None, side, side, channels])

    def add(self, class_name, name, *reads, **config):
        reads = reads or ((self.layers[-1]["name"],) if self.layers else ())
        nodes = [[[read, 0, 0, {}] for read in reads]] if reads else []
        entry = {"class_name": class_name, "name": name, "config": {"name": name, **config}, "inbound_nodes": nodes}
        self.layers.append(entry)
        return self

    def conv(self, name, filters, *reads, kernel=3, stride=1, activation="relu", padding="same", **more):
        settings = {"filters": filters, "kernel_size": [kernel] * 2, "strides": [stride] * 2, "padding": padding}
        return self.add("Conv2D", name, *reads, activation=activation, **settings, **more)

    def up(self, name, *reads, **config):
        return self.add("UpSampling2D", name, *reads, **{"size": [2, 2], **config})

    def text(self):
        ends = {
            "input_layers": [[self.layers[0]["name"], 0, 0]],
            "output_layers": [[self.layers[-1]["name"], 0, 0]],
        }
        return json.dumps({**self.document, "config": {"name": "theirs", "layers": self.layers, **ends}})


def small(**settings):
    """Encoder, bottleneck, decoder with one skip: the least that is an encoder–decoder."""
    config = Config(**settings).conv("enc", 8, stride=2).conv("mid", 16, kernel=1).up("up")
    return (
        config.add("Concatenate", "join", "up", "input_1", axis=-1)
        .conv("dec", 8)
        .conv("out", 3, kernel=1, activation="softmax")
    )


def sequential(*layers, **more):
    """A chain in Keras 1's way: a list of layers."""
    entries = [
        {"class_name": name, "config": {"name": f"layer_{i}", **config}} for i, (name, config) in enumerate(layers)
    ]
    return json.dumps({"class_name": "Sequential", "config": entries, "keras_version": "1.2.2", **more})
