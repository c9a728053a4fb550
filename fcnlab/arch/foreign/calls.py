"""What a layer reads, from the ways in which Keras 1, 2 and 3 write a layer's calls."""

from collections.abc import Iterator
from typing import Any

from fcnlab.arch.foreign.fields import LayerError, shown


def inputs_of(nodes: Any) -> tuple[str, ...]:
    """The names of the layers that a layer reads.

    Args:
        nodes: The layer's `inbound_nodes`.

    Raises:
        LayerError: They are written otherwise, or the layer is used more than once.
    """
    if not isinstance(nodes, list):
        raise LayerError("its inputs are written in no way that Keras uses")
    if len(nodes) > 1:
        raise LayerError(
            f"it is used {len(nodes)} times with the same weights, which the lab's networks cannot express"
        )
    if not nodes:
        return ()
    node = nodes[0]
    tensors = list(_tensors(node))
    options = _options(node)
    strange = [key for key, value in options.items() if key not in ("training", "mask") and value]
    if not tensors or strange:
        raise LayerError("its inputs are written in no way that Keras uses")
    return tuple(tensors)


def _tensors(node: Any) -> Iterator[str]:
    if isinstance(node, dict) and "args" in node:  # Keras 3
        yield from _tensors(node["args"])
    elif isinstance(node, dict) and node.get("class_name") == "__keras_tensor__":
        config = node.get("config")
        history = config.get("keras_history") if isinstance(config, dict) else None
        yield _tensor(history)
    elif isinstance(node, list) and node and isinstance(node[0], str):  # Keras 1 and 2: [name, node, tensor, options]
        yield _tensor(node)
    elif isinstance(node, list):
        for part in node:
            yield from _tensors(part)
    else:
        raise LayerError(f"it is called with {shown(node)}, which cannot be read")


def _tensor(history: Any) -> str:
    if not isinstance(history, list) or len(history) < 3 or not isinstance(history[0], str) or history[1:3] != [0, 0]:
        raise LayerError("it reads a tensor that is no layer's only output")
    return history[0]


def _options(node: Any) -> dict[str, Any]:
    if isinstance(node, dict):
        options = node.get("kwargs") or {}
        return options if isinstance(options, dict) else {"kwargs": options}
    entries = [node] if node and isinstance(node[0], str) else node
    found: dict[str, Any] = {}
    for entry in entries:
        if isinstance(entry, list) and len(entry) > 3 and isinstance(entry[3], dict):
            found |= entry[3]
    return found
