"""The machine's arithmetic limit: what its fastest dense convolution reaches, in operations a second.

`python -m benchmarks.limit PRECISION...` measures it in this process and prints one line of JSON.

A network's forward pass takes two operations for each multiply–add, and its gradients twice as many again.
"""

import json
import sys
from time import perf_counter
from typing import Any

from fcnlab.arch import NetSpec, flow

SIDE, CHANNELS, BATCH = 40, 128, 16
REPEATS = 60
OPERATIONS = 2 * BATCH * SIDE * SIDE * 9 * CHANNELS * CHANNELS


def dense(precision: str) -> float:
    """Operations a second of 3×3 convolutions of 128 channels, forward, without a start: the best of sixty."""
    import numpy as np
    import tensorflow as tf

    generator = np.random.default_rng(0)
    x = tf.cast(generator.normal(size=(BATCH, SIDE, SIDE, CHANNELS)), precision)
    kernel = tf.cast(generator.normal(size=(3, 3, CHANNELS, CHANNELS)), precision)
    convolve: Any = tf.function(lambda: tf.nn.conv2d(x, kernel, 1, "SAME"), jit_compile=False, autograph=False)
    seconds = []
    for _ in range(REPEATS + 1):
        started = perf_counter()
        convolve()
        seconds.append(perf_counter() - started)
    return OPERATIONS / min(seconds[1:])


def operations(spec: NetSpec) -> int:
    """Of one image's part in a training step."""
    return 3 * 2 * flow(spec).macs


if __name__ == "__main__":
    print(json.dumps({precision: dense(precision) for precision in sys.argv[1:]}))
