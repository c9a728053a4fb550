"""FCN Lab: encoder–decoder segmentation networks on paper, in training and from the inside.

From a notebook:

    import fcnlab
    spec = fcnlab.preset("follow-me")
    fcnlab.flow(spec).rows, fcnlab.check(spec).errors
    model = fcnlab.build(spec)
"""

from typing import TYPE_CHECKING, Any

from fcnlab.arch import check, flow, load_spec, preset

if TYPE_CHECKING:
    from fcnlab.lab.tasks import train_here as train
    from fcnlab.net import build, score

__version__ = "0.1.0"

__all__ = ["__version__", "build", "check", "flow", "load_spec", "preset", "score", "train"]


def __getattr__(name: str) -> Any:
    """The names that need Keras are imported when they are first used."""
    match name:
        case "build" | "score":
            from fcnlab import net

            return getattr(net, name)
        case "train":
            from fcnlab.lab.tasks import train_here

            return train_here
        case _:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names, the late ones included."""
    return __all__
