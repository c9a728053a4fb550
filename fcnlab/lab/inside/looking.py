"""One picture through a network, once: the prediction, and what every stage or every layer made of it."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fcnlab.arch import expand, flow, layer_flow
from fcnlab.errors import FcnLabError, RunError
from fcnlab.lab.inside.layerwise import look_at_layers
from fcnlab.lab.inside.loaded import Loaded, load_for
from fcnlab.lab.inside.maps import ClassIoU, LayerMaps, Look
from fcnlab.lab.inside.pictures import Picture
from fcnlab.lab.runs.run import Run
from fcnlab.net.inside.statistics import Planes

if TYPE_CHECKING:
    from fcnlab.arch import Layer

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


def look(path: str, picture: Picture, epoch: int | None = None, layers: bool = False) -> Look:
    """Run one image through a run's network, once, and bring back what every stage made of it.

    Args:
        path: The run folder.
        picture: A dataset's image or an uploaded one.
        epoch: Which checkpoint; None takes the default one, 0 the weights before the first step.
        layers: Every single layer instead of every stage; an imported network of the kind "layers" has only these.

    Raises:
        FcnLabError: The run has no such checkpoint, the image cannot be read, or values overflow in the network.
    """
    if Run.open(path).record.kind == "layers":
        return look_at_layers(path, picture)
    loaded, image, truth = load_for(path, picture, epoch)
    maps = loaded.features.layers(image) if layers else loaded.features.stages(image)
    probabilities = list(maps.values())[-1]
    rows = zip(maps.items(), _rows(loaded, layers), strict=True)
    described = tuple(_described(name, values, role, layer) for (name, values), (role, layer) in rows)
    labels: Bytes = probabilities.argmax(axis=-1).astype(np.uint8)
    shares: Floats = probabilities.mean(axis=(0, 1))
    iou = _iou(truth, labels, probabilities.shape[-1])
    return Look(image, truth, labels, shares, iou, described, loaded.epoch)


def class_contributions(path: str, picture: Picture, target: int, epoch: int | None = None) -> dict[str, Floats]:
    """How much each channel of each layer speaks for a class, by layer's name, float32 [C].

    Activation times gradient, summed over positions, of the class's score summed over the pixels that were given
    this class (over all pixels where there is none): positive speaks for it, negative against it. The score is the
    value before the last activation; the outputs' own channels bear what their scores contribute.

    Raises:
        FcnLabError: As `look`; or there is no such class.
    """
    loaded, image, _ = load_for(path, picture, epoch)
    classes = loaded.spec.output.classes
    if not 0 <= target < classes:
        raise FcnLabError(f"There is no class {target}.", f"The network's classes are 0 to {classes - 1}.")
    return loaded.gradients.of_class(image, target)


def _rows(loaded: Loaded, layers: bool) -> "list[tuple[str, Layer]]":
    """Role and (last) layer of every row of the shape flow, or of every single layer."""
    graph = expand(loaded.spec)
    if layers:
        return [(row.role, layer) for row, layer in zip(layer_flow(loaded.spec).rows, graph.layers, strict=True)]
    return [(row.role, graph.layers[end]) for row, end in zip(flow(loaded.spec).rows, graph.ends, strict=True)]


def _described(name: str, values: Floats, role: str, layer: "Layer") -> LayerMaps:
    planes = Planes(values)
    if not planes.finite:
        raise RunError(
            f"The values in {name} have overflowed: they are no numbers any more.",
            "Take an earlier checkpoint, or train with a smaller learning rate.",
        )
    maps, statistics = planes.in_bytes(), planes.statistics()
    return LayerMaps(name, role, layer.kind, layer.name, maps, planes.low, planes.high, statistics)


def _iou(truth: Bytes | None, labels: Bytes, classes: int) -> ClassIoU | None:
    from fcnlab.net.overlap import count_confusion, iou_by_class

    return None if truth is None else tuple(iou_by_class(count_confusion(truth, labels, classes)))
