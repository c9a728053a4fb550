"""Skip connections switched on and off in a trained network.

A skip that is off still has its place in the network, but carries nothing of the picture: in its stead goes a
baseline. `zero` puts zeros there, which the layers after it never saw in training, so that it overstates what the
skip does; `mean` puts each channel's mean over reference pictures there, which removes what is special to this
picture and leaves the rest at its usual level.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, get_args

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from fcnlab.arch import NetSpec, expand
from fcnlab.errors import FcnLabError
from fcnlab.net import backend
from fcnlab.net.predict import BATCH

Baseline = Literal["zero", "mean"]
BASELINES: tuple[str, ...] = get_args(Baseline)

Bytes = npt.NDArray[np.uint8]
Probabilities = npt.NDArray[np.float32]


class SkipSwitch:
    """A network whose skips can be switched.

    Args:
        spec: The network on paper.
        model: The same network as `fcnlab.net.builder.build` made it.
        reference: Pictures uint8 [N, H, W, C] for the baseline `mean`.

    Attributes:
        names: The decoder stages that have a skip, from the bottom up; a skip bears its decoder stage's name.
    """

    def __init__(self, spec: NetSpec, model: keras.Model, reference: Bytes) -> None:
        self.names = tuple(name for name, _ in spec.skips)
        self._graph = expand(spec)
        self._model = model
        self._reference = reference
        self._means: list[npt.NDArray[np.float32]] | None = None
        self._taps = self._find_taps(spec)
        self._forward = backend.current().compiled(model, self._run)

    def predict(self, images: Bytes, off: Iterable[str] = (), baseline: str = "zero") -> Probabilities:
        """Class probabilities float32 [N, H, W, K] for images uint8 [N, H, W, C] with the skips in `off` off.

        Raises:
            FcnLabError: There is no such skip or baseline.
        """
        off = set(off)
        unknown = sorted(off - set(self.names))
        if unknown:
            known = ", ".join(self.names) or "none"
            raise FcnLabError(f"The network has no skip called {unknown[0]!r}.", f"It has {known}.")
        keep = np.array([[name not in off for name in self.names]], np.float32)
        return self.predict_sets(images, np.repeat(keep, len(images), axis=0), baseline)

    def predict_sets(self, images: Bytes, keep: npt.NDArray[np.float32], baseline: str = "zero") -> Probabilities:
        """The same with a choice for each image: `keep` float32 [N, skips], 1 on and 0 off."""
        baselines = self._baselines(baseline)
        parts = [
            self._forward(images[start : start + BATCH], keep[start : start + BATCH], *baselines)
            for start in range(0, len(images), BATCH)
        ]
        return np.concatenate(parts)

    def _find_taps(self, spec: NetSpec) -> dict[tuple[int, str], int]:
        """(row of the decoder stage, layer tapped) → number of the skip."""
        sources = {"inputs": 0} | {stage.name: row for row, stage in enumerate(spec.encoder, 1)}
        first = 1 + len(spec.encoder) + len(spec.bottleneck)
        taps: dict[tuple[int, str], int] = {}
        for row, stage in enumerate(spec.decoder, first):
            if stage.skip:
                tapped = self._graph.layers[self._graph.ends[sources[stage.skip.source]]]
                taps[row, tapped.name] = len(taps)
        return taps

    def _baselines(self, baseline: str) -> Sequence[npt.NDArray[np.float32]]:
        """What each skip carries when it is off: float32 [C] for each."""
        if baseline not in BASELINES:
            raise FcnLabError(f"There is no baseline {baseline!r}.", f"Baselines are {' and '.join(BASELINES)}.")
        shapes = [self._model.get_layer(layer).output.shape[-1] for _, layer in self._taps]
        if baseline == "zero":
            return [np.zeros(channels, np.float32) for channels in shapes]
        if self._means is None:
            self._means = self._reference_means()
        return self._means

    def _reference_means(self) -> list[npt.NDArray[np.float32]]:
        if not len(self._reference):
            raise FcnLabError("The baseline mean needs reference pictures.", "Use the baseline zero.")
        outputs = [self._model.get_layer(layer).output for _, layer in self._taps]
        probe = keras.Model(self._model.input, [ops.mean(output, axis=(1, 2)) for output in outputs])
        means = backend.current().compiled(probe, lambda images: probe(backend.standardise(images), training=False))
        parts = [means(self._reference[start : start + BATCH]) for start in range(0, len(self._reference), BATCH)]
        return [np.concatenate(found).mean(axis=0) for found in zip(*parts, strict=True)]

    def _run(self, images: Any, keep: Any, *baselines: Any) -> Any:
        """The network, layer by layer, with a switch in every skip."""
        tensors: dict[str, Any] = {}
        for layer in self._graph.layers:
            if layer.kind == "input":
                tensors[layer.name] = backend.standardise(images)
                continue
            sources = []
            for name in layer.inputs:
                skip = self._taps.get((layer.stage, name))
                tensor = tensors[name]
                if skip is not None:
                    on = ops.reshape(keep[:, skip], (-1, 1, 1, 1))
                    tensor = tensor * on + baselines[skip] * (1 - on)
                sources.append(tensor)
            apply = self._model.get_layer(layer.name)
            tensors[layer.name] = apply(sources if len(sources) > 1 else sources[0])
        return tensors[self._graph.layers[-1].name]
