"""Proof that the PyTorch peer is the same network: equal parameter counts, and equal outputs with equal weights.

`python -m benchmarks.same_network keras|torch NET FILE`; Keras writes the file, PyTorch reads it, each in a process
of its own.
"""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.child import ask
from fcnlab.arch import NetSpec, preset

TOLERANCE = 1e-3
"""Largest difference, as a share of the outputs' own spread, that float32 in another order of sums may make."""


def prove(name: str) -> str:
    """Compare the two builds of a preset; returns the sentence that the table is given.

    Raises:
        RuntimeError: They differ.
    """
    with TemporaryDirectory() as folder:
        file = str(Path(folder) / "keras.npz")
        keras = ask("benchmarks.same_network", "keras", name, file)
        torch = ask("benchmarks.same_network", "torch", name, file)
    if keras["params"] != torch["params"]:
        raise RuntimeError(f"{name}: {keras['params']} parameters in Keras, {torch['params']} in PyTorch.")
    if not torch["difference"] < TOLERANCE:
        raise RuntimeError(f"{name}: the outputs differ by {torch['difference']:.2g} in Keras and in PyTorch.")
    return (
        f"PyTorch's network is the same one: {torch['params']:,} parameters in both, and with equal weights "
        f"no class score differs by more than {torch['difference']:.1g} of the scores' spread"
    )


def write_keras(spec: NetSpec, file: str) -> dict[str, Any]:
    """Weights by layer, two images and their class scores; batch norm's statistics are made uneven on purpose."""
    import keras

    from benchmarks.plain_keras import builder

    generator = np.random.default_rng(0)
    model = builder(spec)()
    arrays: dict[str, Any] = {}
    for layer in model.layers:
        weights = [
            (w + generator.uniform(0, 0.2, w.shape)).astype(np.float32) if w.ndim == 1 else w
            for w in layer.get_weights()
        ]
        layer.set_weights(weights)
        arrays |= {f"{layer.name}/{index}": w for index, w in enumerate(weights)}
    images = generator.uniform(-1, 1, (2, spec.input.height, spec.input.width, spec.input.channels)).astype(np.float32)
    scores = keras.Model(model.input, model.layers[-1].input)
    np.savez(file, images=images, outputs=scores.predict(images, verbose=0), **arrays)
    return {"params": model.count_params()}


def compare_torch(spec: NetSpec, file: str) -> dict[str, Any]:
    """Parameter count, and the largest difference of a class score as a share of the scores' spread."""
    import torch

    from benchmarks.torch_network import TorchNetwork

    weights: dict[str, list[Any]] = {}
    with np.load(file) as arrays:
        images, outputs = arrays["images"], arrays["outputs"]
        for name in arrays.files:
            if "/" in name:
                weights.setdefault(name.rsplit("/", 1)[0], []).append(arrays[name])
    network = TorchNetwork(spec).eval()
    network.load(weights)
    with torch.no_grad():
        turned = np.ascontiguousarray(images[:, ::-1, ::-1])
        found = network(torch.from_numpy(turned).permute(0, 3, 1, 2)).permute(0, 2, 3, 1).numpy()[:, ::-1, ::-1]
    return {"params": network.count_params(), "difference": float(np.abs(found - outputs).max() / np.ptp(outputs))}


def main() -> None:
    """See the module's docstring."""
    framework, name, file = sys.argv[1:]
    work = {"keras": write_keras, "torch": compare_torch}[framework]
    print(json.dumps(work(preset(name), file)))


if __name__ == "__main__":
    main()
