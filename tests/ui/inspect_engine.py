"""An engine that answers the Inspect page at once, from made-up numbers."""

from collections.abc import Callable
from typing import Any

import numpy as np

from fcnlab.arch import NetSpec, flow, preset
from fcnlab.data import open_dataset
from fcnlab.lab import EngineState, Run
from fcnlab.lab.tasks import Look, StageMaps, Switched, Upload, look, net_of

SIDE = 32
DEAD = 3


def small(name: str = "follow-me", classes: int = 3) -> NetSpec:
    net = preset(name)
    size = net.input.model_copy(update={"height": SIDE, "width": SIDE})
    return net.model_copy(
        update={"input": size, "output": net.output.model_copy(update={"classes": classes}), "name": name}
    )


class InstantEngine:
    """Answers at once: the prediction is the truth; every skip that is off turns one row of pixels into class 2."""

    def __init__(self) -> None:
        self.phase = "ready"
        self.started = 0
        self.asked: list[tuple[Any, ...]] = []
        self.error: Exception | None = None

    def state(self) -> EngineState:
        return EngineState(self.phase, "The engine is warming up.")  # type: ignore[arg-type]  # phases are text here

    def start(self) -> None:
        self.started += 1

    def submit(self, *_: Any, **__: Any) -> None:
        pass

    def ask(self, function: Callable[..., Any], *args: Any) -> Look | Switched:
        self.asked.append((function.__name__, *args))
        if self.error:
            raise self.error
        return self._look(*args) if function is look else self._switched(*args)

    def _look(self, path: str, picture: Any, epoch: int) -> Look:
        net = net_of(Run.open(path))
        image, truth = self._pair(picture, net)
        labels = np.zeros((SIDE, SIDE), np.uint8) if truth is None else truth
        iou = None if truth is None else (1.0, 0.5, None)
        stages = tuple(self._maps(row.name, row.role, row.shape) for row in flow(net).rows)
        return Look(image, truth, labels, np.ones(3, np.float32) / 3, iou, stages, epoch)

    def _switched(self, path: str, picture: Any, off: tuple[str, ...], baseline: str, epoch: int) -> Switched:
        _, truth = self._pair(picture, net_of(Run.open(path)))
        assert truth is not None
        labels = truth.copy()
        labels[: len(off)] = 2
        change = np.full((SIDE, SIDE), 0.25, np.float32)
        return Switched(labels, np.ones(3, np.float32) / 3, (0.9, 0.4, 0.1), change)

    @staticmethod
    def _pair(picture: Any, net: NetSpec) -> tuple[Any, Any]:
        if isinstance(picture, Upload):
            return np.zeros((SIDE, SIDE, 3), np.uint8), None
        pairs = open_dataset(picture.dataset).load(picture.split, (SIDE, SIDE), 3, [picture.index])
        return pairs.images[0], pairs.labels[0]

    @staticmethod
    def _maps(name: str, role: str, shape: tuple[int, int, int]) -> StageMaps:
        maps = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        low, high = np.zeros(shape[2], np.float32), np.full(shape[2], 2, np.float32)
        if role == "encoder":
            high[:DEAD] = 0
        return StageMaps(name, role, maps, low, high)
