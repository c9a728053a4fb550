"""Reading one setting of a foreign layer: a known kind of value within known bounds, or a sentence why not."""

from collections.abc import Callable
from typing import Any, NamedTuple

MOST = 65_536
"""No count in a configuration is larger: channels, sides, units."""

ACTIVATIONS = {
    **{name: name for name in ("linear", "relu", "elu", "gelu", "silu", "sigmoid", "softmax", "tanh", "leaky_relu")},
    **{name: name for name in ("relu6", "selu", "softplus", "softsign", "exponential", "hard_sigmoid", "hard_silu")},
    "swish": "silu",
    "hard_swish": "hard_silu",
}


class LayerError(ValueError):
    """A setting that is not understood; the text goes on after the layer's name, "its padding is …"."""


class Field(NamedTuple):
    """One setting of a class of layers.

    Attributes:
        read: Value → canonical value; raises `LayerError`.
        default: What Keras takes where the setting is missing; `REQUIRED` where it has none.
        older: Its names in earlier versions of Keras.
    """

    read: Callable[[Any], Any]
    default: Any
    older: tuple[str, ...] = ()


REQUIRED = object()


def whole(low: int = 1, high: int = MOST) -> Callable[[Any], int]:
    """A whole number from `low` to `high`; also as a float without a fraction, as JSON of other hands has it."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high or value % 1:
            raise LayerError(f"is {shown(value)}, not a whole number from {low} to {high:,}")
        return int(value)

    return read


def real(low: float, high: float) -> Callable[[Any], float]:
    """A finite number from `low` to `high`."""

    def read(value: Any) -> float:
        # The comparison leaves out what is not finite, and whole numbers that no float can hold.
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise LayerError(f"is {shown(value)}, not a number from {low:g} to {high:g}")
        return float(value)

    return read


def pair(low: int = 1, high: int = 1024) -> Callable[[Any], list[int]]:
    """Two whole numbers [vertical, horizontal]; one number stands for both."""
    one = whole(low, high)

    def read(value: Any) -> list[int]:
        both = value if isinstance(value, list) else [value, value]
        if len(both) != 2:
            raise LayerError(f"is {shown(value)}, not two numbers")
        return [one(side) for side in both]

    return read


def edges(value: Any) -> list[list[int]]:
    """Rows and columns at the edges [[top, bottom], [left, right]], from any of Keras' ways to write them."""
    if isinstance(value, dict):  # Keras 1: {"top_pad": 1, …}
        value = [
            [value.get(f"{a}_pad", 0), value.get(f"{b}_pad", 0)] for a, b in (("top", "bottom"), ("left", "right"))
        ]
    if isinstance(value, list) and len(value) == 4:  # Keras 1
        value = [value[:2], value[2:]]
    return [pair(0)(side) for side in (value if isinstance(value, list) and len(value) == 2 else [value, value])]


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise LayerError(f"is {shown(value)}, not true or false")
    return value


def choice(*words: str) -> Callable[[Any], str]:
    """One of some words."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            raise LayerError(f"is {shown(value)}; only {' and '.join(words)} can be read")
        return value

    return read


def maybe(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same, or none."""
    return lambda value: None if value is None else read(value)


def only(*allowed: Any) -> Callable[[Any], Any]:
    """A setting that is understood at some values alone; the first of them is what it then means."""

    def read(value: Any) -> Any:
        if not any(value == known and isinstance(value, bool) == isinstance(known, bool) for known in allowed):
            raise LayerError(f"is {shown(value)}; only {shown(allowed[0])} can be read")
        return allowed[0]

    return read


def activation(value: Any) -> str:
    """A built-in activation's name, also as Keras 3 writes functions."""
    if isinstance(value, dict):
        if "lambda" in str(value.get("class_name", "")).lower():
            raise LayerError("is a lambda: it holds code, which is never run")
        builtin = (
            value.get("module") in ("builtins", "keras.activations", None) and value.get("class_name") == "function"
        )
        value = value.get("config") if builtin else value
    if value is None:
        return "linear"
    if not isinstance(value, str) or value not in ACTIVATIONS:
        raise LayerError(f"is {shown(value)}, which is none of Keras' own that are known here")
    return ACTIVATIONS[value]


def sides(value: Any) -> list[int]:
    """A shape without the batch, −1 for one side that follows from the others."""
    if not isinstance(value, list) or not 1 <= len(value) <= 4:
        raise LayerError(f"is {shown(value)}, not a shape of one to four sides")
    return [side if side == -1 and not isinstance(side, bool) else whole()(side) for side in value]


def shown(value: Any) -> str:
    """A value of strangers' hands, short and on one line."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
