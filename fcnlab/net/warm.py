"""Paying beforehand for what the first training and the first look would have to wait for."""

import numpy as np

from fcnlab.arch import NetSpec
from fcnlab.data import Pairs
from fcnlab.net import backend
from fcnlab.net.inside.features import Features
from fcnlab.net.train import Trainer
from fcnlab.plan import Phase, Plan

_TINY = NetSpec.model_validate(
    {
        "name": "warm-up",
        "input": {"height": 16, "width": 16},
        "encoder": [{"name": "encoder1", "convs": [{"kind": "separable", "filters": 4}]}],
        "bottleneck": [{"conv": {"filters": 4, "kernel": 1}}],
        "decoder": [{"name": "decoder1", "up": {"filters": 4}, "skip": {}, "convs": [{"filters": 4}]}],
    }
)


def warm_up() -> None:
    """Import Keras and its backend, and take every path once with a tiny network: a fraction of a second more.

    The first graph of a process costs a second or two whatever its size (kernels are registered, threads are
    started); whoever trains first should not wait for that.
    """
    backend.current().use_memory_as_needed()
    images = np.zeros((2, 16, 16, 3), np.uint8)
    labels = np.zeros((2, 16, 16), np.uint8)
    pairs = Pairs(images, labels, labels + 1, ("0", "1"), 3)
    trainer = Trainer(_TINY, Plan(phases=(Phase(epochs=1, batch_size=2),)), pairs)
    for _ in trainer.run():
        trainer.predict(images)
    Features(_TINY, trainer.model).stages(images[0])
