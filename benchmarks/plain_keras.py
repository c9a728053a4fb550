"""The peer that anyone can write: the exported script's `build()`, plain Keras without a line of the lab's."""

from collections.abc import Callable
from typing import Any

from fcnlab.arch import NetSpec, to_script


def builder(spec: NetSpec) -> Callable[[], Any]:
    """The script's `build`; compiling the script is not part of any measurement."""
    names: dict[str, Any] = {"__name__": "network"}
    exec(compile(to_script(spec), f"<{spec.name}>", "exec"), names)
    build: Callable[[], Any] = names["build"]
    return build
