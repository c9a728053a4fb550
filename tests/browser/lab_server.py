"""What the browser tests share by name (conftest.py holds the fixtures)."""

from pathlib import Path
from typing import NamedTuple

from fcnlab.arch import NetSpec, preset
from fcnlab.lab.tasks import train_here
from fcnlab.plan import Phase, Plan

ENGINE_PATIENCE = 240_000
"""Milliseconds for the workers to load TensorFlow and compile on a busy machine."""


class Lab(NamedTuple):
    """The running lab.

    Attributes:
        url: Without a slash at its end.
        runs: Its runs folder.
        log: What its server prints.
        pid: Its server's process.
    """

    url: str
    runs: Path
    log: Path
    pid: int


def small_net() -> NetSpec:
    """`follow-me` for pictures of 64×64."""
    net = preset("follow-me")
    return net.model_copy(update={"input": net.input.model_copy(update={"height": 64, "width": 64})})


def make_run(lab: Lab, name: str) -> str:
    """A run of a few steps on the built-in set, made in this process; returns its name."""
    plan = Plan(phases=(Phase(epochs=2, batch_size=8),), subset=32, validation_images=4)
    train_here(small_net(), plan, "shapes:0.1", lab.runs / name)
    return name
