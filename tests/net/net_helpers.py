"""Small networks and images for the tests of `net`."""

from typing import Any

import numpy as np

from fcnlab.arch import NetSpec, preset
from fcnlab.arch.edit import resize
from fcnlab.data import Pairs, open_dataset

TINY = {
    "name": "tiny",
    "input": {"height": 32, "width": 32},
    "encoder": [
        {"name": "encoder1", "convs": [{"kind": "separable", "filters": 8}]},
        {"name": "encoder2", "convs": [{"filters": 12}]},
    ],
    "bottleneck": [{"conv": {"filters": 16, "kernel": 1}}],
    "decoder": [
        {"name": "decoder2", "up": {"filters": 8}, "skip": {"source": "encoder1"}, "convs": [{"filters": 8}]},
        {"name": "decoder1", "up": {"filters": 8}, "skip": {"source": "inputs"}, "convs": [{"filters": 8}]},
    ],
}


def tiny(**changes: object) -> NetSpec:
    """Two stages, two skips, 32×32 pictures; any top-level field can be replaced."""
    return NetSpec.model_validate({**TINY, **changes})


def small(name: str, side: int = 64) -> NetSpec:
    """A preset for small pictures."""
    return resize(preset(name), side, side)


def shapes(side: int, count: int, split: str = "train", alpha: float = 0.1) -> Pairs:
    """The built-in set's first images."""
    return open_dataset(f"shapes:{alpha}").load(split, (side, side), indices=range(count))


def noise(side: int, count: int, seed: int = 0) -> np.ndarray:
    """Images of random bytes [N, side, side, 3]."""
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def smooth_gradients(spec: NetSpec, model: Any) -> Any:
    """The gradients of the same network with SiLU for ReLU.

    Whether a ReLU is open hangs on the last bit of its input, so that two backends' gradients differ by more than
    rounding.
    """
    from fcnlab.net import Features, build
    from fcnlab.net.inside.gradients import Gradients

    smooth = NetSpec.model_validate_json(spec.model_dump_json().replace('"relu"', '"silu"'))
    twin = build(smooth)
    twin.set_weights(model.get_weights())
    return Gradients(smooth, twin, Features(smooth, twin))
