"""What the Inspect page asks of a worker: a whole look, contributions to a class, one value explained.

Against the usual recipes: one sub-model a layer with plain NumPy figures, and one eager gradient a layer.
`python -m benchmarks.looks NET` measures in this process and prints one JSON line.
"""

import argparse
import json
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.child import ask
from benchmarks.comparison import Comparison
from fcnlab.arch import expand, plain, preset

NET = "follow-me"
LAB = "lab"
SUB_MODELS = "a sub-model each, plain NumPy figures"
TAPES = "a gradient a layer, eager"
VALUE = ("decoder4_relu1", 40, 41, 3)

Question = Callable[[], Any]


def run(rounds: int) -> list[Comparison]:
    """Warm answers in milliseconds."""
    found = ask("benchmarks.looks", NET, "--rounds", str(rounds))
    return [
        Comparison(title, "ms", LAB, values, notes=[f"warm, {NET}, one image", *notes])
        for title, (values, notes) in found.items()
    ]


def main() -> None:
    """Print title → (peer → milliseconds by round, notes)."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("net")
    options.add_argument("--rounds", type=int, default=3)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(asked.net, Path(folder) / "run", asked.rounds)))


def measure(net: str, folder: Path, rounds: int) -> dict[str, tuple[dict[str, list[float]], list[str]]]:
    """Every question to both peers, once to make ready and then once a round."""
    from fcnlab.lab.tasks import Sample, class_contributions, explain_pixel, look
    from fcnlab.net import warm_up

    warm_up()
    loaded = _made(net, folder)
    path, picture = str(folder), Sample("shapes", "validation", 3)
    seen = look(path, picture)
    layer, y, x, channel = VALUE
    questions: dict[str, dict[str, Question]] = {
        "One look: all stages with figures, in bytes": {
            LAB: lambda: look(path, picture),
            SUB_MODELS: _plain_look(loaded, seen.image, layers=False),
        },
        "One look: all layers with figures, in bytes": {
            LAB: lambda: look(path, picture, layers=True),
            SUB_MODELS: _plain_look(loaded, seen.image, layers=True),
        },
        "Contribution of every channel of every layer to a class": {
            LAB: lambda: class_contributions(path, picture, 1),
            TAPES: _taped(loaded, seen.image),
        },
        "One value explained: arithmetic, receptive field, gradient": {
            LAB: lambda: explain_pixel(path, picture, layer, y, x, channel),
        },
    }
    found = {}
    for title, peers in questions.items():
        values: dict[str, list[float]] = {name: [] for name in peers}
        for ask_it in peers.values():
            ask_it()
        for _ in range(rounds):
            for name, ask_it in peers.items():
                values[name].append(_milliseconds(ask_it))
        found[title] = (values, [_size(look(path, picture, layers="layers" in title))] if "look" in title else [])
    return found


def _made(net: str, folder: Path) -> Any:
    """A run with a checkpoint of untrained weights."""
    from fcnlab.lab import Run
    from fcnlab.lab.inside.loaded import load
    from fcnlab.net import build
    from fcnlab.plan import Plan

    spec = preset(net)
    made = Run.create(folder, net=plain(spec), plan=Plan(), dataset="shapes")
    made.checkpoint_path(1).parent.mkdir()
    build(spec, seed=0).save_weights(made.checkpoint_path(1))
    return load(folder)


def _size(seen: Any) -> str:
    sent = len(pickle.dumps(seen))
    whole = sum(maps.maps.size * 4 for maps in seen.stages)
    return f"{sent / 1e6:.2f} MB travel to the page; as float32 the maps alone take {whole / 1e6:.2f} MB"


def _plain_look(loaded: Any, image: Any, *, layers: bool) -> Question:
    import keras

    graph = expand(loaded.spec)
    names = [x.name for x in graph.layers] if layers else [graph.layers[end].name for end in graph.ends]
    parts = [keras.Model(loaded.model.input, loaded.model.get_layer(name).output) for name in names]
    batch = image[None].astype(np.float32) / 127.5 - 1
    return lambda: [_figures(np.asarray(part(batch, training=False))[0]) for part in parts]


def _figures(maps: Any) -> tuple[Any, ...]:
    """The same figures in the words of a textbook."""
    matrix = maps.reshape(-1, maps.shape[2]).astype(np.float64)
    low, high = matrix.min(axis=0), matrix.max(axis=0)
    singular = np.linalg.svd(matrix - matrix.mean(axis=0), compute_uv=False)
    shares = singular[singular > 0] / singular.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        alike = np.argwhere(np.tril(np.corrcoef(matrix.T) > 0.999, k=-1))
    in_bytes = np.rint((matrix - low) / np.where(high > low, high - low, 1) * 255).astype(np.uint8)
    active = (matrix > 0).mean(axis=0)
    counts = np.histogram(matrix, bins=64)
    return (
        in_bytes,
        matrix.mean(axis=0),
        matrix.var(axis=0),
        active,
        alike,
        np.exp(-(shares * np.log(shares)).sum()),
        counts,
    )


def _taped(loaded: Any, image: Any) -> Question:
    """For each layer a model of its output and one from there to the scores would be needed; a tape does both."""
    import tensorflow as tf

    layers = expand(loaded.spec).layers
    batch = tf.constant(image[None].astype(np.float32) / 127.5 - 1)

    def one(asked: str) -> Any:
        tensors: dict[str, Any] = {}
        with tf.GradientTape() as tape:
            for layer in layers[:-1]:
                sources = [tensors[name] for name in layer.inputs]
                call = loaded.model.get_layer(layer.name)
                tensors[layer.name] = call(sources if len(sources) > 1 else sources[0]) if sources else batch
                if layer.name == asked:
                    tape.watch(tensors[asked])
            scores = tensors[layers[-2].name]
            given = tf.cast(tf.argmax(scores, axis=-1) == 1, tf.float32)
            score = tf.reduce_sum(scores[..., 1] * given)
        return tf.reduce_sum(tensors[asked] * tape.gradient(score, tensors[asked]), axis=(0, 1, 2)).numpy()

    return lambda: {layer.name: one(layer.name) for layer in layers[:-1]}


def _milliseconds(question: Question, times: int = 3) -> float:
    begun = perf_counter()
    for _ in range(times):
        question()
    return (perf_counter() - begun) / times * 1000


if __name__ == "__main__":
    main()
