"""From the JSON that Keras writes (1, 2 and 3, functional and Sequential) to a list of plain layers.

What a file says is data: nothing of it is imported, called or built here, however it is named.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from fcnlab.arch.foreign.calls import inputs_of
from fcnlab.arch.foreign.fields import LayerError, shown, whole
from fcnlab.arch.foreign.layers import MAX_LAYERS, ForeignLayer, ForeignNet, NotUnderstoodError
from fcnlab.arch.foreign.shapes import output_shape, require_modest
from fcnlab.arch.foreign.vocabulary import clean
from fcnlab.errors import SpecError

MAX_TEXT: Final = 8_000_000
MAX_DEPTH: Final = 60
ANY_SIZE: Final = 160
"""The side of the pictures for a network that takes any size."""

HALF_RANGE: Final = 127.5
"""Pictures p from 0 to 255 are p / 127.5 − 1 to the lab's networks."""

_KERAS = re.compile(r"(keras|tf_keras|tensorflow\.(python\.)?keras|fcnlab\.net\.layers)(\.|$)")
_OWN_CLASSES = {"SeparableConv2DKeras", "BilinearUpSampling2D"}
"""Classes of the Follow-Me project's own module, known here by name."""

_EXPORT = "Save the network with Keras (`model.save` or `model.to_json`) and give that file."
_SIMPLER = "Only plain Keras layers can be read; leave out the others, or rebuild the network on the Build page."


class _Raw(NamedTuple):
    """A layer as the file has it."""

    name: str
    class_name: Any
    module: Any
    config: Any
    inputs: tuple[str, ...]


def read_network(text: str | bytes, what: str, version: str = "") -> ForeignNet:
    """Read a network's configuration.

    Args:
        text: JSON as Keras writes it; also a JSON string that holds JSON.
        what: What the file is called in errors.
        version: Of the Keras that wrote it, where the text does not say.

    Raises:
        NotUnderstoodError: Some layers cannot be read; it tells them all.
        SpecError: The text is no such JSON, or what it describes is absurdly large.
    """
    document = _document(text, what)
    config = document.get("config")
    layers = config.get("layers") if isinstance(config, dict) else config
    kind = document.get("class_name")
    if kind not in ("Model", "Functional", "Sequential") or not isinstance(layers, list):
        raise SpecError(f"{what} describes no Keras network (its class is {shown(kind)}).", _EXPORT)
    if not 1 <= len(layers) <= MAX_LAYERS:
        raise SpecError(f"{what} has {len(layers):,} layers; from 1 to {MAX_LAYERS:,} can be read.", _SIMPLER)
    if not all(isinstance(layer, dict) and isinstance(layer.get("config"), dict) for layer in layers):
        raise SpecError(f"{what} has layers that are described in no way that Keras uses.", _EXPORT)
    problems: list[str] = []
    chain = kind == "Sequential"
    raw = _sequential(layers, config) if chain else _functional(layers, config, problems)
    version = str(document.get("keras_version") or version or ("3" if "module" in document else ""))
    cleaned = _cleaned(raw, version, problems)
    if problems:
        raise NotUnderstoodError(f"{what} cannot be read.", problems, _SIMPLER)
    name = config.get("name") if isinstance(config, dict) else None
    return _with_shapes(str(name or "network")[:100], _in_order(cleaned, what), what)


def to_config(net: ForeignNet) -> str:
    """The network as JSON that `read_network` reads again: what was understood of it, and nothing else."""
    first = net.layers[0]
    layers = []
    for layer in net.layers:
        settings = {"batch_shape": [None, *layer.config["shape"]]} if layer is first else layer.config
        if _rescales_pictures(layer, first):
            scale, offset = layer.config["scale"], layer.config["offset"]
            settings = {"scale": scale / HALF_RANGE, "offset": offset - scale}
        nodes = [[[name, 0, 0, {}] for name in layer.inputs]] if layer.inputs else []
        layers.append({"class_name": layer.kind, "name": layer.name, "config": settings, "inbound_nodes": nodes})
    ends = {"input_layers": [[first.name, 0, 0]], "output_layers": [[net.layers[-1].name, 0, 0]]}
    document = {"class_name": "Functional", "config": {"name": net.name, "layers": layers, **ends}}
    return json.dumps({**document, "keras_version": "3"}, indent=1)


