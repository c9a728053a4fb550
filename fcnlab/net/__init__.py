"""The network in Keras: build, train, score, features and skips; the only room that imports Keras.

The names here are imported when they are first used, so that figures can be computed without Keras.
"""

import contextlib
import functools
import importlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fcnlab.net.augment import Augmenter
    from fcnlab.net.builder import build
    from fcnlab.net.inside.features import Features
    from fcnlab.net.judge import Measuring
    from fcnlab.net.predict import Predictor
    from fcnlab.net.scoring import score
    from fcnlab.net.skips.lattice import Lattice
    from fcnlab.net.skips.switch import SkipSwitch
    from fcnlab.net.train import EpochDone, StepDone, Trainer
    from fcnlab.net.warm import warm_up

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

_HOMES = {
    "Augmenter": "augment",
    "build": "builder",
    "Features": "inside.features",
    "Lattice": "skips.lattice",
    "Predictor": "predict",
    "score": "scoring",
    "SkipSwitch": "skips.switch",
    "EpochDone": "train",
    "Measuring": "judge",
    "StepDone": "train",
    "Trainer": "train",
    "warm_up": "warm",
}

__all__ = [
    "Augmenter",
    "EpochDone",
    "Features",
    "Lattice",
    "Measuring",
    "Predictor",
    "SkipSwitch",
    "StepDone",
    "Trainer",
    "build",
    "score",
    "warm_up",
]


@functools.cache
def _start() -> None:
    """Import Keras and its backend and look for accelerators, once.

    TensorFlow's native code reports on that to standard error whatever its log level says; none of it speaks of
    anything a person did, and the command line's messages go there. What fails still raises.
    """
    with _no_native_output():
        from fcnlab.net import backend

        backend.current().devices()


@contextlib.contextmanager
def _no_native_output() -> Iterator[None]:
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    _start()
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
