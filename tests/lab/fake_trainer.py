"""A trainer that learns nothing, in no time: its weights are a number that every step mixes with all that steers it."""

import struct
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

import fcnlab.net
from fcnlab.arch import NetSpec
from fcnlab.errors import RunError
from fcnlab.lab.training.device import Device
from fcnlab.plan import lay_out, learning_rate

NET = NetSpec.model_validate(
    {
        "name": "tiny",
        "input": {"height": 32, "width": 32},
        "encoder": [{"name": "encoder1", "convs": [{"filters": 8}]}],
        "bottleneck": [{"conv": {"filters": 8, "kernel": 1}}],
        "decoder": [{"name": "decoder1", "up": {"filters": 8}, "skip": {}, "convs": [{"filters": 8}]}],
    }
)


@dataclass
class StepDone:
    kind: ClassVar[str] = "step"
    step: int
    epoch: int
    loss: float
    learning_rate: float
    seconds: float
    images: int


@dataclass
class EpochDone:
    kind: ClassVar[str] = "epoch"
    step: int
    epoch: int
    loss: float
    seconds: float
    validation: dict
    training: dict | None = None


@dataclass
class Measuring:
    kind: ClassVar[str] = "measuring"
    done: int
    total: int


class FakeTrainer:
    """The interface of `fcnlab.net.Trainer`; `fault` is raised instead of taking step number `fails_at`."""

    fails_at = 0
    fault = None
    measured = 1  # images after each epoch

    def __init__(self, spec, plan, training, validation=None, changes=(), start=None):
        self.plan, self.changes, self._images = plan, tuple(changes), len(training)
        self.step, self._told, self.value, self.moment = 0, 0, 1, 1
        self.best, self.ended_early = None, ""
        if start is not None:
            self.value = start.stat().st_size
        self._plan()

    def _plan(self):
        self._epochs = lay_out(self.plan, self._images, self.changes)

    @property
    def steps(self):
        return self._epochs[-1].end

    @property
    def epochs(self):
        return len(self._epochs)

    @property
    def epoch(self):
        return sum(epoch.first < self.step for epoch in self._epochs)

    @property
    def at_epoch_end(self):
        return self._told < len(self._epochs) and self.step == self._epochs[self._told].end

    def run(self):
        while self._told < len(self._epochs):
            epoch = self._epochs[self._told]
            while self.step < epoch.end:
                epoch = self._epochs[self._told]
                if self.step + 1 == self.fails_at:
                    raise self.fault
                rate = learning_rate(self.plan, epoch, self.step)
                bits = struct.unpack("<Q", struct.pack("<d", rate))[0] ^ epoch.phase.batch_size
                self.moment = (self.moment * 6364136223846793005 + bits) % 2**63
                self.value = (self.value * 2862933555777941757 + self.moment) % 2**63
                self.step += 1
                yield StepDone(self.step, epoch.number, self.value / 2**63, rate, 0.001, epoch.phase.batch_size)
            for done in range(self.measured):
                yield Measuring(done, self.measured)
            self._told = epoch.number
            score = self.value % 1000 / 1000
            if self.best is None or score > self.best[1]:
                self.best = (epoch.number, score)
            yield EpochDone(self.step, epoch.number, 0.5, 0.001, {"images": 1, "loss": 0.5, "mean_iou": score})

    def require_change(self, change):
        assert change.step == self.step

    def change(self, change):
        self.changes = (*self.changes, change)
        self._plan()

    def settle(self):
        pass

    def predict(self, images):
        return np.zeros((*images.shape[:3], 3), np.float32)

    def save(self, weights, optimizer):
        weights.write_text(str(self.value))
        best = self.best or (0, 0.0)
        with optimizer.open("wb") as file:
            np.savez(file, step=self.step, told=self._told, value=self.value, moment=self.moment, best=np.array(best))

    def restore(self, weights, optimizer):
        with optimizer.open("rb") as file, np.load(file) as arrays:
            self.value = int(weights.read_text())
            if int(arrays["value"]) != self.value:
                raise RunError("The weights and the optimizer's state are of different steps.")
            self.step, self._told, self.moment = (int(arrays[name]) for name in ("step", "told", "moment"))
            epoch, score = arrays["best"]
            self.best = (int(epoch), float(score)) if epoch else None


def install(patch):
    """Have runs trained by it, in a process that then needs no TensorFlow; `patch` is pytest's monkeypatch."""
    patch.setitem(fcnlab.net.__dict__, "Trainer", FakeTrainer)
    patch.setattr("os.fsync", lambda _: None)  # it guards against power cuts, and a busy disk takes long
    patch.setattr("fcnlab.lab.training.task.device_here", lambda: Device(("float32",), ("CPU",)))
