"""The network in Keras: build, train, score, features and skips; the only room that imports Keras.

The names here are imported when they are first used, so that figures can be computed without Keras.
"""

import importlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fcnlab.net.builder import build
    from fcnlab.net.contribution import contributions
    from fcnlab.net.features import Features
    from fcnlab.net.predict import Predictor
    from fcnlab.net.scoring import score
    from fcnlab.net.skips import SkipSwitch
    from fcnlab.net.train import EpochDone, StepDone, Trainer
    from fcnlab.net.warm import warm_up

# TensorFlow's start-up messages speak of the machine, not of anything a person did.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

_HOMES = {
    "build": "builder",
    "contributions": "contribution",
    "Features": "features",
    "Predictor": "predict",
    "score": "scoring",
    "SkipSwitch": "skips",
    "EpochDone": "train",
    "StepDone": "train",
    "Trainer": "train",
    "warm_up": "warm",
}

__all__ = [
    "EpochDone",
    "Features",
    "Predictor",
    "SkipSwitch",
    "StepDone",
    "Trainer",
    "build",
    "contributions",
    "score",
    "warm_up",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