def _document(text: str | bytes, what: str) -> dict[str, Any]:
    if len(text) > MAX_TEXT:
        raise SpecError(f"{what} is {len(text):,} characters long; a network takes at most {MAX_TEXT:,}.", _EXPORT)
    found: Any = text
    try:
        for _ in range(3):  # some tools write a JSON string that holds the JSON
            found = json.loads(found, parse_constant=_no_number)
            if not isinstance(found, str):
                break
    except RecursionError:
        raise SpecError(f"{what} is nested too deeply to be a network.", _EXPORT) from None
    except ValueError as problem:
        raise SpecError(f"{what} is not valid JSON ({str(problem)[:120]}).", _EXPORT) from None
    if not isinstance(found, dict):
        raise SpecError(f"{what} describes no Keras network (it holds {shown(found)}).", _EXPORT)
    _require_shallow(found, what)
    return found


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")


def _require_shallow(document: Any, what: str) -> None:
    level = [document]
    for _ in range(MAX_DEPTH):
        level = [part for node in level for part in _parts(node)]
        if not level:
            return
    raise SpecError(f"{what} is nested too deeply to be a network.", _EXPORT)


def _parts(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        yield from node.values()
    elif isinstance(node, list):
        yield from node


def _sequential(layers: list[dict[str, Any]], config: Any) -> list[_Raw]:
    """A chain: each layer reads the one before it. An input is put before the first where there is none."""
    found: list[_Raw] = []
    if layers[0].get("class_name") != "InputLayer":
        shape = _shape_entry(layers[0]["config"]) or (isinstance(config, dict) and config.get("build_input_shape"))
        found.append(_Raw("the input", "InputLayer", None, {"batch_shape": shape}, ()))
    for number, layer in enumerate(layers):
        name = str(layer["config"].get("name") or f"layer {number}")
        inputs = (found[-1].name,) if found else ()
        found.append(_Raw(name, layer.get("class_name"), layer.get("module"), layer["config"], inputs))
    return found


def _functional(layers: list[dict[str, Any]], config: Any, problems: list[str]) -> list[_Raw]:
    found = []
    for number, layer in enumerate(layers):
        name = str(layer.get("name") or layer["config"].get("name") or f"layer {number}")
        try:
            inputs = inputs_of(layer.get("inbound_nodes") or [])
        except LayerError as problem:
            problems.append(f"{shown(name)[1:-1]}: {problem}.")
            inputs = ()
        found.append(_Raw(name, layer.get("class_name"), layer.get("module"), layer["config"], inputs))
    for key, word in (("input_layers", "input"), ("output_layers", "output")):
        ends = config.get(key)
        count = len(ends) if isinstance(ends, list) and ends and isinstance(ends[0], list) else 1
        if count != 1:
            problems.append(f"The network has {count} {word}s; only networks of one can be read.")
    return found


def _cleaned(raw: list[_Raw], version: str, problems: list[str]) -> list[ForeignLayer]:
    """Every layer under the vocabulary's names; what is not understood is added to `problems`."""
    names = _free_names([layer.name for layer in raw])
    counts: dict[str, int] = {}
    found = []
    for layer, name in zip(raw, names, strict=True):
        group = _snake(str(layer.class_name))
        number = counts.get(group, 0)
        counts[group] = number + 1
        try:
            _require_known_module(layer)
            kind, config = clean(layer.class_name, layer.config, version)
            if kind == "InputLayer":
                config = {"shape": _input_shape(layer.config)}
        except LayerError as problem:
            problems.append(f"{shown(layer.name)[1:-1]}: {problem}.")
            continue
        group = f"{group}_{number}" if number else group
        found.append(ForeignLayer(name, kind, config, layer.inputs, layer.name, group))
    renamed = dict(zip([layer.name for layer in raw], names, strict=True))
    if len(renamed) < len(raw):
        problems.append("Two layers have the same name.")
    return [layer._replace(inputs=tuple(renamed.get(name, name) for name in layer.inputs)) for layer in found]


def _require_known_module(layer: _Raw) -> None:
    known = layer.module is None or (isinstance(layer.module, str) and _KERAS.match(layer.module))
    if not known and layer.class_name not in _OWN_CLASSES:
        raise LayerError(f"a layer of {shown(layer.module)} is no layer of Keras' own")


def _shape_entry(config: dict[str, Any]) -> Any:
    return next((config[key] for key in ("batch_input_shape", "batch_shape", "shape") if config.get(key)), None)


def _input_shape(config: dict[str, Any]) -> list[int]:
    """Height, width and channels; a side that is open becomes `ANY_SIZE`."""
    shape = _shape_entry(config)
    if not isinstance(shape, list) or len(shape) != 4 or shape[0] not in (None, 1):
        raise LayerError(f"its pictures have the shape {shown(shape)}; [None, height, width, channels] can be read")
    try:
        size = [ANY_SIZE if side is None else whole(1, 4096)(side) for side in shape[1:3]]
        return [*size, whole(1, 64)(shape[3])]
    except LayerError as problem:
        raise LayerError(f"a side of its pictures {problem}") from None


def _free_names(names: list[str]) -> list[str]:
    """The names as Keras 3 allows them: without "/", and each once."""
    found: list[str] = []
    taken: set[str] = set()
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9_.\-]", "_", name)[:100] or "layer"
        unique, number = plain, 2
        while unique in taken:
            unique, number = f"{plain}_{number}", number + 1
        taken.add(unique)
        found.append(unique)
    return found


