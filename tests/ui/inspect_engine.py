"""An engine that answers the Inspect page at once, from made-up numbers."""

from collections.abc import Callable
from typing import Any

import numpy as np

from fcnlab.arch import NetSpec, expand, flow, layer_flow, preset
from fcnlab.data import open_dataset
from fcnlab.errors import FcnLabError
from fcnlab.lab import EngineState, Run
from fcnlab.lab.tasks import (
    LayerMaps,
    LayerStatistics,
    Look,
    PixelStep,
    PixelStory,
    SkipSets,
    Switched,
    TopPicture,
    Upload,
    net_of,
)

SIDE = 32
DEAD = 3


def small(name: str = "follow-me", classes: int = 3) -> NetSpec:
    net = preset(name)
    size = net.input.model_copy(update={"height": SIDE, "width": SIDE})
    return net.model_copy(
        update={"input": size, "output": net.output.model_copy(update={"classes": classes}), "name": name}
    )


class InstantEngine:
    """Answers at once: the prediction is the truth; every skip that is off turns one row of pixels into class 2.

    `asked` holds the name and arguments of every question, `submitted` those of the work that was handed over.
    """

    def __init__(self) -> None:
        self.phase = "ready"
        self.started = 0
        self.pid: int | None = None
        self.asked: list[tuple[Any, ...]] = []
        self.submitted: list[tuple[Any, ...]] = []
        self.error: Exception | None = None

    def state(self) -> EngineState:
        return EngineState(self.phase, "The engine is warming up.")  # type: ignore[arg-type]  # phases are text here

    def start(self) -> None:
        self.started += 1

    def submit(self, function: Callable[..., Any], *args: Any, **__: Any) -> None:
        self.submitted.append((function.__name__, *args))

    def ask(self, function: Callable[..., Any], *args: Any) -> Any:
        self.asked.append((function.__name__, *args))
        if self.error:
            raise self.error
        return getattr(self, f"_{function.__name__}")(*args)

    def _look(self, path: str, picture: Any, epoch: int, layers: bool = False) -> Look:
        net = net_of(Run.open(path))
        image, truth = self._pair(picture, net)
        labels = np.zeros((SIDE, SIDE), np.uint8) if truth is None else truth
        if not epoch:
            labels = np.zeros_like(labels)  # an untrained network sees background alone
        iou = None if truth is None else (1.0, 0.5, None)
        graph = expand(net)
        rows = layer_flow(net).rows if layers else flow(net).rows
        last = graph.layers if layers else [graph.layers[end] for end in graph.ends]
        stages = tuple(
            self._maps(row.name, row.role, row.shape, layer.kind, layer.name)
            for row, layer in zip(rows, last, strict=True)
        )
        return Look(image, truth, labels, np.ones(3, np.float32) / 3, iou, stages, epoch)

    def _class_contributions(self, path: str, picture: Any, target: int, epoch: int) -> dict[str, Any]:
        """The higher a channel's number, the more it speaks for the class."""
        layers = expand(net_of(Run.open(path))).layers
        return {layer.name: np.arange(layer.shape[2], dtype=np.float32) - 1 for layer in layers}

    def _top_pictures(
        self, path: str, dataset: str, split: str, layer: str, channel: int, epoch: int
    ) -> tuple[TopPicture, ...]:
        """Two pictures, the first moved to 5, the second to 4."""
        pairs = open_dataset(dataset).load(split, (SIDE, SIDE), 3, [0, 1])
        return tuple(
            TopPicture(split, index, pairs.names[index], 5.0 - index, (0, 0), pairs.images[index], np.eye(4) * 5)
            for index in (0, 1)
        )

    def _explain_pixel(
        self, path: str, picture: Any, layer: str, y: int, x: int, channel: int, epoch: int
    ) -> PixelStory:
        """A convolution of two channels, 0.5 + 0.25, and a bias of 0.125, whatever is asked for."""
        patch, weights = np.ones((3, 3, 2), np.float32), np.zeros((3, 3, 2), np.float32)
        weights[1, 1] = 0.5, 0.25
        inside = np.ones((3, 3), bool)
        inside[0] = False
        terms = (("patch × kernel", 0.75), ("bias", 0.125))
        sentence = "3×3 convolution over 2 channels."
        step = PixelStep(layer, "conv", sentence, 0.875, terms, patch, weights, (y - 1, x - 1), "source", inside)
        effective = np.zeros((SIDE, SIDE), np.float32)
        effective[y : y + 2, x : x + 2] = 1
        return PixelStory(layer, channel, y, x, 0.875, (step,), (0, 0, 3, 3), (3, 3), effective, 0.5)

    def _turn_skips(
        self,
        path: str,
        picture: Any,
        strengths: tuple[float, ...],
        baseline: str,
        epoch: int,
        other: Any = None,
        swapped: tuple[bool, ...] = (),
    ) -> Switched:
        image, truth = self._pair(picture, net_of(Run.open(path)))
        labels = np.zeros(image.shape[:2], np.uint8) if truth is None else truth.copy()
        labels[: sum(strength == 0 for strength in strengths)] = 2
        change = np.full((SIDE, SIDE), 0.25, np.float32)
        iou = None if truth is None else (0.9, 0.4, 0.1)
        return Switched(labels, np.ones(3, np.float32) / 3, iou, change)

    def _skip_sets(self, path: str, picture: Any, baseline: str, epoch: int) -> SkipSets:
        """From 0.05 the probability rises by 0.02 with the first skip, by 0.04 with the second, and so on."""
        net = net_of(Run.open(path))
        image, truth = self._pair(picture, net)
        count = len(net.skips)
        if count > 8:
            raise FcnLabError(f"The network has {count} skips.", "At most eight are tried.")
        labels = np.stack([np.zeros(image.shape[:2], np.uint8) if truth is None else truth] * 2**count)
        for number in range(2**count):
            labels[number, : count - number.bit_count()] = 2
        shares = np.array([0.02 * (skip + 1) for skip in range(count)])
        gains = np.array([[number >> skip & 1 for skip in range(count)] for number in range(2**count)]) @ shares
        return SkipSets(
            tuple(name for name, _ in net.skips),
            tuple(skip.source for _, skip in net.skips),
            labels,
            None if truth is None else tuple((1.0, None, 0.1 + float(gain)) for gain in gains),
            net.output.classes - 1,
            (0.05 + gains).astype(np.float32),
            shares,
            None if truth is None else shares,
        )

    @staticmethod
    def _pair(picture: Any, net: NetSpec) -> tuple[Any, Any]:
        if isinstance(picture, Upload):
            return np.zeros((SIDE, SIDE, 3), np.uint8), None
        pairs = open_dataset(picture.dataset).load(picture.split, (SIDE, SIDE), 3, [picture.index])
        return pairs.images[0], pairs.labels[0]

    @staticmethod
    def _maps(name: str, role: str, shape: tuple[int, int, int], kind: str, layer: str) -> LayerMaps:
        maps = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        low, high = np.zeros(shape[2], np.float32), np.full(shape[2], 2, np.float32)
        dead = tuple(range(DEAD)) if role == "encoder" else ()
        high[: len(dead)] = 0
        values = maps / np.float32(255) * high
        statistics = LayerStatistics(
            values.mean(axis=(0, 1)),
            values.var(axis=(0, 1)),
            (values > 0).mean(axis=(0, 1), dtype=np.float32),
            dead,
            (),
            float(shape[2] - len(dead)),
            np.histogram(values, 16)[0],
        )
        return LayerMaps(name, role, kind, layer, maps, low, high, statistics)