def _snake(class_name: str) -> str:
    """As Keras 3 makes the names inside of a weights file: "SeparableConv2D" → "separable_conv2d"."""
    name = re.sub(r"\W+", "", class_name.rpartition(">")[2])
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def _in_order(layers: list[ForeignLayer], what: str) -> list[ForeignLayer]:
    """The layers so that each reads only those before it, the output last."""
    names = {layer.name for layer in layers}
    read = {name for layer in layers for name in layer.inputs}
    starts = [layer for layer in layers if not layer.inputs]
    if read - names or len(starts) != 1 or starts[0].kind != "InputLayer":
        raise SpecError(
            f"{what} is not one network from one input to one output ({len(starts)} layers read nothing, "
            f"{len(read - names)} layers are read and missing).",
            _EXPORT,
        )
    found = _sorted(layers, what)
    ends = [layer for layer in found if layer.name not in read]
    if len(ends) != 1:
        raise SpecError(f"{what} has {len(ends)} outputs; only networks of one can be read.", _SIMPLER)
    return [layer for layer in found if layer is not ends[0]] + ends


def _sorted(layers: list[ForeignLayer], what: str) -> list[ForeignLayer]:
    found: list[ForeignLayer] = []
    done: set[str] = set()
    waiting = layers
    while waiting:
        ready = [layer for layer in waiting if done.issuperset(layer.inputs)]
        if not ready:
            raise SpecError(f"{what} goes in a circle: {waiting[0].name} reads its own output.", _EXPORT)
        found += ready
        done |= {layer.name for layer in ready}
        waiting = [layer for layer in waiting if layer.name not in done]
    return found


def _rescales_pictures(layer: ForeignLayer, first: ForeignLayer) -> bool:
    return layer.kind == "Rescaling" and layer.inputs == (first.name,)


def _in_lab_range(layer: ForeignLayer, first: ForeignLayer) -> ForeignLayer:
    """A Rescaling of pictures from 0 to 255, as one of pictures from −1 to 1, which the lab gives to networks."""
    if not _rescales_pictures(layer, first):
        return layer
    scale, offset = layer.config["scale"], layer.config["offset"]
    return layer._replace(config={"scale": scale * HALF_RANGE, "offset": offset + scale * HALF_RANGE})


def _with_shapes(name: str, layers: list[ForeignLayer], what: str) -> ForeignNet:
    layers = [_in_lab_range(layer, layers[0]) for layer in layers]
    shapes: dict[str, tuple[int, ...]] = {}
    for layer in layers:
        try:
            shapes[layer.name] = output_shape(layer, [shapes[source] for source in layer.inputs])
        except LayerError as problem:
            raise SpecError(f"{what} does not fit together: {layer.name}: {problem}.", _EXPORT) from None
    net = ForeignNet(name, tuple(layers), shapes)
    require_modest(net, what)
    return net
